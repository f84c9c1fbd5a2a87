"""What hangs on somebody suspended waits, keeps its date and goes on; who has left or was closed
takes part in nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.activities.tests import doing
from services.activities.tests import test_places as places
from services.activities.tests.test_following import hear, planned, work
from triskel.activities.activities.actions import LOSE_GUESTS
from triskel.activities.activities.jobs import (
    call_off,
    call_off_suspended,
    lose_guests,
    resume_reinstated,
    suspend_planned,
)
from triskel.activities.activities.rules.meeting import (
    ActionItem,
    AgendaItem,
    Delegation,
    StudyVisit,
    TaskForce,
)
from triskel.activities.calendars.rules import Calendar
from triskel.activities.main import FOLLOW_SECONDS, FOLLOWERS, SPEC
from triskel.activities.programmes.jobs import close_programmes
from triskel.chassis.actions import CLOCK
from triskel.chassis.testing import deliver, outbox_events
from triskel.chassis.testing.registry_events import approved, region_decided, signed
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, OrganisationKind
from triskel.contracts.format_codes import MeetingMode

SUSPENDED = {"version": 2, "status": "suspended"}


def of_host(platform: Any, **more: Any) -> Any:
    return approved(platform.host, OrganisationKind.COMPANY, **more)


def pair(platform: Any, **more: Any) -> Any:
    now = platform.clock.now()
    return signed(platform.partnership, platform.school, platform.host, now, **more)


@pytest.mark.parametrize(
    ("what", "cause"),
    [("partnership", "partnership-suspended"), ("host", "organisation-suspended")],
)
async def test_what_is_planned_waits_while_its_partnership_or_a_side_is_suspended_and_goes_on(
    platform: Any, what: str, cause: str
) -> None:
    number, other = await planned(platform), await platform.masterclass(5)
    pause = pair(platform, version=7, state="suspended")
    lift = pair(platform, version=8, state="active")
    if what == "host":
        pause, lift = of_host(platform, **SUSPENDED), of_host(platform, version=3)
    assert await work(platform, suspend_planned) == 0
    await hear(platform, pause)
    hit = 1 if what == "partnership" else 2
    assert [await work(platform, suspend_planned) for _ in range(2)] == [hit, 0]
    known = await platform.show(number)
    assert (known["state"], known["suspension"]["cause"]) == ("scheduled", cause)
    assert ((await platform.show(other))["suspension"] is None) == (what == "partnership")
    ticked = {"preconditions": ["room-booked"]}
    refused = await platform.act(number, "confirm", "head", ticked)
    assert (refused.status_code, refused.json()["errors"][0]["rule"]) == (
        *(409, "activity-is-suspended"),
    )
    assert "cancel" in (await platform.show(number))["allowed_actions"]
    assert await work(platform, resume_reinstated) == 0
    await hear(platform, lift)
    assert [await work(platform, resume_reinstated) for _ in range(2)] == [hit, 0]
    assert (await platform.act(number, "confirm", "head", ticked)).status_code == 200
    said = await platform.said()
    assert (said.count("suspended"), said.count("resumed")) == (hit, hit)


async def test_what_is_still_suspended_when_its_date_comes_is_called_off_and_nobody_is_to_blame(
    platform: Any,
) -> None:
    number = await planned(platform)
    await hear(platform, pair(platform, version=7, state="suspended"))
    assert await work(platform, suspend_planned) == 1
    assert await work(platform, call_off_suspended) == 0
    platform.clock.advance(days=12)
    assert [await work(platform, call_off_suspended) for _ in range(2)] == [1, 0]
    known = await platform.show(number)
    wanted = ("cancelled", "partnership-suspended", None, False, None)
    named = ("state", "cause", "ended_by", "late", "suspension")
    assert tuple(known[name] for name in named) == wanted


async def test_a_suspension_that_is_heard_after_it_was_lifted_or_after_the_end_suspends_nothing(
    platform: Any,
) -> None:
    number = await planned(platform)
    await hear(platform, pair(platform, version=8, state="active"))
    await hear(platform, pair(platform, version=7, state="suspended"))
    assert await work(platform, suspend_planned) == 0
    assert (await platform.show(number))["suspension"] is None
    await hear(platform, pair(platform, version=10, state="terminated"))
    await hear(platform, pair(platform, version=9, state="suspended"))
    assert [await work(platform, suspend_planned), await work(platform, call_off)] == [0, 1]


async def test_what_was_merged_into_another_says_so(platform: Any) -> None:
    number = await planned(platform)
    merged = {"version": 2, "status": "withdrawn", "merged_into": UUID(int=5)}
    await hear(platform, of_host(platform, **merged))
    assert await work(platform, call_off) == 1
    assert (await platform.show(number))["cause"] == "organisation-merged"


async def test_news_wake_who_follows_them_who_otherwise_looks_once_a_minute(platform: Any) -> None:
    wiring = SPEC.wire(platform.app.state.settings)
    workers = {each.name: each for each in wiring.workers if each.name in FOLLOWERS}
    assert workers.keys() == FOLLOWERS.keys()
    assert {each.every_seconds for each in workers.values()} == {FOLLOW_SECONDS}
    assert FOLLOW_SECONDS >= 60
    state = platform.app.state
    consumers = wiring.consumers(state.outbox, state.clock)
    woken = [each.wake for each in workers.values()]
    assert not any(each.is_set() for each in woken)
    # the control: other news wake nobody, and neither does a directory that is imported
    imported = approved(uuid4(), OrganisationKind.SCHOOL, status="imported")
    await deliver(state.database, consumers, region_decided(2), imported)
    assert not any(each.is_set() for each in woken)
    for news in (of_host(platform, version=2), pair(platform, version=7, state="active")):
        await deliver(state.database, consumers, news)
        assert all(each.is_set() for each in woken)
        for each in woken:
            each.clear()


async def test_a_guest_that_is_no_more_has_no_places_and_they_go_to_who_waits(
    platform: Any,
) -> None:
    number = await platform.masterclass(1)
    assert (await platform.book(number, "elsewhere")).status_code == 201
    assert (await platform.book(number, "teacher")).status_code == 201
    other = approved(platform.other, OrganisationKind.SCHOOL, **SUSPENDED)
    await hear(platform, other)
    # of who is suspended nothing is taken away
    assert await work(platform, lose_guests) == 0
    gone = approved(platform.other, OrganisationKind.SCHOOL, version=3, open=False)
    await hear(platform, gone)
    assert [await work(platform, lose_guests) for _ in range(2)] == [1, 0]
    states = [each["state"] for each in (await platform.show(number))["bookings"]]
    assert states == ["left", "offered"]
    assert (await platform.said())[-2:] == ["guests-left", "place-offered"]


def test_a_meeting_loses_delegations_and_visits_of_who_is_no_more_and_keeps_action_items() -> None:
    gone, stays = uuid4(), uuid4()
    start = places.NOW + timedelta(days=20)
    meeting = replace(
        places.activity(ActivityFormat.TASK_FORCE_MEETING),
        task_force=TaskForce(
            "FRH0",
            MeetingMode.HYBRID,
            delegations=(Delegation("NL", gone, 3), Delegation("DK", stays, 2)),
            agenda=(AgendaItem("Bilan", 30, "NL"), AgendaItem("Suite", 30, "DK")),
            visits=(StudyVisit(gone, start, start + timedelta(hours=1)),),
            action_items=(ActionItem(1, "Partager la grille", gone, start.date()),),
        ),
    )
    attempt = doing.attempt(meeting, CLOCK, places.FACTS, places.NOW)
    (change,) = LOSE_GUESTS.decide(attempt, gone={gone}, calendar=Calendar("Europe/Paris"))
    left = change.subject.task_force
    assert left is not None
    assert [each.region for each in left.delegations] == ["DK"]
    assert [each.by for each in left.agenda] == [None, "DK"]
    assert (left.visits, left.action_items) == ((), meeting.task_force.action_items)
    assert change.details == {"organisation_ids": (gone,)}


async def test_a_programme_is_closed_with_its_partnership_once_and_waits_while_it_is_suspended(
    platform: Any,
) -> None:
    path = f"/v1/programmes/{platform.partnership}/2025-2026"
    targets = {"targets": [{"format": "guest-lesson", "activities": 2}]}
    who = platform.who("company")
    made = await platform.client.put(path, json=targets, headers=who)
    assert made.status_code == 200, made.text
    again = who | {"If-Match": made.headers["etag"]}
    await hear(platform, pair(platform, version=7, state="suspended"))
    refused = await platform.client.put(path, json=targets, headers=again)
    assert refused.json()["errors"][0]["rule"] == "partnership-suspended"
    assert await work(platform, close_programmes) == 0
    await hear(platform, pair(platform, version=8, state="terminated"))
    assert [await work(platform, close_programmes) for _ in range(2)] == [1, 0]
    event = (await outbox_events(platform.app.state.database))[-1]
    assert isinstance(event, contract.ProgrammeClosed)
    assert (event.partnership_state, event.programme.closed_at) == (
        *("terminated", platform.clock.now()),
    )
