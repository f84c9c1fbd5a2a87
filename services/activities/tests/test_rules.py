"""The rules of an activity: who may do what, when, and what it becomes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.tests import doing
from triskel.activities.activities import actions
from triskel.activities.activities.rules.activity import Activity, Attendance, Facts, Slot
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.activities.tables import ACTIVITY
from triskel.activities.calendars.rules import Calendar, Holiday, SchoolYear
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    Audience,
    CorrectionReason,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.days import days_later
from triskel.contracts.refusals import Refusal
from triskel.contracts.registry import STANDARD_LIMITS

NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
S, F = ActivityState, ActivityFormat
OTHER, FULL = ActivityReason.OTHER, DeliveryOutcome.FULL
AUTUMN = Holiday("vacances de la Toussaint", date(2025, 10, 18), date(2025, 11, 2))
YEAR = SchoolYear("2025-2026", date(2025, 9, 1), date(2026, 7, 3), (AUTUMN,))
CALENDAR = Calendar("Europe/Paris", (YEAR,))
NOTHING_AGAINST = Facts()


def actor(role: Role) -> Actor:
    side = {Role.COORDINATOR: Side.COORDINATOR, Role.COMPANY: Side.HOST}.get(role, Side.SCHOOL)
    return Actor(frozenset({role}), frozenset({side}))


HEAD, TEACHER, HOST, COORDINATOR = map(
    actor, (Role.HEAD, Role.TEACHER, Role.COMPANY, Role.COORDINATOR)
)
STRANGER = Actor(frozenset({Role.HEAD}), frozenset())
EVERYBODY = (HEAD, TEACHER, HOST, COORDINATOR, STRANGER)


def slot(days: float = 40, hours: float = 2) -> Slot:
    start = NOW + timedelta(days=days)
    return Slot(start, start + timedelta(hours=hours), "Europe/Paris", PlaceKind.SCHOOL)


def activity(state: ActivityState = S.DRAFT, **more: Any) -> Activity:
    known = Activity(
        id=uuid4(),
        region="FRH0",
        version=1,
        format=F.GUEST_LESSON,
        state=state,
        title="Une ingénieure en classe",
        school_year="2025-2026",
        host_id=uuid4(),
        school_id=uuid4(),
        partnership_id=uuid4(),
        proposed_by=Side.SCHOOL,
        drafted_at=NOW,
        capacity=70,
        answer_by=NOW + timedelta(days=14),
        slot=slot() if state not in {S.DRAFT, S.PROPOSED, S.ACCEPTED} else None,
    )
    return replace(known, **more)


def counts(people: int = 30, **more: Any) -> Attendance:
    known = Attendance(Audience.PUPILS, Isced.UPPER_SECONDARY, people, 0, 0)
    return replace(known, **more)


def does(action: str, **more: Any) -> Callable[..., Activity]:
    """The transition with what it needs."""
    needed: dict[str, dict[str, Any]] = {
        "edit": {"changes": {"title": "Autre"}},
        "propose": {"answer_days": 14},
        "decline": {"reason": OTHER},
        "withdraw": {"reason": OTHER},
        "cancel": {"reason": OTHER},
        "schedule": {"slot": slot(47), "calendar": CALENDAR},
        "propose-date": {"slot": slot(50), "calendar": CALENDAR},
        "agree-date": {"calendar": CALENDAR},
        "decline-date": {"reason": OTHER},
        "leave-activity": {"reason": OTHER},
        "confirm": {"ticked": FORMATS[F.GUEST_LESSON].preconditions},
        "deliver": {"outcome": FULL, "attendance": [counts()]},
        "correct": {"outcome": FULL, "attendance": [counts(29)]},
        "report-late": {
            "outcome": FULL,
            "attendance": [counts(29)],
            "reason": CorrectionReason.COUNTS_WRONG,
        },
        "evaluate": {
            "ticks": dict.fromkeys(("purpose", "outcomes", "two_way", "reflection"), True)
        },
        "budget": {"lines": [], "kinds": {}},
    }
    name = "set_budget" if action == "budget" else action.replace("-", "_")
    function = getattr(doing.spine, name)
    return partial(function, **(needed.get(action, {}) | more))


def rule(
    action: str,
    a: Activity,
    who: Actor,
    now: datetime = NOW,
    facts: Facts = NOTHING_AGAINST,
    **more: Any,
) -> str:
    with pytest.raises(Refusal) as refused:
        does(action, **more)(a, who, facts, now)
    return refused.value.rule


def after(action: str, a: Activity, who: Actor, now: datetime = NOW, **more: Any) -> Activity:
    return does(action, **more)(a, who, NOTHING_AGAINST, now)


def test_the_asking_side_asks_and_may_take_it_back() -> None:
    assert after("propose", activity(), TEACHER).answer_by == NOW + timedelta(days=14)
    assert rule("propose", activity(), HOST) == "asking-side-only"
    assert after("withdraw", activity(S.PROPOSED), HEAD).ended_by is Side.SCHOOL
    assert rule("withdraw", activity(S.PROPOSED), HOST) == "asking-side-only"


@pytest.mark.parametrize(
    ("asked_on", "until"),
    [
        # a Wednesday; a Friday; the last day before the holidays
        (datetime(2025, 10, 1, 8, tzinfo=UTC), date(2025, 10, 3)),
        (datetime(2025, 10, 3, 8, tzinfo=UTC), date(2025, 10, 7)),
        (datetime(2025, 10, 17, 8, tzinfo=UTC), date(2025, 11, 4)),
    ],
)
def test_an_answer_has_two_school_days_at_the_least(asked_on: datetime, until: date) -> None:
    asked = doing.spine.propose(
        activity(), TEACHER, NOTHING_AGAINST, asked_on, answer_days=1, calendar=CALENDAR
    )
    assert asked.answer_by is not None
    assert asked.answer_by.date() == until


@pytest.mark.parametrize(
    ("by", "asker", "asked"), [("school", TEACHER, HOST), ("host", HOST, HEAD)]
)
def test_the_side_that_was_asked_answers(by: str, asker: Actor, asked: Actor) -> None:
    known = activity(S.PROPOSED, proposed_by=Side(by))
    assert after("accept", known, asked).state is S.ACCEPTED
    assert after("decline", known, asked).reason is OTHER
    for answer in ("accept", "decline"):
        assert rule(answer, known, asker) == "other-side-answers"


def test_what_the_coordinator_proposes_is_accepted_when_both_sides_have_said_yes() -> None:
    known = activity(S.PROPOSED, proposed_by=Side.COORDINATOR)
    for first, second in ((HOST, TEACHER), (HEAD, HOST)):
        half = after("accept", known, first)
        assert (half.state, half.answered_at) == (S.PROPOSED, None)
        assert rule("accept", half, first) == "said-yes-already"
        done = after("accept", half, second)
        assert (done.state, done.approvals.given) == (S.ACCEPTED, {Side.HOST, Side.SCHOOL})
    assert rule("accept", known, COORDINATOR) == "other-side-answers"
    # what was said yes to is what is agreed
    edited = after("edit", after("accept", known, HOST), COORDINATOR)
    assert not edited.approvals.given
    without_school = activity(S.PROPOSED, proposed_by=Side.COORDINATOR, school_id=None)
    assert after("accept", without_school, HOST).state is S.ACCEPTED


@pytest.mark.parametrize(("ends", "day"), [(22, 10), (23, 11)])
def test_a_delivery_belongs_to_the_day_on_which_it_took_place_not_to_that_of_its_report(
    ends: int, day: int
) -> None:
    end = datetime(2025, 11, 10, ends, 30, tzinfo=UTC)
    when = Slot(end - timedelta(hours=2), end, "Europe/Paris", PlaceKind.SCHOOL)
    known = activity(S.IN_PROGRESS, slot=when)
    assert ACTIVITY.to_public(known).delivered_on is None
    told = ACTIVITY.to_public(after("deliver", known, TEACHER, end + timedelta(days=9)))
    assert (told.delivered_at, told.delivered_on) == (
        end + timedelta(days=9),
        date(2025, 11, day),
    )


def test_the_pupils_of_a_final_are_marked_as_counted_before() -> None:
    school = activity(S.IN_PROGRESS)
    final = replace(school, parent_id=uuid4(), school_id=None, partnership_id=None)
    over = slot().ends_at
    for known, before in ((school, False), (final, True)):
        told = ACTIVITY.to_public(after("deliver", known, COORDINATOR, over))
        assert [row.counted_before for row in told.attendance] == [before]


def test_after_the_deadline_there_is_no_answer_and_it_expires() -> None:
    known, late = activity(S.PROPOSED), NOW + timedelta(days=15)
    assert rule("accept", known, HOST, late) == "answer-deadline-passed"
    assert doing.expire(known, late).state is S.EXPIRED


@pytest.mark.parametrize("field", ["school", "host", "partnership"])
def test_who_cannot_take_part_is_neither_asked_nor_accepted(field: str) -> None:
    facts = Facts(**{field: {"en": "It is suspended", "fr": "Elle est suspendue"}})
    assert rule("propose", activity(), TEACHER, facts=facts) == f"{field}-not-ready"
    assert rule("accept", activity(S.PROPOSED), HOST, facts=facts) == f"{field}-not-ready"


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        (slot(-1), "date-in-the-past"),
        (replace(slot(47), ends_at=slot(46).ends_at), "slot-ends-before-it-starts"),
        (slot(47, hours=5), "slot-too-long"),
        (slot(20), "date-in-school-holidays"),
        (replace(slot(47), starts_at=datetime(2025, 11, 15, 9)), "time-without-zone"),  # noqa: DTZ001
    ],
)
def test_a_slot_is_in_time_to_come_on_school_days_and_of_the_formats_length(
    given_: Slot, why: str
) -> None:
    assert rule("schedule", activity(S.ACCEPTED), HOST, slot=given_) == why


def test_teachers_and_the_task_force_may_meet_in_the_holidays() -> None:
    for form in (F.TEACHER_MASTERCLASS, F.TASK_FORCE_MEETING):
        known = activity(S.ACCEPTED, format=form, school_id=None)
        assert after("schedule", known, HOST, slot=slot(20)).state is S.SCHEDULED


def test_the_head_confirms_with_every_precondition_ticked() -> None:
    known = activity(S.SCHEDULED)
    assert after("confirm", known, HEAD).confirmed_at == NOW
    assert rule("confirm", known, TEACHER) == "head-confirms"
    assert rule("confirm", known, HEAD, ticked=[]) == "precondition-missing"


@pytest.mark.parametrize("form", list(F))
def test_each_format_has_its_confirmation_and_cancellation_limits(form: ActivityFormat) -> None:
    limits, ticked = STANDARD_LIMITS[form], FORMATS[form].preconditions
    known = activity(S.SCHEDULED, format=form)
    limit = days_later(slot().starts_at, -limits.confirmation_days, "Europe/Paris")
    assert after("confirm", known, HEAD, limit, ticked=ticked).state is S.CONFIRMED
    too_late = limit + timedelta(seconds=1)
    assert rule("confirm", known, HEAD, too_late, ticked=ticked) == "confirmation-limit-passed"
    limit = days_later(slot().starts_at, -limits.cancellation_days, "Europe/Paris")
    assert not after("cancel", known, HOST, limit).late
    assert after("cancel", known, HOST, limit + timedelta(seconds=1)).late


def test_it_starts_when_its_time_has_come_and_is_counted_when_it_is_over() -> None:
    known, start = activity(S.CONFIRMED), slot().starts_at
    assert rule("start", known, TEACHER, start - timedelta(seconds=1)) == "not-begun"
    running = after("start", known, TEACHER, start)
    assert rule("deliver", running, TEACHER, start) == "not-over"
    done = after("deliver", running, TEACHER, slot().ends_at)
    assert (done.state, done.outcome, done.delivered_at) == (S.DELIVERED, FULL, slot().ends_at)


@pytest.mark.parametrize(
    ("outcome", "attendance", "why"),
    [
        ("full", [], "attendance-missing"),
        ("no-show", [counts(1)], "no-show-has-attendance"),
        ("full", [counts(71)], "attendance-over-capacity"),
        ("full", [counts(5), counts(6)], "level-twice"),
        ("full", [counts(audience=Audience.PARENTS)], "audience-of-another-format"),
        ("full", [counts(level=None)], "level-missing"),
    ],
)
def test_attendance_is_of_the_formats_audience_by_level_each_once_within_the_capacity(
    outcome: str, attendance: list[Attendance], why: str
) -> None:
    known, over = activity(S.IN_PROGRESS), slot().ends_at
    given_ = {"outcome": DeliveryOutcome(outcome), "attendance": attendance}
    assert rule("deliver", known, TEACHER, over, **given_) == why


def test_figures_may_be_put_right_for_48_hours_after_the_end() -> None:
    known, end = activity(S.DELIVERED), slot().ends_at
    righted = after("correct", known, TEACHER, end + timedelta(hours=48))
    assert righted.attendance[0].girls == 29
    late = end + timedelta(hours=48, seconds=1)
    assert rule("correct", known, TEACHER, late) == "correction-window-passed"


def test_both_sides_evaluate_once_each_and_nobody_after_a_no_show() -> None:
    known = activity(S.DELIVERED, outcome=FULL)
    first = after("evaluate", known, TEACHER)
    assert first.state is S.DELIVERED
    assert rule("evaluate", first, HEAD) == "evaluated-already"
    assert rule("evaluate", first, COORDINATOR) == "participants-evaluate"
    assert after("evaluate", first, HOST).state is S.EVALUATED
    nobody = activity(S.DELIVERED, outcome=DeliveryOutcome.NO_SHOW)
    assert rule("evaluate", nobody, TEACHER) == "nobody-came"


def test_a_meeting_without_a_school_is_evaluated_by_host_and_coordinator() -> None:
    known = activity(S.DELIVERED, format=F.TASK_FORCE_MEETING, school_id=None, outcome=FULL)
    both = after("evaluate", after("evaluate", known, HOST), COORDINATOR)
    assert both.state is S.EVALUATED


def test_it_can_be_cancelled_from_any_state_before_it_is_delivered_and_not_after() -> None:
    for state in S:
        known = activity(state)
        if state in BEFORE_DELIVERED:
            assert after("cancel", known, HOST).ended_by is Side.HOST
        else:
            assert rule("cancel", known, HOST) == "state-does-not-allow"


def test_a_stranger_may_do_nothing() -> None:
    for state, action in product(S, doing.BY_PEOPLE):
        refused = doing.refusal(action, activity(state), STRANGER, NOTHING_AGAINST, NOW)
        assert refused is not None
        assert refused.rule == "not-a-participant"


def test_each_format_counts_its_own_people() -> None:
    counted = {form: FORMATS[form].audience for form in F}
    assert counted[F.TEACHER_MASTERCLASS] is Audience.TEACHERS
    assert counted[F.PARENTS_DAY] is Audience.PARENTS
    assert counted[F.TASK_FORCE_MEETING] is Audience.DELEGATES
    assert sum(audience is Audience.PUPILS for audience in counted.values()) == 4


SPINE = [
    row.name
    for row in vars(actions).values()
    if isinstance(row, actions.Action) and not row.by_clock
]
tries = st.lists(
    st.tuples(st.sampled_from(SPINE), st.sampled_from(EVERYBODY), st.integers(0, 80)),
    max_size=30,
)
_FINAL = {S.DECLINED, S.WITHDRAWN, S.EXPIRED, S.CLOSED, S.CANCELLED}


@given(st.sampled_from([Side.SCHOOL, Side.HOST, Side.COORDINATOR]), tries)
def test_whatever_people_try_only_what_is_listed_as_allowed_happens(by: Side, acts: Any) -> None:
    known, now = activity(proposed_by=by), NOW
    for action, who, days in sorted(acts, key=lambda act: act[2]):
        now = NOW + timedelta(days=days)
        allowed = doing.allowed_actions(known, who, NOTHING_AGAINST, now)
        # whole weeks from a Wednesday: school is out at weekends
        wednesday = slot(7 * (days // 7 + 9))
        later = {"slot": wednesday} if action in ("schedule", "propose-date") else {}
        try:
            following = does(action, **later)(known, who, NOTHING_AGAINST, now)
        except Refusal as refused:
            # a listed action may still be refused for what was sent with it
            assert action not in allowed or refused.rule in {"slot-unchanged"}
            continue
        assert action in allowed
        assert following.version == known.version + 1
        assert known.state not in _FINAL
        known = following
    if known.state in {S.DELIVERED, S.EVALUATED, S.CLOSED}:
        assert known.confirmed_at is not None
        assert known.delivered_at is not None
