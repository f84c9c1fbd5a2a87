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
from triskel.contracts.codes import Role
from triskel.notifications.messages.jobs import MailSender
from triskel.notifications.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


async def people(town: Any) -> tuple[registry.Contact, registry.Contact]:
    anne = town.contact("anne Le Goff", town.school, Role.TEACHER)
    bob = town.contact("bob Smith", town.host, Role.COMPANY, language="en")
    await town.hear(
        registry.ContactRegistered(contact=anne), registry.ContactRegistered(contact=bob)
    )
    return anne, bob


async def test_every_route_declares_who_may_call_it(town: Any) -> None:
    assert undeclared_routes(town.app) == []


async def test_each_person_gets_one_mail_in_their_language(town: Any) -> None:
    await people(town)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert await town.send() == 2
    assert await town.send() == 0
    (french,) = await town.mails("anne")
    (english,) = await town.mails("bob")
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


async def test_the_invitation_keeps_its_uid_rises_and_is_cancelled(town: Any) -> None:
    await people(town)
    activity = town.activity()
    moved = activity.model_copy(update={"version": 6, "slot_changes": 2})
    ended = {"version": 7, "state": "cancelled", "reason": "weather", "slot_changes": 2}
    off = town.activity(id=activity.id, **ended)
    await town.hear(
        a.ActivityScheduled(activity=activity, by=Role.COMPANY),
        a.ActivityPostponed(activity=moved, by=Role.COMPANY, previous=activity.slot),
        a.ActivityCancelled(activity=off, by=Role.COMPANY),
    )
    while await town.send():
        pass
    found = []
    for mail in await town.mails("anne"):
        part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        (event,) = calendar.walk("VEVENT")
        assert part.get_param("method") == calendar["METHOD"]
        assert event["DTSTART"].dt == town.slot["starts_at"]
        found.append((event["SEQUENCE"], calendar["METHOD"], event["UID"]))
    uid = f"{activity.id}@triskel"
    assert sorted(found) == [(1, "REQUEST", uid), (2, "REQUEST", uid), (3, "CANCEL", uid)]


async def test_news_wake_the_sender_and_names_do_not(town: Any) -> None:
    wake = town.app.state.workers["mails"].wake
    await people(town)
    wake.clear()
    school = registry.Organisation(
        id=town.school,
        region="FRH0",
        version=2,
        kind="school",
        helix="education",
        names={"fr": "Lycée"},
        status="approved",
    )
    await town.hear(registry.OrganisationUpdated(organisation=school))
    assert not wake.is_set()
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert wake.is_set()


async def test_the_same_event_again_tells_nobody_twice(town: Any) -> None:
    await people(town)
    event = a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY)
    await town.hear(event)
    await town.send()
    await town.hear(event)
    assert await town.send() == 0
    assert len(await town.mails("anne")) == 1
    # the control: the same reason at a later version is news again
    later = town.activity(id=event.activity.id, version=9)
    await town.hear(a.ActivityScheduled(activity=later, by=Role.COMPANY))
    await town.send()
    assert len(await town.mails("anne")) == 2


async def test_old_news_wake_nobody(town: Any) -> None:
    await people(town)
    town.clock.advance(days=8)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert await town.send() == 0


async def test_two_senders_at_once_send_each_mail_once(town: Any) -> None:
    for number in range(30):
        person = town.contact(f"p{number} x", town.school, Role.TEACHER)
        await town.hear(registry.ContactRegistered(contact=person))
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    await asyncio.gather(town.send(), town.send(), town.send())
    for number in range(30):
        assert len(await town.mails(f"p{number}")) == 1


async def test_a_mail_server_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    town: Any,
) -> None:
    await people(town)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    try:
        await town.behave("refuse-temporary")
        assert await town.send() == 2
        assert await town.send() == 0  # it waits
        found = await town.rows("select state, attempts, error from messages where channel='email'")
        assert all(row.state == "waiting" and row.error.startswith("smtp-4") for row in found)
        await town.wake()
        await town.behave("refuse-permanent")
        assert await town.send() == 2
        found = await town.rows("select state, attempts, error from messages where channel='email'")
        assert {(row.state, row.attempts) for row in found} == {("failed", 2)}
    finally:
        await town.behave("accept")
    said = await outbox_events(town.app.state.database)
    failed = [e for e in said if e.event_type() == "triskel.notifications.notification-failed.v1"]
    assert len(failed) == 2
    ops = town.tokens.bearer(Role.OPS)
    listed = (await town.client.get("/v1/deliveries?state=failed", headers=ops)).json()["items"]
    answer = await town.client.post(f"/v1/deliveries/{listed[0]['id']}/retry", headers=ops)
    assert answer.json()["state"] == "waiting"
    await town.send()
    assert len(await town.mails("anne")) + len(await town.mails("bob")) == 1


async def test_a_mail_server_that_is_away_loses_nothing(town: Any) -> None:
    await people(town)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    settings = town.app.state.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})
    state = town.app.state
    assert await MailSender(settings).run(state.database, state.outbox, state.clock) == 2
    found = await town.rows("select state, error from messages where channel = 'email'")
    assert {tuple(row) for row in found} == {("waiting", "smtp-unreachable")}
    await town.wake()
    assert await town.send() == 2
    assert len(await town.mails("anne")) == 1


async def test_an_erased_person_gets_nothing_and_leaves_no_trace(town: Any) -> None:
    anne, _ = await people(town)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    tombstone = Received(key=str(anne.id), envelope=None, event=None)
    # the old record comes again after the tombstone: deliver repeats and shuffles
    await town.hear(registry.ContactRegistered(contact=anne), tombstone)
    await town.send()
    assert await town.mails("anne") == []
    assert len(await town.mails("bob")) == 1
    tables = await town.rows(
        "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for (table,) in tables:
        for row in await town.rows(f"select {table}::text as line from {table}"):
            assert "Le Goff" not in row.line
            assert anne.email not in row.line
    suppressed = await town.rows("select error from messages where state = 'suppressed'")
    assert [row.error for row in suppressed] == ["contact-erased"]


async def test_who_wants_no_mail_gets_none(town: Any) -> None:
    quiet = town.contact("carla Q", town.school, Role.TEACHER, channels=("inbox",))
    await town.hear(
        registry.ContactRegistered(contact=quiet),
        a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY),
    )
    await town.send()
    assert await town.mails("carla") == []
    headers = town.tokens.bearer(Role.TEACHER, organisation=town.school)
    (item,) = (await town.client.get("/v1/inbox", headers=headers)).json()["items"]
    assert item["subject"] == "Date fixée : Une ingénieure <en> classe"


async def test_the_inbox_is_the_organisations_own(town: Any) -> None:
    await people(town)
    await town.hear(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    headers = town.tokens.bearer(Role.TEACHER, organisation=town.school)
    (item,) = (await town.client.get("/v1/inbox?unread=true", headers=headers)).json()["items"]
    stranger = town.tokens.bearer(Role.COMPANY, organisation=uuid4())
    assert (await town.client.get("/v1/inbox", headers=stranger)).json()["items"] == []
    path = f"/v1/inbox/{item['id']}/read"
    assert (await town.client.post(path, headers=stranger)).status_code == 404
    assert (await town.client.post(path, headers=headers)).json()["read_at"]
    assert (await town.client.get("/v1/inbox?unread=true", headers=headers)).json()["items"] == []
    said = await outbox_events(town.app.state.database)
    assert {e.event_type() for e in said} == {"triskel.notifications.notification-sent.v1"}


async def test_a_message_continues_the_trace_of_its_event(town: Any) -> None:
    await people(town)
    plain = received(a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY))
    assert plain.envelope is not None
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    envelope = replace(plain.envelope, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    event = replace(plain, envelope=envelope)
    await town.hear(event)
    await town.send()
    (mail,) = await town.mails("anne")
    assert mail["X-Correlation-ID"] == envelope.correlationid
    assert mail["Traceparent"].split("-")[1] == trace
    found = await town.rows("select headers from outbox")
    assert {row.headers["ce_correlationid"] for row in found} == {envelope.correlationid}
    assert {row.headers["ce_traceparent"].split("-")[1] for row in found} == {trace}
    assert {row.headers["ce_causationid"] for row in found} == {envelope.id}


async def test_the_contracts_own_examples_are_understood(town: Any) -> None:
    town.clock.advance(days=1)
    for topic in town.app.state.consumers.topics:
        found = examples(ROOT / "contracts/examples", topic)
        assert found, topic
        await town.hear(*found)


async def test_a_rebuild_sends_nothing_again(town: Any) -> None:
    anne, bob = await people(town)
    log = [a.ActivityScheduled(activity=town.activity(), by=Role.COMPANY)]
    await town.hear(*log)
    await town.send()
    tables = ", ".join(town.app.state.consumers.projections)
    async with town.app.state.database.transaction() as session:
        await session.execute(text(f"truncate {tables}"))
    await town.hear(
        registry.ContactRegistered(contact=anne), registry.ContactRegistered(contact=bob), *log
    )
    assert await town.send() == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [("smtp_url", "mail.example.org"), ("smtp_url", "smtp://h:x"), ("mail_from", "Triskel")],
)
def test_a_wrong_setting_is_refused(tokens: Tokens, setting: str, value: str) -> None:
    given = {"smtp_url": "smtp://localhost", "mail_from": "a@b.org", setting: value}
    with pytest.raises(ValueError, match=setting):
        settings_for(Settings, "postgresql://x/y", tokens, **given)
