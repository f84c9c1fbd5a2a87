"""Limits are a region's: what is refused where nobody decided is allowed where its region did."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.activities.tests import doing
from services.activities.tests import test_clock_rules as clock
from services.activities.tests import test_places as places
from services.activities.tests import test_registrations as registrations
from services.activities.tests.formats import test_challenge as challenges
from services.activities.tests.formats import test_research as research
from services.activities.tests.formats import test_task_force as meetings
from triskel.activities.activities.jobs import ask_for_reports, close_unreported
from triskel.activities.activities.rules.activity import Facts
from triskel.activities.activities.rules.challenge import Deliverable
from triskel.activities.activities.rules.meeting import TaskForce
from triskel.chassis.testing import deliver
from triskel.chassis.testing.registry_events import region_decided
from triskel.contracts import registry as contract
from triskel.contracts.codes import ActivityFormat, ActivityState
from triskel.contracts.format_codes import DeliverableKind
from triskel.contracts.refusals import Refusal
from triskel.contracts.registry import RegionSettings

Settings = RegionSettings
LESSON = ActivityFormat.GUEST_LESSON
Attempted = Callable[[Settings], Any]


def _slot(settings: Settings) -> None:
    """A guest lesson of six hours."""
    calendar = replace(clock.UNKNOWN, settings=settings)
    start, form = clock.NOW + timedelta(days=1), clock.FORMATS[LESSON]
    clock.check_slot(
        form, calendar, start, start + timedelta(hours=6), clock.NOW, clock.YEAR.school_year
    )


def _session(settings: Settings) -> None:
    calendar = replace(research.CALENDAR, settings=settings)
    long = research.session(0, 1, hours=12)
    partial(research.plan(long), calendar=calendar)(
        research.work(), research.TEACHER, Facts(settings=settings), research.NOW
    )


def _teams(settings: Settings) -> None:
    doing.challenge.set_teams(
        challenges.activity(ActivityState.CONFIRMED, phase=challenges.P.BRIEFED),
        challenges.TEACHER,
        Facts(settings=settings),
        challenges.NOW,
        [challenges.team(number) for number in range(3)],
    )


def _deliverables(settings: Settings) -> None:
    known = challenges.activity(phase=challenges.P.WORKING)
    for number in range(4):
        what = Deliverable(f"Pièce {number}", DeliverableKind.CODE, challenges.NOW, sha256="0" * 64)
        known = doing.challenge.hand_in(
            known, challenges.TEACHER, Facts(settings=settings), challenges.NOW, 1, what
        )


def _action_items(settings: Settings) -> None:
    known = meetings.meeting(action_items=(meetings.ITEM,))
    assert isinstance(known.task_force, TaskForce)
    doing.meetings.add_action_item(
        known,
        meetings.HOST,
        Facts(settings=settings),
        meetings.NOW,
        title="Encore",
        owner_id=meetings.DUTCH,
        due_on=meetings.ITEM.due_on,
    )


def _bookings(settings: Settings) -> None:
    known = places.full(10)
    doing.places.book(
        known,
        places.TEACHER,
        Facts(settings=settings),
        places.NOW,
        places.school_class("late", 5),
    )


def _adults(settings: Settings) -> None:
    """A class of 28 with two adults, before a host has said what its site asks for."""
    two = replace(places.school_class("2nde 4", 28), adults=2)
    if refused := places.place_rules.class_refusal(places.activity(), two, settings):
        raise refused


def _correction(settings: Settings) -> None:
    known = clock.activity(LESSON, ActivityState.DELIVERED)
    assert known.slot is not None
    now = known.slot.ends_at + timedelta(hours=60)
    if refused := doing.refusal(
        "correct", known, places.COORDINATOR, Facts(settings=settings), now
    ):
        raise refused


@pytest.mark.parametrize(
    ("attempted", "narrow", "wide", "rule"),
    [
        (
            _slot,
            {},
            {
                "formats": {
                    LESSON: {"confirmation_days": 1, "cancellation_days": 7} | {"longest_hours": 6}
                }
            },
            "slot-too-long",
        ),
        (_session, {}, {"research": {"session_hours": 12}}, "session-too-long"),
        (_teams, {"challenges": {"teams": 2}}, {}, "teams-too-many"),
        (_deliverables, {"challenges": {"deliverables": 4}}, {}, "deliverables-too-many"),
        (_action_items, {"meetings": {"action_items": 1}}, {}, "action-items-too-many"),
        (_bookings, {"places": {"bookings": 1}}, {}, "too-many-bookings"),
        (_adults, {"places": {"pupils_per_adult": 10}}, {}, "too-few-adults"),
        (_correction, {}, {"reporting": {"correction_hours": 72}}, "correction-window-passed"),
    ],
)
def test_a_region_decides_each_limit_of_its_activities(
    attempted: Attempted, narrow: dict[str, Any], wide: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refusal) as refused:
        attempted(Settings.model_validate(narrow))
    assert refused.value.rule == rule
    attempted(Settings.model_validate(wide))


def test_every_request_leaves_as_many_school_days_as_its_region_says() -> None:
    drafted = clock.activity(LESSON, ActivityState.DRAFT)
    by = []
    for days in (0, 2, 5):
        facts = Facts(settings=Settings.model_validate({"answers": {"least_school_days": days}}))
        asked = doing.spine.propose(
            drafted, places.COORDINATOR, facts, clock.NOW, answer_days=1, calendar=clock.CALENDAR
        )
        by.append(asked.answer_by)
    # Wednesday 1 October: a day, two days of school, five of them over a weekend
    assert [(each - clock.NOW).days for each in by] == [1, 2, 7]


async def test_what_nobody_reports_closes_when_its_own_region_says(platform: Any) -> None:
    state = platform.app.state
    jobs = (state.database, state.outbox, state.clock)
    number = await platform.scheduled("parents-day", None, school_id=str(platform.school))
    soon, late = (contract.ReportingLimits(close_after_days=days) for days in (3, 5))
    decided = region_decided(2, "NL", reporting=soon), region_decided(2, reporting=late)
    await deliver(state.database, state.consumers, *decided)
    platform.clock.advance(days=12 + 4)
    assert await ask_for_reports(*jobs) == 1
    assert await close_unreported(*jobs) == 0
    platform.clock.advance(days=2)
    assert await close_unreported(*jobs) == 1
    assert (await platform.show(number))["unreported"]


async def test_a_family_is_as_large_as_its_region_says(platform: Any) -> None:
    state = platform.app.state
    _, token = await registrations.opened(platform)
    few = contract.RegistrationLimits(adults=2, children=3)
    await deliver(state.database, state.consumers, region_decided(2, registrations=few))
    assert registrations.rule(await registrations.register(platform, token, 3)) == (
        422,
        "party-too-large",
    )
    assert (await registrations.register(platform, token, 2, 3)).status_code == 201
    page = await platform.client.get("/v1/registrations/page", params={"token": token})
    assert re.findall(r'max="(\d+)"', page.text) == ["2", "3"]
