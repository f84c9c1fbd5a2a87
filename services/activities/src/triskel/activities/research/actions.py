"""What may be done in a research work: when, and by whom."""

from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.guards import Action, only
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.format_codes import SessionState
from triskel.contracts.refusals import Conflict, Refusal

_S = ActivityState
_FORMATS = frozenset({ActivityFormat.RESEARCH_WORK})
_DATED = frozenset({_S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS})
_BEGUN = frozenset({_S.IN_PROGRESS})
_REPORTING = _BEGUN | {_S.DELIVERED, _S.EVALUATED}


def planned(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.research is not None:
        return None
    return Conflict("research-not-planned", "Plan the research work first.", field="research")


def session_to_record(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.research is not None
    over = [
        session
        for session in a.research.sessions
        if session.state is SessionState.PLANNED and session.ends_at <= now
    ]
    if over:
        return None
    return Conflict(
        "no-session-over", "No session is over that is not recorded.", field="research.sessions"
    )


def milestone_to_reach(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.research is not None
    if any(milestone.done_at is None for milestone in a.research.milestones):
        return None
    return Conflict("no-milestone-left", "All are reached.", field="research.milestones")


def report_to_accept(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.research is not None
    report = a.research.report
    if report is None:
        return Conflict("report-missing", "There is no report yet.", field="research.report")
    if report.accepted_at is not None:
        return Conflict("report-accepted", "The tutor accepted it.", field="research.report")
    return None


def without_report(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.research is not None
    if a.research.report is None:
        return None
    return Conflict("report-submitted", "There is a report.", field="research.report")


_SCHOOL = only(Side.SCHOOL)

RESEARCH: dict[str, Action] = {
    "research-plan": Action(_DATED, (), _FORMATS),
    "research-session": Action(_BEGUN, (planned, session_to_record), _FORMATS),
    "research-milestone": Action(_DATED, (planned, milestone_to_reach), _FORMATS),
    "research-report": Action(_REPORTING, (_SCHOOL, planned), _FORMATS),
    "research-report-missing": Action(_BEGUN, (_SCHOOL, planned, without_report), _FORMATS),
    "research-report-accept": Action(
        _REPORTING, (only(Side.HOST), planned, report_to_accept), _FORMATS
    ),
}
"""Both sides plan and record; pupils report by their school, and the company's tutor accepts."""
