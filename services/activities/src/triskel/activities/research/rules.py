"""Research works: what is asked before an action, and what becomes of the activity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import ReportMissing
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.research import (
    LabSession,
    Milestone,
    PupilGroup,
    Research,
    ResearchReport,
)
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.activities.research.refusals import (
    AttendanceNotOfTheGroup,
    GroupEmpty,
    GroupOverCapacity,
    MilestoneOutsideTheSlot,
    MilestoneReached,
    MilestoneUnknown,
    MissedWithoutReason,
    NoMilestoneLeft,
    NoSessionOver,
    ReportAccepted,
    ReportSubmitted,
    ResearchNotPlanned,
    SessionNotOver,
    SessionOutsideTheSlot,
    SessionRecorded,
    SessionsOverlap,
    SessionTooLong,
    SessionUnknown,
)
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityReason
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import ReportGap, SessionState


@dataclass(frozen=True)
class ResearchPlan:
    """What is to come, set anew. Sessions and milestones are numbered when they are kept."""

    group: PupilGroup
    tutor_id: UUID | None
    sessions: Sequence[LabSession]
    milestones: Sequence[Milestone]


@dataclass(frozen=True)
class SessionRecord:
    """How a session went: done with counts of who came, or missed with the reason."""

    state: SessionState
    girls: int = 0
    boys: int = 0
    undeclared: int = 0
    reason: ActivityReason | None = None


def planned(attempt: ActivityAttempt) -> ResearchNotPlanned | None:
    return ResearchNotPlanned() if attempt.subject.research is None else None


def session_to_record(attempt: ActivityAttempt) -> NoSessionOver | None:
    over = [
        session
        for session in _research(attempt.subject).sessions
        if session.state is SessionState.PLANNED and session.ends_at <= attempt.now
    ]
    return None if over else NoSessionOver()


def milestone_to_reach(attempt: ActivityAttempt) -> NoMilestoneLeft | None:
    milestones = _research(attempt.subject).milestones
    return None if any(each.done_at is None for each in milestones) else NoMilestoneLeft()


def report_to_accept(attempt: ActivityAttempt) -> ReportMissing | ReportAccepted | None:
    report = _research(attempt.subject).report
    if report is None:
        return ReportMissing()
    return ReportAccepted() if report.accepted_at is not None else None


def without_report(attempt: ActivityAttempt) -> ReportSubmitted | None:
    return ReportSubmitted() if _research(attempt.subject).report is not None else None


def known_session(
    attempt: ActivityAttempt, session_number: int, record: SessionRecord
) -> SessionUnknown | None:
    """What was not planned at all, the guard `planned` says."""
    research = attempt.subject.research
    if research is None or _session(attempt.subject, session_number):
        return None
    return SessionUnknown(value=session_number)


def known_milestone(attempt: ActivityAttempt, milestone_number: int) -> MilestoneUnknown | None:
    research = attempt.subject.research
    if research is None or _milestone(attempt.subject, milestone_number):
        return None
    return MilestoneUnknown(value=milestone_number)


def plan(attempt: ActivityAttempt, wanted: ResearchPlan, calendar: Calendar) -> ActivityChange:
    """What was recorded or reached stays as it was. Raises `Invalid`."""
    activity = attempt.subject
    group = wanted.group
    known = activity.research or Research(group)
    if not group.people:
        raise GroupEmpty
    if activity.capacity is not None and group.people > activity.capacity:
        raise GroupOverCapacity(people=group.people, capacity=activity.capacity, value=group.people)
    held = [session for session in known.sessions if session.state is not SessionState.PLANNED]
    reached = [milestone for milestone in known.milestones if milestone.done_at is not None]
    for session in wanted.sessions:
        _check_session(activity, session, calendar, attempt.now)
    in_order = sorted([*held, *wanted.sessions], key=lambda each: each.starts_at)
    for earlier, later in pairwise(in_order):
        if later.starts_at < earlier.ends_at:
            raise SessionsOverlap(value=later.starts_at.isoformat())
    for milestone in wanted.milestones:
        _check_milestone(activity, milestone)
    first_session = max((session.number for session in held), default=0) + 1
    first_milestone = max((milestone.number for milestone in reached), default=0) + 1
    research = replace(
        known,
        group=group,
        tutor_id=wanted.tutor_id,
        sessions=(
            *held,
            *(
                replace(session, number=number)
                for number, session in enumerate(wanted.sessions, first_session)
            ),
        ),
        milestones=(
            *reached,
            *(
                replace(milestone, number=number)
                for number, milestone in enumerate(wanted.milestones, first_milestone)
            ),
        ),
    )
    planned_activity = becomes(activity, research=research)
    return Change(planned_activity, contract.ResearchPlanned)


def record_session(
    attempt: ActivityAttempt, session_number: int, record: SessionRecord
) -> ActivityChange:
    """Once. Raises `Conflict` and `Invalid`."""
    activity = attempt.subject
    session = _session(activity, session_number)
    assert session is not None
    if session.state is not SessionState.PLANNED:
        raise SessionRecorded(state=session.state, value=session.state)
    if session.ends_at > attempt.now:
        raise SessionNotOver(value=session.ends_at.isoformat())
    people = record.girls + record.boys + record.undeclared
    group = _research(activity).group
    missed = record.state is SessionState.MISSED
    if missed and (people or record.reason is None):
        raise MissedWithoutReason
    if record.state is SessionState.DONE and not 0 < people <= group.people:
        raise AttendanceNotOfTheGroup(group=group.people, people=people, value=people)
    recorded = replace(
        session,
        state=record.state,
        girls=record.girls,
        boys=record.boys,
        undeclared=record.undeclared,
        reason=record.reason if missed else None,
    )
    sessions = tuple(recorded if each is session else each for each in _research(activity).sessions)
    return Change(
        _with(activity, sessions=sessions),
        contract.ResearchSessionRecorded,
        {"number": session_number},
    )


def reach_milestone(attempt: ActivityAttempt, milestone_number: int) -> ActivityChange:
    """Once. Raises `Conflict`."""
    activity = attempt.subject
    milestone = _milestone(activity, milestone_number)
    assert milestone is not None
    if milestone.done_at is not None:
        raise MilestoneReached(value=milestone_number)
    reached = replace(milestone, done_at=attempt.now)
    milestones = tuple(
        reached if each is milestone else each for each in _research(activity).milestones
    )
    return Change(
        _with(activity, milestones=milestones),
        contract.ResearchMilestoneReached,
        {"number": milestone_number},
    )


def submit_report(attempt: ActivityAttempt, document_url: str, sha256: str) -> ActivityChange:
    """Submitted anew it must be accepted anew; a late one takes back that there is none."""
    report = ResearchReport(document_url, sha256, attempt.now)
    submitted = _with(attempt.subject, report=report, report_missing=None)
    return Change(submitted, contract.ResearchReportSubmitted)


def accept_report(attempt: ActivityAttempt) -> ActivityChange:
    report = _research(attempt.subject).report
    assert report is not None
    accepted = _with(attempt.subject, report=replace(report, accepted_at=attempt.now))
    return Change(accepted, contract.ResearchReportAccepted)


def miss_report(attempt: ActivityAttempt, reason: ReportGap) -> ActivityChange:
    """There will be none, and why."""
    return Change(_with(attempt.subject, report_missing=reason), contract.ResearchReportMissed)


def _research(activity: Activity) -> Research:
    assert activity.research is not None
    return activity.research


def _with(activity: Activity, **changes: Any) -> Activity:
    research = replace(_research(activity), **changes)
    return becomes(activity, research=research)


def _session(activity: Activity, session_number: int) -> LabSession | None:
    sessions = _research(activity).sessions
    return next((each for each in sessions if each.number == session_number), None)


def _milestone(activity: Activity, milestone_number: int) -> Milestone | None:
    milestones = _research(activity).milestones
    return next((each for each in milestones if each.number == milestone_number), None)


def _check_session(
    activity: Activity, session: LabSession, calendar: Calendar, now: datetime
) -> None:
    slot = activity.slot
    assert slot is not None
    if session.starts_at < slot.starts_at or session.ends_at > slot.ends_at:
        raise SessionOutsideTheSlot(value=session.starts_at.isoformat())
    longest = timedelta(hours=calendar.settings.research.session_hours)
    if session.ends_at - session.starts_at > longest:
        raise SessionTooLong(longest=longest, value=session.ends_at.isoformat())
    check_slot(
        activity.form, calendar, session.starts_at, session.ends_at, now, activity.school_year
    )


def _check_milestone(activity: Activity, milestone: Milestone) -> None:
    slot = activity.slot
    assert slot is not None
    first, last = (day_in(moment, slot.time_zone) for moment in (slot.starts_at, slot.ends_at))
    if not first <= milestone.due_on <= last:
        raise MilestoneOutsideTheSlot(first=first, last=last, value=milestone.due_on.isoformat())
