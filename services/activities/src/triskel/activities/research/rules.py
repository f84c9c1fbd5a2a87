"""What a research work becomes: one function per action, each one version on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.research import (
    LabSession,
    Milestone,
    PupilGroup,
    Research,
    ResearchReport,
)
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.contracts.codes import ActivityReason
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import ReportGap, SessionState
from triskel.contracts.refusals import Conflict, Invalid, NotFound

LONGEST_SESSION = timedelta(hours=10)


def _of(a: Activity) -> Research:
    assert a.research is not None
    return a.research


def _with(a: Activity, **changes: Any) -> Activity:
    return replace(a, research=replace(_of(a), **changes))


def plan(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    group: PupilGroup,
    tutor_id: UUID | None,
    sessions: Sequence[LabSession],
    milestones: Sequence[Milestone],
    calendar: Calendar,
) -> Activity:
    """What is to come is set anew; what was recorded or reached stays as it was."""
    following = begin("research-plan", a, actor, facts, now)
    known = a.research or Research(group)
    if not group.people:
        raise Invalid("group-empty", "Somebody does the research.", field="group")
    if a.capacity is not None and group.people > a.capacity:
        raise Invalid(
            "group-over-capacity",
            f"The group has {group.people} pupils, but there is room for {a.capacity}.",
            field="group",
            value=group.people,
        )
    held = [session for session in known.sessions if session.state is not SessionState.PLANNED]
    reached = [milestone for milestone in known.milestones if milestone.done_at is not None]
    for session in sessions:
        _check_session(a, session, calendar, now)
    for earlier, later in pairwise(sorted([*held, *sessions], key=lambda each: each.starts_at)):
        if later.starts_at < earlier.ends_at:
            raise Invalid(
                "sessions-overlap",
                "One session ends before the next begins.",
                field="sessions.starts_at",
                value=later.starts_at.isoformat(),
            )
    for milestone in milestones:
        _check_milestone(a, milestone)
    next_session = max((session.number for session in held), default=0) + 1
    next_milestone = max((milestone.number for milestone in reached), default=0) + 1
    return replace(
        following,
        research=replace(
            known,
            group=group,
            tutor_id=tutor_id,
            sessions=(
                *held,
                *(replace(session, number=at) for at, session in enumerate(sessions, next_session)),
            ),
            milestones=(
                *reached,
                *(replace(each, number=at) for at, each in enumerate(milestones, next_milestone)),
            ),
        ),
    )


def _check_session(a: Activity, session: LabSession, calendar: Calendar, now: datetime) -> None:
    assert a.slot is not None
    if session.starts_at < a.slot.starts_at or session.ends_at > a.slot.ends_at:
        raise Invalid(
            "session-outside-the-slot",
            "Sessions lie within the activity's own slot.",
            field="sessions.starts_at",
            value=session.starts_at.isoformat(),
        )
    if session.ends_at - session.starts_at > LONGEST_SESSION:
        raise Invalid(
            "session-too-long",
            f"A session lasts {LONGEST_SESSION} at most.",
            field="sessions.ends_at",
            value=session.ends_at.isoformat(),
        )
    check_slot(a.form, calendar, session.starts_at, session.ends_at, now, a.school_year)


def _check_milestone(a: Activity, milestone: Milestone) -> None:
    assert a.slot is not None
    zone = a.slot.time_zone
    first, last = (day_in(moment, zone) for moment in (a.slot.starts_at, a.slot.ends_at))
    if not first <= milestone.due_on <= last:
        raise Invalid(
            "milestone-outside-the-slot",
            f"Milestones are due from {first} to {last}.",
            field="milestones.due_on",
            value=milestone.due_on.isoformat(),
        )


def record_session(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    number: int,
    state: SessionState,
    girls: int,
    boys: int,
    undeclared: int,
    reason: ActivityReason | None,
) -> Activity:
    """Done with counts, or missed with the reason; once."""
    following = begin("research-session", a, actor, facts, now)
    found = next((each for each in _of(a).sessions if each.number == number), None)
    if found is None:
        raise NotFound("session-unknown", "There is no such session.", field="number", value=number)
    if found.state is not SessionState.PLANNED:
        raise Conflict(
            "session-recorded", f"That session is {found.state}.", field="state", value=found.state
        )
    if found.ends_at > now:
        raise Conflict(
            "session-not-over",
            "A session is recorded once it is over.",
            field="sessions.ends_at",
            value=found.ends_at.isoformat(),
        )
    people, group = girls + boys + undeclared, _of(a).group
    if state is SessionState.MISSED and (people or reason is None):
        raise Invalid("missed-without-reason", "Say why; nobody is counted.", field="reason")
    if state is SessionState.DONE and not 0 < people <= group.people:
        raise Invalid(
            "attendance-not-of-the-group",
            f"Of {group.people} pupils {people} cannot have come.",
            field="girls",
            value=people,
        )
    kept = replace(
        found,
        state=state,
        girls=girls,
        boys=boys,
        undeclared=undeclared,
        reason=reason if state is SessionState.MISSED else None,
    )
    sessions = tuple(kept if each is found else each for each in _of(a).sessions)
    return _with(following, sessions=sessions)


def reach_milestone(
    a: Activity, actor: Actor, facts: Facts, now: datetime, number: int
) -> Activity:
    following = begin("research-milestone", a, actor, facts, now)
    found = next((each for each in _of(a).milestones if each.number == number), None)
    if found is None:
        raise NotFound(
            "milestone-unknown", "There is no such milestone.", field="number", value=number
        )
    if found.done_at is not None:
        raise Conflict("milestone-reached", "It was reached before.", field="number", value=number)
    kept = replace(found, done_at=now)
    milestones = tuple(kept if each is found else each for each in _of(a).milestones)
    return _with(following, milestones=milestones)


def submit_report(
    a: Activity, actor: Actor, facts: Facts, now: datetime, document_url: str, sha256: str
) -> Activity:
    """Submitted anew it must be accepted anew; a late one takes back that there is none."""
    following = begin("research-report", a, actor, facts, now)
    return _with(following, report=ResearchReport(document_url, sha256, now), report_missing=None)


def accept_report(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
    following = begin("research-report-accept", a, actor, facts, now)
    report = _of(a).report
    assert report is not None
    return _with(following, report=replace(report, accepted_at=now))


def miss_report(a: Activity, actor: Actor, facts: Facts, now: datetime, why: ReportGap) -> Activity:
    following = begin("research-report-missing", a, actor, facts, now)
    return _with(following, report_missing=why)
