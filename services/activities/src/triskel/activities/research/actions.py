"""What may be done in a research work: both sides plan and record; pupils report by their school,
and the company's tutor accepts."""

from triskel.activities.activities.rules.deadlines import BEGUN, DATED
from triskel.activities.activities.rules.guards import either_side, only
from triskel.activities.research import rules
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, Side

_S = ActivityState
_FORMATS = frozenset({ActivityFormat.RESEARCH_WORK})
_REPORTING = BEGUN | {_S.DELIVERED, _S.EVALUATED}

PLAN = Action(
    name="research-plan",
    summary="Plan group, tutor, sessions and milestones",
    settings=("research.session_hours",),
    sources=DATED,
    formats=_FORMATS,
    who=(either_side,),
    apply=rules.plan,
    events=(contract.ResearchPlanned,),
)
RECORD_SESSION = Action(
    name="research-session",
    summary="A session took place, or was missed",
    sources=BEGUN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(rules.planned, rules.session_to_record),
    about=rules.known_session,
    apply=rules.record_session,
    events=(contract.ResearchSessionRecorded,),
)
REACH_MILESTONE = Action(
    name="research-milestone",
    summary="A milestone is reached",
    sources=DATED,
    formats=_FORMATS,
    who=(either_side,),
    guards=(rules.planned, rules.milestone_to_reach),
    about=rules.known_milestone,
    apply=rules.reach_milestone,
    events=(contract.ResearchMilestoneReached,),
)
SUBMIT_REPORT = Action(
    name="research-report",
    summary="Submit the report",
    sources=_REPORTING,
    formats=_FORMATS,
    who=(either_side, only(Side.SCHOOL)),
    guards=(rules.planned,),
    apply=rules.submit_report,
    events=(contract.ResearchReportSubmitted,),
)
MISS_REPORT = Action(
    name="research-report-missing",
    summary="There will be no report, and why",
    sources=BEGUN,
    formats=_FORMATS,
    who=(either_side, only(Side.SCHOOL)),
    guards=(rules.planned, rules.without_report),
    apply=rules.miss_report,
    events=(contract.ResearchReportMissed,),
)
ACCEPT_REPORT = Action(
    name="research-report-accept",
    summary="The tutor accepts the report",
    sources=_REPORTING,
    formats=_FORMATS,
    who=(either_side, only(Side.HOST)),
    guards=(rules.planned, rules.report_to_accept),
    apply=rules.accept_report,
    events=(contract.ResearchReportAccepted,),
)
RESEARCH = (PLAN, RECORD_SESSION, REACH_MILESTONE, SUBMIT_REPORT, MISS_REPORT, ACCEPT_REPORT)
