"""Another date for what has one, and leaving what was accepted: by both sides, in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.activities.tests import doing
from services.activities.tests import test_places as places
from services.activities.tests.test_rules import (
    COORDINATOR,
    HEAD,
    HOST,
    NOTHING_AGAINST,
    NOW,
    OTHER,
    TEACHER,
    S,
    activity,
    does,
    rule,
    slot,
)
from triskel.activities.activities.actions import ACTIONS, LAPSE_DATE
from triskel.activities.activities.jobs import lapse_dates
from triskel.activities.activities.rules.activity import Activity, Approvals
from triskel.activities.activities.rules.deadlines import cancel_by
from triskel.chassis.actions import CLOCK, Actor
from triskel.chassis.testing import outbox_events
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, BookingState, Side
from triskel.contracts.days import days_later
from triskel.contracts.registry import FormatLimits, RegionSettings

F, B = ActivityFormat, BookingState
REASON = {"reason": "staff-absent"}


def after(action: str, known: Activity, who: Actor, **more: Any) -> Activity:
    now = more.pop("now", NOW)
    return does(action, **more)(known, who, NOTHING_AGAINST, now)


def allowed(known: Activity, who: Actor) -> set[str]:
    listed = doing.allowed_actions(known, who, NOTHING_AGAINST, NOW)
    return {name for name in listed if name.endswith("-date")}


CONFIRMED = activity(S.CONFIRMED, confirmed_at=NOW, slot_changes=1)


def test_another_date_is_proposed_by_one_side_and_moves_nothing_until_the_other_agrees() -> None:
    asked = after("propose-date", CONFIRMED, HOST)
    assert (asked.state, asked.slot, asked.slot_changes) == (S.CONFIRMED, CONFIRMED.slot, 1)
    assert asked.date_proposal is not None
    assert asked.date_proposal.slot == slot(50)
    assert rule("agree-date", asked, HOST) == "other-side-answers"
    # a yes is a side's own
    assert rule("agree-date", asked, COORDINATOR) == "other-side-answers"
    assert rule("propose-date", asked, TEACHER) == "date-proposed-already"
    moved = after("agree-date", asked, TEACHER)
    assert (moved.state, moved.slot, moved.confirmed_at) == (S.SCHEDULED, slot(50), None)
    assert (moved.slot_changes, moved.postponements, moved.date_proposal) == (2, 1, None)
    assert rule("propose-date", CONFIRMED, HOST, slot=CONFIRMED.slot) == "slot-unchanged"
    assert "postpone" not in {action.name for action in ACTIONS}


def test_a_date_that_the_coordinator_proposes_needs_the_yes_of_both() -> None:
    asked = after("propose-date", CONFIRMED, COORDINATOR)
    first = after("agree-date", asked, HOST)
    assert (first.state, first.slot) == (S.CONFIRMED, CONFIRMED.slot)
    assert rule("agree-date", first, HOST) == "said-yes-already"
    assert after("agree-date", first, HEAD).slot == slot(50)
    # without a school the coordinator is the other side
    meeting = replace(CONFIRMED, format=F.TASK_FORCE_MEETING, school_id=None)
    asked = after("propose-date", meeting, COORDINATOR)
    assert after("agree-date", asked, HOST).slot == slot(50)


def test_whoever_published_a_masterclass_moves_it_at_once_and_needs_nobodys_yes() -> None:
    more = {"format": F.TEACHER_MASTERCLASS, "school_id": None, "partnership_id": None}
    published = replace(CONFIRMED, **more, approvals=Approvals(host=NOW))
    assert after("propose-date", published, HOST).slot == slot(50)
    asked = after("propose-date", published, COORDINATOR)
    assert asked.slot == CONFIRMED.slot
    assert after("agree-date", asked, HOST).slot == slot(50)


def test_the_date_stands_when_another_is_declined_or_taken_back() -> None:
    asked = after("propose-date", CONFIRMED, HOST)
    assert allowed(asked, HOST) == {"withdraw-date"}
    assert allowed(asked, TEACHER) == {"agree-date", "decline-date"}
    assert rule("decline-date", asked, HOST) == "other-side-answers"
    assert rule("withdraw-date", asked, TEACHER) == "proposing-side-only"
    for action, who in (("decline-date", TEACHER), ("withdraw-date", HOST)):
        stands = after(action, asked, who)
        assert (stands.state, stands.slot, stands.date_proposal) == (
            *(S.CONFIRMED, CONFIRMED.slot, None),
        )
        assert rule("agree-date", stands, TEACHER) == "no-date-proposed"


def test_another_date_is_answered_before_the_date_that_it_has_comes() -> None:
    asked = after("propose-date", CONFIRMED, HOST)
    assert asked.date_proposal is not None
    assert asked.date_proposal.answer_by == NOW + timedelta(days=14)
    soon = NOW + timedelta(days=39)
    asked = after("propose-date", CONFIRMED, HOST, now=soon)
    assert CONFIRMED.slot is not None
    assert asked.date_proposal is not None
    assert asked.date_proposal.answer_by == CONFIRMED.slot.starts_at
    later = CONFIRMED.slot.starts_at + timedelta(seconds=1)
    assert rule("agree-date", asked, TEACHER, now=later) == "answer-deadline-passed"
    assert rule("propose-date", CONFIRMED, HOST, now=later) == "date-has-come"
    begun = after("start", asked, HOST, now=later)
    assert begun.date_proposal is None


def test_what_is_called_off_has_no_other_date_to_answer() -> None:
    asked = after("propose-date", CONFIRMED, HOST)
    for action in ("cancel", "leave-activity"):
        off = after(action, asked, TEACHER)
        assert (off.state, off.date_proposal, off.ended_by) == (S.CANCELLED, None, Side.SCHOOL)


def test_with_another_date_parents_consent_anew_and_other_schools_say_whether_they_still_come() -> (
    None
):
    own = places.school_class("2nde 4", 20, state=B.BOOKED)
    guest = places.teacher(uuid4(), state=B.BOOKED)
    waits, gone = places.teacher(uuid4()), places.teacher(uuid4(), state=B.LEFT)
    known = places.activity(bookings=(own, guest, waits, gone))
    asked = doing.spine.propose_date(
        known, places.COMPANY, places.FACTS, NOW, slot(50), does("agree-date").keywords["calendar"]
    )
    assert asked.bookings == known.bookings
    agree = ACTIONS["agree-date"]
    attempt = doing.attempt(asked, places.TEACHER, places.FACTS, NOW)
    moved, told = agree.decide(attempt, **does("agree-date").keywords)
    states = [each.state for each in moved.subject.bookings]
    assert states == [B.BOOKED, B.OFFERED, B.WAITING, B.LEFT]
    assert [each.consents for each in moved.subject.bookings] == [0, 0, 0, 0]
    assert moved.subject.bookings[1].answer_by == NOW + timedelta(days=14)
    assert (told.event, told.details) == (
        contract.ActivityPlacesAskedAgain,
        {"booking_ids": (guest.id,)},
    )


@pytest.mark.parametrize("days", [None, 20])
def test_each_side_leaves_what_was_accepted_until_its_regions_limit(days: int | None) -> None:
    settings = RegionSettings()
    if days is not None:
        settings = RegionSettings(
            formats={F.GUEST_LESSON: FormatLimits(confirmation_days=7, cancellation_days=days)}
        )
    facts = replace(NOTHING_AGAINST, settings=settings)
    limit = cancel_by(CONFIRMED, settings)
    assert limit is not None
    leave = does("leave-activity")
    for who, side in ((TEACHER, Side.SCHOOL), (HOST, Side.HOST)):
        left = leave(CONFIRMED, who, facts, limit)
        assert (left.state, left.ended_by, left.reason, left.late) == (
            *(S.CANCELLED, side, OTHER, False),
        )
    late = limit + timedelta(seconds=1)
    assert "leave-activity" not in doing.allowed_actions(CONFIRMED, HOST, facts, late)
    cancelled = does("cancel")(CONFIRMED, HOST, facts, late)
    assert cancelled.late
    # the coordinator, who leaves nothing, cancels
    assert rule("leave-activity", CONFIRMED, COORDINATOR) == "partners-only"


def test_what_is_accepted_and_has_no_date_is_left_at_any_time() -> None:
    assert after("leave-activity", activity(S.ACCEPTED), TEACHER).state is S.CANCELLED
    assert rule("leave-activity", activity(S.PROPOSED), TEACHER) == "state-does-not-allow"
    assert rule("leave-activity", activity(S.IN_PROGRESS), TEACHER) == "state-does-not-allow"


def test_an_answer_in_time_is_no_lapse() -> None:
    asked = after("propose-date", CONFIRMED, HOST)
    for now, refused in ((NOW, True), (days_later(NOW, 15, "Europe/Paris"), False)):
        attempt = doing.attempt(asked, CLOCK, NOTHING_AGAINST, now)
        assert (LAPSE_DATE.refusal(attempt) is not None) == refused


def _other(platform: Any, days: int) -> dict[str, str]:
    start = platform.clock.now() + timedelta(days=days)
    ends = (start + timedelta(hours=4)).isoformat()
    return {"starts_at": start.isoformat(), "ends_at": ends, "place": "company"}


async def test_a_date_that_nobody_agrees_to_lapses_once_by_the_clock(platform: Any) -> None:
    number = await platform.masterclass(5)
    work = (platform.app.state.database, platform.app.state.outbox, platform.clock)
    asked = await platform.act(number, "propose-date", "company", _other(platform, 30))
    assert asked.status_code == 200, asked.text
    assert await lapse_dates(*work) == 0
    # not in a fortnight: the date that it has comes before
    platform.clock.advance(days=12, seconds=1)
    assert [await lapse_dates(*work), await lapse_dates(*work)] == [1, 0]
    shown = await platform.show(number)
    assert (shown["state"], shown["date_proposal"]) == ("scheduled", None)
    assert (await platform.said()).count("date-lapsed") == 1


async def test_of_a_masterclass_with_another_date_teachers_are_asked_again_and_who_waits_is_next(
    platform: Any,
) -> None:
    number = await platform.masterclass(1)
    first = await platform.book(number, "elsewhere")
    await platform.book(number, "teacher")
    await platform.act(number, "propose-date", "company", _other(platform, 40))
    moved = await platform.act(number, "agree-date", "coordinator")
    assert moved.status_code == 200, moved.text
    states = [each["state"] for each in moved.json()["bookings"]]
    assert (states, moved.json()["slot_changes"]) == (["offered", "waiting"], 1)
    assert (await platform.said())[-2:] == ["postponed", "places-asked-again"]
    path = f"/v1/activities/{number}/bookings/{first.json()['id']}/leave"
    assert (await platform.post(path, "elsewhere")).status_code == 200
    states = [each["state"] for each in (await platform.show(number))["bookings"]]
    assert states == ["left", "offered"]


async def test_a_no_to_another_date_keeps_its_reason_and_leaving_tells_who_and_why(
    platform: Any,
) -> None:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("guest-lesson", None, capacity=30, **more)
    await platform.act(number, "propose-date", "teacher", _other(platform, 19))
    no = {"reason": "expert-unavailable"}
    assert (await platform.act(number, "decline-date", "company", no)).status_code == 200
    # seven days before the date of a lesson
    platform.clock.advance(days=5, seconds=1)
    late = await platform.act(number, "leave-activity", "teacher", REASON)
    assert (late.status_code, late.json()["errors"][0]["rule"]) == (409, "leaving-limit-passed")
    await platform.act(number, "propose-date", "teacher", _other(platform, 14))
    await platform.act(number, "agree-date", "company")
    left = await platform.act(number, "leave-activity", "teacher", REASON)
    assert left.status_code == 200, left.text
    who = platform.who("coordinator")
    steps = (await platform.client.get(f"/v1/activities/{number}/history", headers=who)).json()
    reasons = {step["action"]: step["reason"] for step in steps}
    assert (reasons["decline-date"], reasons["leave-activity"]) == (
        *("expert-unavailable", "staff-absent"),
    )
    event = (await outbox_events(platform.app.state.database))[-1]
    assert isinstance(event, contract.ActivityLeft)
    assert (event.activity.state, event.activity.ended_by) == ("cancelled", "school")
