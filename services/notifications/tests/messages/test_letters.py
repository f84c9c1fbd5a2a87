"""Invitations: a mail to one person, with a link that is forgotten when it has left."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from triskel.chassis.links import SealedLinks
from triskel.chassis.testing.client import LINK_KEY
from triskel.contracts import Received, registry
from triskel.contracts import activities as a
from triskel.contracts.codes import Role

TOKEN = "0Wc3v1bN0n1d2mJ8uQ4tLxXg7yq9ZkPaR5eHfTsVwYo"


def invited(platform: Any, person: registry.Contact, token: str = TOKEN) -> registry.ContactInvited:
    expires_at = platform.clock.now() + timedelta(days=14)
    sealed = platform.seal(token, person.id)
    return registry.ContactInvited(contact=person, token=sealed, expires_at=expires_at)


def unconfirmed(platform: Any, **more: Any) -> registry.Contact:
    given = {"confirmed": False} | more
    person: registry.Contact = platform.contact(
        "anne Le Goff", platform.school, Role.TEACHER, **given
    )
    return person


async def outcome(platform: Any) -> list[tuple[str, str | None]]:
    rows = await platform.rows("select state, error from messages order by occurrence")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fr", "À confirmer : vous êtes contact de Lycée Émile Zola"),
        ("en", "Please confirm: you are a contact of Lycée Émile Zola"),
    ],
)
async def test_an_invitation_is_one_mail_with_a_link_in_the_persons_language(
    platform: Any, language: str, subject: str
) -> None:
    await platform.hear(invited(platform, unconfirmed(platform, language=language, channels=())))
    assert await platform.send() == 1
    (mail,) = await platform.mails("anne")
    assert mail["Subject"] == subject
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert f"https://registry.example.org/confirm?token={TOKEN}" in part.get_content()
        assert "2025" in part.get_content()
    headers = platform.tokens.bearer(Role.TEACHER, organisation=platform.school)
    assert (await platform.client.get("/v1/inbox", headers=headers)).json()["items"] == []


async def test_a_token_is_kept_sealed_and_forgotten_when_its_mail_has_left(platform: Any) -> None:
    event = invited(platform, unconfirmed(platform))
    await platform.hear(event)
    (waiting,) = await platform.rows("select m::text as line from messages as m")
    assert event.token in waiting.line and TOKEN not in waiting.line
    await platform.send()
    (sent,) = await platform.rows("select m::text as line from messages as m")
    for (said,) in [sent, *await platform.rows("select convert_from(value, 'utf8') from outbox")]:
        assert event.token not in said and TOKEN not in said


def sealed_by(*secrets: str) -> Any:
    """A change of an invitation's token: as one with these secrets seals it."""
    return lambda contact: SealedLinks(secrets).seal(TOKEN, contact)


@pytest.mark.parametrize(
    "token_for",
    [
        pytest.param(lambda _: TOKEN, id="in clear, of an event from before"),
        pytest.param(sealed_by("a secret that is not of this service"), id="by an unknown key"),
        pytest.param(lambda _: SealedLinks((LINK_KEY,)).seal(TOKEN, uuid4()), id="of another"),
        pytest.param(lambda _: "é!", id="no token at all"),
    ],
)
async def test_a_letter_whose_token_does_not_open_is_given_up_with_its_reason_until_a_new_one(
    platform: Any, token_for: Any
) -> None:
    person = unconfirmed(platform)
    good = invited(platform, person)
    await platform.hear(good.model_copy(update={"token": token_for(person.id)}))
    assert await platform.send() == 1
    assert await outcome(platform) == [("failed", "link-unreadable")]
    assert await platform.mails("anne") == []
    ops = platform.tokens.bearer(Role.OPS)
    (shown,) = (await platform.client.get("/v1/deliveries", headers=ops)).json()["items"]
    assert (shown["state"], shown["error"]) == ("failed", "link-unreadable")
    # inviting again mends it
    await platform.hear(invited(platform, person.model_copy(update={"version": 2})))
    await platform.send()
    assert await outcome(platform) == [("failed", "link-unreadable"), ("sent", None)]
    (mail,) = await platform.mails("anne")
    assert TOKEN in mail.get_body(("plain",)).get_content()


async def test_a_letter_that_waits_while_the_key_is_changed_still_leaves(platform: Any) -> None:
    person = unconfirmed(platform)
    await platform.hear(invited(platform, person))
    keys = tuple(SecretStr(key) for key in ("the new secret, put before the old one", LINK_KEY))
    state = platform.app.state
    state.settings = state.settings.model_copy(update={"link_keys": keys})
    await platform.send()
    assert await outcome(platform) == [("sent", None)]
    (mail,) = await platform.mails("anne")
    assert TOKEN in mail.get_body(("plain",)).get_content()


async def test_a_token_is_forgotten_with_the_person(platform: Any) -> None:
    person = unconfirmed(platform)
    event = invited(platform, person)
    await platform.hear(event)
    await platform.hear(Received(key=str(person.id), envelope=None, event=None))
    (waiting,) = await platform.rows("select m::text as line from messages as m")
    assert event.token not in waiting.line
    # an old copy of the invitation after the tombstone, as after a rebuild
    async with platform.app.state.database.transaction() as session:
        await session.execute(text("delete from messages"))
    await platform.hear(invited(platform, person))
    assert await outcome(platform) == []


async def test_who_has_not_confirmed_is_told_no_news(platform: Any) -> None:
    person = unconfirmed(platform, roles=(Role.TEACHER, Role.COORDINATOR))
    await platform.hear(registry.ContactRegistered(contact=person))
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert await outcome(platform) == []
    # the control: from the confirmation on there is news
    yes = person.model_copy(update={"version": 2, "confirmed": True})
    await platform.hear(registry.ContactConfirmed(contact=yes))
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert len(await outcome(platform)) == 2


async def test_news_that_wait_do_not_go_to_an_address_that_must_be_confirmed_anew(
    platform: Any,
) -> None:
    person = platform.contact("anne Le Goff", platform.school, Role.TEACHER, channels=("email",))
    await platform.hear(registry.ContactRegistered(contact=person))
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    moved = {"version": 2, "confirmed": False, "email": f"other@{platform.domain}"}
    await platform.hear(registry.ContactUpdated(contact=person.model_copy(update=moved)))
    await platform.send()
    assert await outcome(platform) == [("suppressed", "contact-unconfirmed")]
    assert await platform.mails("other") == []


async def test_a_letter_that_opens_nothing_any_more_does_not_leave(platform: Any) -> None:
    person = unconfirmed(platform)
    again = person.model_copy(update={"version": 2})
    await platform.hear(invited(platform, person), invited(platform, again, "y" * 43))
    await platform.send()
    assert await outcome(platform) == [("suppressed", "letter-replaced"), ("sent", None)]
    (mail,) = await platform.mails("anne")
    assert "y" * 43 in mail.get_body(("plain",)).get_content()
    third = person.model_copy(update={"version": 3})
    await platform.hear(invited(platform, third))
    yes = person.model_copy(update={"version": 4, "confirmed": True})
    await platform.hear(registry.ContactConfirmed(contact=yes))
    await platform.send()
    assert (await outcome(platform))[-1] == ("suppressed", "contact-confirmed")


async def test_an_invitation_waits_for_a_service_that_was_away_but_not_beyond_its_end(
    platform: Any,
) -> None:
    event = invited(platform, unconfirmed(platform))
    platform.clock.advance(days=15)
    await platform.hear(event)
    assert await outcome(platform) == []
    platform.clock.advance(days=-3)  # older than any news, and still good
    await platform.hear(event)
    platform.clock.advance(days=3)
    await platform.send()
    assert await outcome(platform) == [("suppressed", "letter-expired")]


async def test_a_letter_that_was_given_up_is_asked_for_anew_at_the_registry(platform: Any) -> None:
    await platform.hear(invited(platform, unconfirmed(platform)))
    try:
        await platform.behave("refuse-permanent")
        await platform.send()
    finally:
        await platform.behave("accept")
    ((number,),) = await platform.rows("select id from messages where state = 'failed'")
    ops = platform.tokens.bearer(Role.OPS)
    refused = await platform.client.post(f"/v1/deliveries/{number}/retry", headers=ops)
    assert refused.json()["type"].endswith("message-is-a-letter")


async def test_an_export_lists_every_message_of_a_person(platform: Any) -> None:
    person = platform.contact("anne Le Goff", platform.school, Role.TEACHER)
    await platform.hear(registry.ContactRegistered(contact=person))
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    await platform.send()
    path = f"/v1/people/{person.id}/export"
    head = platform.tokens.bearer(Role.HEAD, organisation=platform.school)
    found = (await platform.client.get(path, headers=head)).json()
    assert found["person"]["email"] == person.email
    assert {(m["channel"], m["state"], m["reason"]) for m in found["messages"]} == {
        ("email", "sent", "activity-scheduled"),
        ("inbox", "sent", "activity-scheduled"),
    }
    first = (await platform.client.get(f"{path}?limit=1", headers=head)).json()
    rest = (
        await platform.client.get(f"{path}?limit=1&cursor={first['next']}", headers=head)
    ).json()
    assert first["messages"] + rest["messages"] == found["messages"]
    assert rest["next"] is None
    stranger = platform.tokens.bearer(Role.HEAD, organisation=uuid4())
    colleague = platform.tokens.bearer(Role.TEACHER, organisation=platform.school)
    for who in (stranger, colleague):
        assert (await platform.client.get(path, headers=who)).status_code == 403
    themselves = platform.tokens.bearer(
        Role.TEACHER, organisation=platform.school, contact=str(person.id), subject="anne"
    )
    assert (await platform.client.get(path, headers=themselves)).status_code == 200
    await platform.hear(Received(key=str(person.id), envelope=None, event=None))
    assert (await platform.client.get(path, headers=head)).status_code == 404


async def test_who_has_confirmed_is_asked_by_mail_whether_they_stay(platform: Any) -> None:
    person = platform.contact("anne Le Goff", platform.school, Role.TEACHER, version=9)
    asked = invited(platform, person)
    expires_at = asked.expires_at
    told = registry.ContactErasureAnnounced(
        contact=person, token=asked.token, expires_at=expires_at
    )
    await platform.hear(told)
    assert await platform.send() == 1
    (mail,) = await platform.mails("anne")
    assert mail["Subject"].startswith("Restez-vous ?")
    assert TOKEN in mail.get_body(("plain",)).get_content()
    assert await outcome(platform) == [("sent", None)]
