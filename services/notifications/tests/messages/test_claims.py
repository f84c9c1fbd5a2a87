"""Claims: the official mailbox is asked, else the coordinator; the claimant hears of the yes."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.contracts import registry
from triskel.contracts.codes import ConfirmedBy, Role

TOKEN = "0Wc3v1bN0n1d2mJ8uQ4tLxXg7yq9ZkPaR5eHfTsVwYo"


def claim(platform: Any, person: registry.Contact, **more: Any) -> Any:
    sealed = platform.seal(TOKEN, person.id)
    given = {"mailbox": f"office@{platform.domain}", "token": sealed} | more
    return registry.OrganisationClaimRequested(
        contact=person,
        claim_id=uuid4(),
        expires_at=platform.clock.now() + timedelta(days=14),
        **given,
    )


async def claimant(platform: Any) -> registry.Contact:
    """Somebody who claims, in a region that has a coordinator."""
    boss = platform.contact("gwen Coordination", uuid4(), Role.COORDINATOR)
    await platform.hear(registry.ContactRegistered(contact=boss))
    person: registry.Contact = platform.contact(
        "anne Le Goff", platform.school, Role.HEAD, confirmed=False
    )
    return person


async def test_the_official_mailbox_is_told_who_claims_and_nobody_else_is(platform: Any) -> None:
    person = await claimant(platform)
    asked = claim(platform, person)
    await platform.hear(asked)
    assert await platform.send() == 1
    (mail,) = await platform.mails("office")
    assert mail["Subject"] == "Une personne demande à parler au nom de Lycée Émile Zola"
    text = mail.get_body(("plain",)).get_content()
    assert text.splitlines()[0] == "Bonjour,"
    assert f"Demande faite par: anne Le Goff, {person.email}" in text
    assert f"https://registry.example.org/confirm?token={TOKEN}" in text
    assert "boîte officielle de Lycée Émile Zola" in text
    assert await platform.mails("anne") == [] and await platform.mails("gwen") == []
    (row,) = await platform.rows("select m::text as line from messages as m")
    assert asked.token not in row.line and TOKEN not in row.line and "office@" not in row.line


async def test_without_a_mailbox_the_coordinator_is_told(platform: Any) -> None:
    event = claim(platform, await claimant(platform), mailbox=None, token=None)
    await platform.hear(event)
    await platform.send()
    (mail,) = await platform.mails("gwen")
    assert mail["Subject"] == "Une demande à vérifier : Lycée Émile Zola"
    body = mail.get_body(("plain",)).get_content()
    assert f"https://example.org/claim/{event.claim_id}" in body
    assert "Le Goff" not in body
    assert await platform.mails("anne") == []


@pytest.mark.parametrize(("by", "number"), [("claim", 1), ("invitation", 0), ("consent", 0)])
async def test_who_claimed_hears_of_the_yes_once_and_who_confirmed_knows_it(
    platform: Any, by: str, number: int
) -> None:
    person = await claimant(platform)
    how = {"version": 2, "confirmed": True, "confirmed_by": ConfirmedBy(by)}
    confirmed = registry.ContactConfirmed(contact=person.model_copy(update=how))
    colleague = platform.contact("carla Q", platform.school, Role.TEACHER)
    await platform.hear(registry.ContactRegistered(contact=colleague), confirmed)
    while await platform.send():
        pass
    subjects = [mail["Subject"] for mail in await platform.mails("anne")]
    assert subjects == ["Vous parlez désormais au nom de Lycée Émile Zola"] * number
    assert await platform.mails("carla") == []
    rows = await platform.rows("select distinct contact_id from messages")
    assert {UUID(str(row.contact_id)) for row in rows} == ({person.id} if number else set())


async def test_the_inbox_shows_a_claim_that_waits(platform: Any) -> None:
    office = uuid4()
    boss = platform.contact("gwen Coordination", office, Role.COORDINATOR, channels=("inbox",))
    await platform.hear(registry.ContactRegistered(contact=boss))
    person = platform.contact("anne Le Goff", platform.school, Role.HEAD, confirmed=False)
    await platform.hear(claim(platform, person, mailbox=None, token=None))
    headers = platform.tokens.bearer(Role.COORDINATOR, organisation=office)
    (item,) = (await platform.client.get("/v1/inbox", headers=headers)).json()["items"]
    assert item["subject"] == "Une demande à vérifier : Lycée Émile Zola"
