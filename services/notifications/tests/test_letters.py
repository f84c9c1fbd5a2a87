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


def invited(town: Any, person: registry.Contact, token: str = TOKEN) -> registry.ContactInvited:
    expires_at = town.clock.now() + timedelta(days=14)
    sealed = town.seal(token, person.id)
    return registry.ContactInvited(contact=person, token=sealed, expires_at=expires_at)


def unconfirmed(town: Any, **more: Any) -> registry.Contact:
    given = {"confirmed": False} | more
    person: registry.Contact = town.contact("anne Le Goff", town.school, Role.TEACHER, **given)
    return person


async def outcome(town: Any) -> list[tuple[str, str | None]]:
    rows = await town.rows("select state, error from messages order by occurrence")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fr", "À confirmer : vous êtes contact de Lycée Émile Zola"),
        ("en", "Please confirm: you are a contact of Lycée Émile Zola"),
    ],
)
async def test_an_invitation_is_one_mail_with_a_link_in_the_persons_language(
    town: Any, language: str, subject: str
) -> None:
    await town.hear(invited(town, unconfirmed(town, language=language, channels=())))
    assert await town.send() == 1
    (mail,) = await town.mails("anne")
    assert mail["Subject"] == subject
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert f"https://registry.example.org/confirm?token={TOKEN}" in part.get_content()
        assert "2025" in part.get_content()
    headers = town.tokens.bearer(Role.TEACHER, organisation=town.school)
    assert (await town.client.get("/v1/inbox", headers=headers)).json()["items"] == []


async def test_a_token_is_kept_sealed_and_forgotten_when_its_mail_has_left(town: Any) -> None:
    event = invited(town, unconfirmed(town))
    await town.hear(event)
    (waiting,) = await town.rows("select m::text as line from messages as m")
    assert event.token in waiting.line and TOKEN not in waiting.line
    await town.send()
    (sent,) = await town.rows("select m::text as line from messages as m")
    for (said,) in [sent, *await town.rows("select convert_from(value, 'utf8') from outbox")]:
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
    town: Any, token_for: Any
) -> None:
    person = unconfirmed(town)
    good = invited(town, person)
    await town.hear(good.model_copy(update={"token": token_for(person.id)}))
    assert await town.send() == 1
    assert await outcome(town) == [("failed", "link-unreadable")]
    assert await town.mails("anne") == []
    ops = town.tokens.bearer(Role.OPS)
    (shown,) = (await town.client.get("/v1/deliveries", headers=ops)).json()["items"]
    assert (shown["state"], shown["error"]) == ("failed", "link-unreadable")
    # inviting again mends it
    await town.hear(invited(town, person.model_copy(update={"version": 2})))
    await town.send()
    assert await outcome(town) == [("failed", "link-unreadable"), ("sent", None)]
    (mail,) = await town.mails("anne")
    assert TOKEN in mail.get_body(("plain",)).get_content()


async def test_a_letter_that_waits_while_the_key_is_changed_still_leaves(town: Any) -> None:
    person = unconfirmed(town)
    await town.hear(invited(town, person))
    keys = tuple(SecretStr(key) for key in ("the new secret, put before the old one", LINK_KEY))
    state = town.app.state
    state.settings = state.settings.model_copy(update={"link_keys": keys})
    await town.send()
    assert await outcome(town) == [("sent", None)]
    (mail,) = await town.mails("anne")
    assert TOKEN in mail.get_body(("plain",)).get_content()


async def test_a_token_is_forgotten_with_the_person(town: Any) -> None:
    person = unconfirmed(town)
    event = invited(town, person)
    await town.hear(event)
    await town.hear(Received(key=str(person.id), envelope=None, event=None))
    (waiting,) = await town.rows("select m::text as line from messages as m")
    assert event.token not in waiting.line
    # an old copy of the invitation after the tombstone, as after a rebuild
    async with town.app.state.database.transaction() as session:
        await session.execute(text("delete from messages"))
    await town.hear(invited(town, person))
    assert await outcome(town) == []


async def test_who_has_not_confirmed_is_told_no_news(town: Any) -> None:
    person = unconfirmed(town, roles=(Role.TEACHER, Role.COORDINATOR))
    await town.hear(registry.ContactRegistered(contact=person))
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert await outcome(town) == []
    # the control: from the confirmation on there is news
    yes = person.model_copy(update={"version": 2, "confirmed": True})
    await town.hear(registry.ContactConfirmed(contact=yes))
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert len(await outcome(town)) == 2


async def test_news_that_wait_do_not_go_to_an_address_that_must_be_confirmed_anew(
    town: Any,
) -> None:
    person = town.contact("anne Le Goff", town.school, Role.TEACHER, channels=("email",))
    await town.hear(registry.ContactRegistered(contact=person))
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    moved = {"version": 2, "confirmed": False, "email": f"other@{town.domain}"}
    await town.hear(registry.ContactUpdated(contact=person.model_copy(update=moved)))
    await town.send()
    assert await outcome(town) == [("suppressed", "contact-unconfirmed")]
    assert await town.mails("other") == []


async def test_a_letter_that_opens_nothing_any_more_does_not_leave(town: Any) -> None:
    person = unconfirmed(town)
    again = person.model_copy(update={"version": 2})
    await town.hear(invited(town, person), invited(town, again, "y" * 43))
    await town.send()
    assert await outcome(town) == [("suppressed", "letter-replaced"), ("sent", None)]
    (mail,) = await town.mails("anne")
    assert "y" * 43 in mail.get_body(("plain",)).get_content()
    third = person.model_copy(update={"version": 3})
    await town.hear(invited(town, third))
    yes = person.model_copy(update={"version": 4, "confirmed": True})
    await town.hear(registry.ContactConfirmed(contact=yes))
    await town.send()
    assert (await outcome(town))[-1] == ("suppressed", "contact-confirmed")


async def test_an_invitation_waits_for_a_service_that_was_away_but_not_beyond_its_end(
    town: Any,
) -> None:
    event = invited(town, unconfirmed(town))
    town.clock.advance(days=15)
    await town.hear(event)
    assert await outcome(town) == []
    town.clock.advance(days=-3)  # older than any news, and still good
    await town.hear(event)
    town.clock.advance(days=3)
    await town.send()
    assert await outcome(town) == [("suppressed", "letter-expired")]


async def test_a_letter_that_was_given_up_is_asked_for_anew_at_the_registry(town: Any) -> None:
    await town.hear(invited(town, unconfirmed(town)))
    try:
        await town.behave("refuse-permanent")
        await town.send()
    finally:
        await town.behave("accept")
    ((number,),) = await town.rows("select id from messages where state = 'failed'")
    ops = town.tokens.bearer(Role.OPS)
    refused = await town.client.post(f"/v1/deliveries/{number}/retry", headers=ops)
    assert refused.json()["type"].endswith("message-is-a-letter")


async def test_an_export_lists_every_message_of_a_person(town: Any) -> None:
    person = town.contact("anne Le Goff", town.school, Role.TEACHER)
    await town.hear(registry.ContactRegistered(contact=person))
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    await town.send()
    path = f"/v1/people/{person.id}/export"
    head = town.tokens.bearer(Role.HEAD, organisation=town.school)
    found = (await town.client.get(path, headers=head)).json()
    assert found["person"]["email"] == person.email
    assert {(m["channel"], m["state"], m["reason"]) for m in found["messages"]} == {
        ("email", "sent", "activity-scheduled"),
        ("inbox", "sent", "activity-scheduled"),
    }
    first = (await town.client.get(f"{path}?limit=1", headers=head)).json()
    rest = (await town.client.get(f"{path}?limit=1&cursor={first['next']}", headers=head)).json()
    assert first["messages"] + rest["messages"] == found["messages"]
    assert rest["next"] is None
    stranger = town.tokens.bearer(Role.HEAD, organisation=uuid4())
    assert (await town.client.get(path, headers=stranger)).status_code == 403
    await town.hear(Received(key=str(person.id), envelope=None, event=None))
    assert (await town.client.get(path, headers=head)).status_code == 404
