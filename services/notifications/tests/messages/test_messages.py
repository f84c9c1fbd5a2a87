"""From events to mails in a real mailbox, and to the inbox."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar
from sqlalchemy import text

from triskel.chassis.auth import undeclared_routes
from triskel.chassis.testing import (
    Tokens,
    examples,
    outbox_events,
    settings_for,
)
from triskel.chassis.testing.deliver import received
from triskel.contracts import Received, registry
from triskel.contracts import activities as a
from triskel.contracts.codes import ActivityState, Role
from triskel.notifications.messages.jobs import MailSender
from triskel.notifications.settings import Settings

ROOT = Path(__file__).resolve().parents[4]


async def people(platform: Any) -> tuple[registry.Contact, registry.Contact]:
    anne = platform.contact("anne Le Goff", platform.school, Role.TEACHER)
    bob = platform.contact("bob Smith", platform.host, Role.COMPANY, language="en")
    await platform.hear(
        registry.ContactRegistered(contact=anne), registry.ContactRegistered(contact=bob)
    )
    return anne, bob


async def test_every_route_declares_who_may_call_it(platform: Any) -> None:
    assert undeclared_routes(platform.app) == []


async def test_each_person_gets_one_mail_in_their_language(platform: Any) -> None:
    await people(platform)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert await platform.send() == 2
    assert await platform.send() == 0
    (french,) = await platform.mails("anne")
    (english,) = await platform.mails("bob")
    assert french["Subject"] == "Date fixée : Une ingénieure <en> classe"
    assert english["Subject"] == "Date set: Une ingénieure <en> classe"
    plain = french.get_body(("plain",))
    assert plain is not None
    assert "Bonjour anne Le Goff," in plain.get_content()
    assert "jeudi 20 novembre 2025, 09:00 – 11:00" in plain.get_content()
    html = english.get_body(("html",))
    assert html is not None
    assert "Une ingénieure &lt;en&gt; classe" in html.get_content()
    assert "Chantiers &amp; Fils" in html.get_content()


async def test_the_invitation_keeps_its_uid_rises_and_has_the_status_that_feeds_say(
    platform: Any,
) -> None:
    await people(platform)
    activity = platform.activity()
    moved = activity.model_copy(update={"version": 6, "slot_changes": 2})
    sure = moved.model_copy(update={"version": 7, "state": ActivityState.CONFIRMED})
    ended = {"version": 8, "state": "cancelled", "reason": "weather", "slot_changes": 2}
    off = platform.activity(id=activity.id, **ended)
    await platform.hear(
        a.ActivityScheduled(activity=activity, by=Role.COMPANY),
        a.ActivityPostponed(activity=moved, by=Role.COMPANY, previous=activity.slot),
        a.ActivityConfirmed(activity=sure, by=Role.HEAD),
        a.ActivityCancelled(activity=off, by=Role.COMPANY),
    )
    while await platform.send():
        pass
    found = []
    for mail in await platform.mails("anne"):
        part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        (event,) = calendar.walk("VEVENT")
        assert part.get_param("method") == calendar["METHOD"]
        assert event["DTSTART"].dt == platform.slot["starts_at"]
        assert event["UID"] == f"{activity.id}@triskel"
        found.append((event["SEQUENCE"], calendar["METHOD"], event["STATUS"]))
    assert sorted(found) == [
        (1, "REQUEST", "TENTATIVE"),
        (2, "REQUEST", "CONFIRMED"),
        (2, "REQUEST", "TENTATIVE"),
        (3, "CANCEL", "CANCELLED"),
    ]


async def test_news_wake_the_sender_and_names_do_not(platform: Any) -> None:
    wake = platform.app.state.workers["mails"].wake
    await people(platform)
    wake.clear()
    school = registry.Organisation(
        id=platform.school,
        region="FRH0",
        version=2,
        kind="school",
        helix="education",
        names={"fr": "Lycée"},
        status="approved",
    )
    await platform.hear(registry.OrganisationUpdated(organisation=school))
    assert not wake.is_set()
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert wake.is_set()


async def test_the_same_event_again_tells_nobody_twice(platform: Any) -> None:
    await people(platform)
    event = a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY)
    await platform.hear(event)
    await platform.send()
    await platform.hear(event)
    assert await platform.send() == 0
    assert len(await platform.mails("anne")) == 1
    # the control: the same reason at a later version is news again
    later = platform.activity(id=event.activity.id, version=9)
    await platform.hear(a.ActivityScheduled(activity=later, by=Role.COMPANY))
    await platform.send()
    assert len(await platform.mails("anne")) == 2


async def test_old_news_wake_nobody(platform: Any) -> None:
    await people(platform)
    platform.clock.advance(days=8)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert await platform.send() == 0


async def test_two_senders_at_once_send_each_mail_once(platform: Any) -> None:
    for number in range(30):
        person = platform.contact(f"p{number} x", platform.school, Role.TEACHER)
        await platform.hear(registry.ContactRegistered(contact=person))
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    await asyncio.gather(platform.send(), platform.send(), platform.send())
    for number in range(30):
        assert len(await platform.mails(f"p{number}")) == 1


async def test_a_mail_server_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    platform: Any,
) -> None:
    await people(platform)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    try:
        await platform.behave("refuse-temporary")
        assert await platform.send() == 2
        assert await platform.send() == 0  # it waits
        found = await platform.rows(
            "select state, attempts, error from messages where channel='email'"
        )
        assert all(row.state == "waiting" and row.error.startswith("smtp-4") for row in found)
        await platform.wake()
        await platform.behave("refuse-permanent")
        assert await platform.send() == 2
        found = await platform.rows(
            "select state, attempts, error from messages where channel='email'"
        )
        assert {(row.state, row.attempts) for row in found} == {("failed", 2)}
    finally:
        await platform.behave("accept")
    said = await outbox_events(platform.app.state.database)
    failed = [e for e in said if e.event_type() == "triskel.notifications.notification-failed.v1"]
    assert len(failed) == 2
    ops = platform.tokens.bearer(Role.OPS)
    listed = (await platform.client.get("/v1/deliveries?state=failed", headers=ops)).json()["items"]
    answer = await platform.client.post(f"/v1/deliveries/{listed[0]['id']}/retry", headers=ops)
    assert answer.json()["state"] == "waiting"
    await platform.send()
    assert len(await platform.mails("anne")) + len(await platform.mails("bob")) == 1


async def test_a_mail_server_that_is_away_loses_nothing(platform: Any) -> None:
    await people(platform)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    settings = platform.app.state.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})
    state = platform.app.state
    assert await MailSender(settings).run(state.database, state.outbox, state.clock) == 2
    found = await platform.rows("select state, error from messages where channel = 'email'")
    assert {tuple(row) for row in found} == {("waiting", "smtp-unreachable")}
    await platform.wake()
    assert await platform.send() == 2
    assert len(await platform.mails("anne")) == 1


async def test_an_erased_person_gets_nothing_and_leaves_no_trace(platform: Any) -> None:
    anne, _ = await people(platform)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    tombstone = Received(key=str(anne.id), envelope=None, event=None)
    # the old record comes again after the tombstone: deliver repeats and shuffles
    await platform.hear(registry.ContactRegistered(contact=anne), tombstone)
    await platform.send()
    assert await platform.mails("anne") == []
    assert len(await platform.mails("bob")) == 1
    tables = await platform.rows(
        "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for (table,) in tables:
        for row in await platform.rows(f"select {table}::text as line from {table}"):
            assert "Le Goff" not in row.line
            assert anne.email not in row.line
    suppressed = await platform.rows("select error from messages where state = 'suppressed'")
    assert [row.error for row in suppressed] == ["contact-erased"]


async def test_who_wants_no_mail_gets_none(platform: Any) -> None:
    quiet = platform.contact("carla Q", platform.school, Role.TEACHER, channels=("inbox",))
    await platform.hear(
        registry.ContactRegistered(contact=quiet),
        a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY),
    )
    await platform.send()
    assert await platform.mails("carla") == []
    headers = platform.tokens.bearer(Role.TEACHER, organisation=platform.school)
    (item,) = (await platform.client.get("/v1/inbox", headers=headers)).json()["items"]
    assert item["subject"] == "Date fixée : Une ingénieure <en> classe"


async def test_the_inbox_is_the_organisations_own(platform: Any) -> None:
    await people(platform)
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    headers = platform.tokens.bearer(Role.TEACHER, organisation=platform.school)
    (item,) = (await platform.client.get("/v1/inbox?unread=true", headers=headers)).json()["items"]
    stranger = platform.tokens.bearer(Role.COMPANY, organisation=uuid4())
    assert (await platform.client.get("/v1/inbox", headers=stranger)).json()["items"] == []
    path = f"/v1/inbox/{item['id']}/read"
    assert (await platform.client.post(path, headers=stranger)).status_code == 404
    assert (await platform.client.post(path, headers=headers)).json()["read_at"]
    assert (await platform.client.get("/v1/inbox?unread=true", headers=headers)).json()[
        "items"
    ] == []
    said = await outbox_events(platform.app.state.database)
    assert {e.event_type() for e in said} == {"triskel.notifications.notification-sent.v1"}


async def test_a_message_continues_the_trace_of_its_event(platform: Any) -> None:
    await people(platform)
    plain = received(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))
    assert plain.envelope is not None
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    envelope = replace(plain.envelope, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    event = replace(plain, envelope=envelope)
    await platform.hear(event)
    await platform.send()
    (mail,) = await platform.mails("anne")
    assert mail["X-Correlation-ID"] == envelope.correlationid
    assert mail["Traceparent"].split("-")[1] == trace
    found = await platform.rows("select headers from outbox")
    assert {row.headers["ce_correlationid"] for row in found} == {envelope.correlationid}
    assert {row.headers["ce_traceparent"].split("-")[1] for row in found} == {trace}
    assert {row.headers["ce_causationid"] for row in found} == {envelope.id}


async def test_the_contracts_own_examples_are_understood(platform: Any) -> None:
    platform.clock.advance(days=1)
    for topic in platform.app.state.consumers.topics:
        found = examples(ROOT / "contracts/examples", topic)
        assert found, topic
        await platform.hear(*found)


async def test_a_rebuild_sends_nothing_again(platform: Any) -> None:
    anne, bob = await people(platform)
    log = [a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY)]
    await platform.hear(*log)
    await platform.send()
    tables = ", ".join(platform.app.state.consumers.projections)
    async with platform.app.state.database.transaction() as session:
        await session.execute(text(f"truncate {tables}"))
    await platform.hear(
        registry.ContactRegistered(contact=anne), registry.ContactRegistered(contact=bob), *log
    )
    assert await platform.send() == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [("smtp_url", "mail.example.org"), ("smtp_url", "smtp://h:x"), ("mail_from", "Triskel")],
)
def test_a_wrong_setting_is_refused(tokens: Tokens, setting: str, value: str) -> None:
    given = {"smtp_url": "smtp://localhost", "mail_from": "a@b.org", setting: value}
    with pytest.raises(ValueError, match=setting):
        settings_for(Settings, "postgresql://x/y", tokens, **given)
