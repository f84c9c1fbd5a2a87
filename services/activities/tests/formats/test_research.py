"""The rules of research works: plan, sessions, milestones, report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from services.activities.tests import doing
from services.activities.tests.doing import research as steps
from triskel.activities.activities.rules.activity import Activity, Facts, Slot
from triskel.activities.activities.rules.coherence import moved, proposed_attendance
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.activities.rules.research import (
    LabSession,
    Milestone,
    PupilGroup,
    Research,
    ResearchReport,
)
from triskel.activities.calendars.rules import Calendar, Holiday, SchoolYear
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.format_codes import ReportGap, SessionState
from triskel.contracts.refusals import Refusal

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)  # a Monday
S = ActivityState
NOTHING = Facts()
WINTER = Holiday("vacances d'hiver", date(2026, 2, 14), date(2026, 3, 1))
YEAR = SchoolYear("2025-2026", date(2025, 9, 1), date(2026, 7, 3), (WINTER,))
CALENDAR = Calendar("Europe/Paris", (YEAR,))
GROUP = PupilGroup(Isced.UPPER_SECONDARY, 4, 3, 0)
TEACHER = Actor(frozenset({Role.TEACHER}), frozenset({Side.SCHOOL}))
HOST = Actor(frozenset({Role.COMPANY}), frozenset({Side.HOST}))
SHA = "0" * 64


def session(number: int, days: float, hours: float = 3, **more: Any) -> LabSession:
    start = NOW + timedelta(days=days)
    known = LabSession(number, start, start + timedelta(hours=hours), PlaceKind.COMPANY)
    return replace(known, **more)


def milestone(number: int, days: int, **more: Any) -> Milestone:
    return replace(
        Milestone(number, "Protocole validé", (NOW + timedelta(days=days)).date()), **more
    )


def work(state: ActivityState = S.IN_PROGRESS, **more: Any) -> Activity:
    """Ten weeks, with a session tomorrow and a milestone the day after."""
    known = Research(GROUP, uuid4(), (session(1, 1),), (milestone(1, 2),))
    return Activity(
        id=uuid4(),
        region="FRH0",
        version=7,
        format=ActivityFormat.RESEARCH_WORK,
        state=state,
        title="Mesurer la qualité de l'eau",
        school_year="2025-2026",
        host_id=uuid4(),
        school_id=uuid4(),
        partnership_id=uuid4(),
        proposed_by=Side.HOST,
        drafted_at=NOW,
        capacity=8,
        slot=Slot(NOW, NOW + timedelta(days=70), "Europe/Paris", PlaceKind.COMPANY),
        research=replace(known, **more),
    )


def plan(*sessions: LabSession, **more: Any) -> Callable[..., Activity]:
    known: dict[str, Any] = {"group": GROUP, "tutor_id": uuid4(), "milestones": ()}
    return partial(steps.plan, sessions=sessions, calendar=CALENDAR, **(known | more))


def rule(decide: Callable[..., Any], a: Activity, who: Actor, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refused:
        decide(a, who, NOTHING, now)
    return refused.value.rule


@pytest.mark.parametrize(
    ("sessions", "why"),
    [
        ([session(0, -1)], "session-outside-the-slot"),
        ([session(0, 71)], "session-outside-the-slot"),
        ([session(0, 40)], "date-in-school-holidays"),
        ([session(0, 3, hours=11)], "session-too-long"),
        ([session(0, 3), session(0, 3.1)], "sessions-overlap"),
    ],
)
def test_sessions_lie_within_the_slot_on_school_days_one_after_the_other(
    sessions: list[LabSession], why: str
) -> None:
    assert rule(plan(*sessions), work(S.SCHEDULED), HOST) == why


def test_no_session_is_planned_in_the_past() -> None:
    later = NOW + timedelta(days=5)
    assert rule(plan(session(0, 3)), work(), HOST, later) == "date-in-the-past"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"group": replace(GROUP, girls=0, boys=0)}, "group-empty"),
        ({"group": replace(GROUP, girls=9)}, "group-over-capacity"),
        ({"milestones": [milestone(0, 71)]}, "milestone-outside-the-slot"),
    ],
)
def test_a_plan_has_pupils_for_whom_there_is_room_and_milestones_in_time(
    more: dict[str, Any], why: str
) -> None:
    assert rule(plan(**more), work(S.SCHEDULED), TEACHER) == why


def test_a_new_plan_leaves_what_was_recorded_and_numbers_on() -> None:
    held = session(1, 1, state=SessionState.DONE, girls=4)
    known = work(
        sessions=(held, session(2, 8)), milestones=(milestone(1, 2, done_at=NOW), milestone(2, 9))
    )
    later = NOW + timedelta(days=3)
    after = plan(session(0, 7), session(0, 8), milestones=[milestone(0, 20)])(
        known, TEACHER, NOTHING, later
    ).research
    assert after.sessions[0] == held
    assert [each.number for each in after.sessions] == [1, 2, 3]
    assert [each.number for each in after.milestones] == [1, 2]


def test_a_session_is_recorded_once_and_once_it_is_over() -> None:
    record = partial(
        steps.record_session,
        number=1,
        state=SessionState.DONE,
        girls=4,
        boys=2,
        undeclared=0,
        reason=None,
    )
    over = NOW + timedelta(days=1, hours=3)
    assert rule(record, work(), HOST, over - timedelta(seconds=1)) == "no-session-over"
    two = work(sessions=(session(1, 1), session(2, 5)))
    assert rule(partial(record, number=2), two, HOST, over) == "session-not-over"
    assert rule(partial(record, number=9), two, HOST, over) == "session-unknown"
    assert rule(partial(record, boys=4), work(), HOST, over) == "attendance-not-of-the-group"
    missed = partial(record, state=SessionState.MISSED)
    assert rule(missed, work(), HOST, over) == "missed-without-reason"
    done = record(two, HOST, NOTHING, over)
    assert (done.research.sessions[0].girls, done.research.sessions[0].state) == (4, "done")
    assert rule(record, done, HOST, over + timedelta(days=9)) == "session-recorded"
    reason = ActivityReason.STAFF_ABSENT
    kept = partial(missed, girls=0, boys=0, reason=reason)(work(), HOST, NOTHING, over)
    assert kept.research.sessions[0].reason is reason


def test_a_milestone_is_overdue_once_its_day_has_passed_there_and_said_to_be_once() -> None:
    known = work()
    # the day ends at 23:00 UTC in Paris in winter
    midnight = datetime(2026, 1, 14, 23, tzinfo=UTC)
    (due,) = dues_of(known)
    assert not due.overdue(midnight - timedelta(seconds=1))
    assert due.overdue(midnight)
    assert doing.miss(known, midnight - timedelta(seconds=1)) is known
    said = doing.miss(known, midnight)
    assert said.version == known.version + 1
    assert said.research is not None
    assert said.research.milestones[0].missed_at == midnight
    assert doing.miss(said, midnight + timedelta(days=9)) is said


def test_a_reached_milestone_is_not_overdue_and_reached_once() -> None:
    reach = partial(steps.reach_milestone, number=1)
    done = reach(work(), HOST, NOTHING, NOW)
    assert not any(due.overdue(NOW + timedelta(days=60)) for due in dues_of(done))
    assert rule(reach, done, HOST) == "no-milestone-left"
    assert rule(partial(reach, number=7), work(), HOST) == "milestone-unknown"
    assert dues_of(replace(done, state=S.DELIVERED)) == ()


def test_the_school_reports_and_the_companys_tutor_accepts() -> None:
    submit = partial(steps.submit_report, document_url="https://a.example/r.pdf", sha256=SHA)
    assert rule(submit, work(), HOST) == "side-not-allowed"
    reported = submit(work(), TEACHER, NOTHING, NOW)
    assert rule(steps.accept_report, work(), HOST) == "report-missing"
    assert rule(steps.accept_report, reported, TEACHER) == "side-not-allowed"
    accepted = steps.accept_report(reported, HOST, NOTHING, NOW)
    assert accepted.research is not None and accepted.research.report is not None
    assert accepted.research.report.accepted_at == NOW
    assert rule(steps.accept_report, accepted, HOST) == "report-accepted"
    anew = submit(accepted, TEACHER, NOTHING, NOW)
    assert anew.research.report.accepted_at is None


def test_a_planned_work_is_delivered_with_its_report_or_the_reason_for_none() -> None:
    over = NOW + timedelta(days=70)
    deliver = partial(doing.spine.deliver, outcome=DeliveryOutcome.FULL, attendance=[])
    assert rule(deliver, work(), TEACHER, over) == "report-missing"
    assert "deliver" not in doing.allowed_actions(work(), TEACHER, NOTHING, over)
    without = steps.miss_report(work(), TEACHER, NOTHING, over, ReportGap.TIME_SHORT)
    done = deliver(without, TEACHER, NOTHING, over)
    assert [row.people for row in done.attendance] == [7]
    report = ResearchReport("https://a.example/r.pdf", SHA, NOW)
    assert rule(partial(steps.miss_report, why=ReportGap.OTHER), work(report=report), TEACHER) == (
        "report-submitted"
    )
    assert deliver(work(report=report), TEACHER, NOTHING, over).state is S.DELIVERED


def test_the_group_is_the_expected_attendance() -> None:
    (row,) = proposed_attendance(work())
    assert (row.level, row.girls, row.boys) == (Isced.UPPER_SECONDARY, 4, 3)


def test_another_slot_takes_away_what_was_planned_outside_of_it() -> None:
    known = work(
        S.CONFIRMED,
        sessions=(session(1, 1), session(2, 40)),
        milestones=(milestone(1, 2), milestone(2, 60)),
    )
    later = Slot(
        NOW + timedelta(days=30), NOW + timedelta(days=90), "Europe/Paris", PlaceKind.COMPANY
    )
    after = moved(known, later).research
    assert after is not None
    assert [each.number for each in after.sessions] == [2]
    assert [each.number for each in after.milestones] == [2]
