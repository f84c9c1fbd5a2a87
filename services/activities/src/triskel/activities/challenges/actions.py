"""What may be done in an innovation challenge: in which phase, by whom.

Before its date is set a challenge is only written down. Briefed and formed before it begins, the
teams work, hand in and are judged while it is in progress, and it is awarded before it is
delivered. The school judges nothing: its own pupils are judged.
"""

from triskel.activities.activities.rules.activity import Activity, Facts
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED, BEGUN, DATED
from triskel.activities.activities.rules.guards import either_side, only
from triskel.activities.challenges.rules import finals, guards, transitions
from triskel.activities.places.rules.places import HELD
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.format_codes import ChallengePhase

_S, _P = ActivityState, ChallengePhase
_FORMATS = frozenset({ActivityFormat.INNOVATION_CHALLENGE})
_HOST = (either_side, only(Side.HOST))
_SCHOOL = (either_side, only(Side.SCHOOL))
_COORDINATOR = (either_side, only())

DESCRIBE = Action(
    name="challenge-describe",
    summary="Write scenario, criteria, prizes and deadline",
    sources=BEFORE_DELIVERED,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.before_working,),
    apply=transitions.describe,
    events=(contract.ChallengeDescribed,),
)
NAME_PEOPLE = Action(
    name="challenge-people",
    summary="Name mentors and jury",
    sources=BEFORE_DELIVERED,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.in_phase(None, _P.BRIEFED, _P.TEAMS_FORMED, _P.WORKING, _P.SUBMITTED),),
    apply=transitions.name_people,
    events=(contract.ChallengePeopleNamed,),
)
BRIEF = Action(
    name="challenge-brief",
    summary="The teams are told the task",
    sources=DATED,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.in_phase(None), guards.judgeable),
    apply=transitions.reaching(_P.BRIEFED),
    events=(contract.ChallengePhaseReached,),
)
SET_TEAMS = Action(
    name="challenge-teams",
    summary="Set the teams, as counts",
    settings=("challenges.teams",),
    sources=DATED,
    formats=_FORMATS,
    who=_SCHOOL,
    guards=(guards.in_phase(_P.BRIEFED, _P.TEAMS_FORMED), guards.own_teams),
    apply=transitions.set_teams,
    events=(contract.ChallengeTeamsSet,),
)
FORM_TEAMS = Action(
    name="challenge-form-teams",
    summary="The teams are formed",
    sources=DATED,
    formats=_FORMATS,
    who=_SCHOOL,
    guards=(guards.in_phase(_P.BRIEFED), guards.with_teams),
    apply=transitions.reaching(_P.TEAMS_FORMED),
    events=(contract.ChallengePhaseReached,),
)
WORK = Action(
    name="challenge-work",
    summary="The teams begin to work",
    sources=BEGUN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(guards.in_phase(_P.TEAMS_FORMED),),
    apply=transitions.reaching(_P.WORKING),
    events=(contract.ChallengePhaseReached,),
)
HAND_IN = Action(
    name="challenge-deliverable",
    summary="Hand in what a team made",
    settings=("challenges.deliverables",),
    sources=BEGUN,
    formats=_FORMATS,
    who=(guards.side_or_team, guards.team_side),
    guards=(guards.in_phase(_P.WORKING), guards.in_time_to_submit),
    about=transitions.known_team,
    apply=transitions.hand_in,
    events=(contract.ChallengeDeliverableSubmitted,),
)
SUBMIT = Action(
    name="challenge-submit",
    summary="All is handed in",
    sources=BEGUN,
    formats=_FORMATS,
    who=(either_side,),
    guards=(guards.in_phase(_P.WORKING), guards.submitted),
    apply=transitions.reaching(_P.SUBMITTED),
    events=(contract.ChallengePhaseReached,),
)
JUDGE = Action(
    name="challenge-judge",
    summary="The jury begins",
    sources=BEGUN,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.in_phase(_P.SUBMITTED), guards.with_jury),
    apply=transitions.reaching(_P.JURY),
    events=(contract.ChallengePhaseReached,),
)
SCORE = Action(
    name="challenge-score",
    summary="Enter one juror's marks",
    sources=BEGUN,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.in_phase(_P.JURY),),
    apply=transitions.score,
    events=(contract.ChallengeScored,),
)
AWARD = Action(
    name="challenge-award",
    summary="Rank the teams and award the first ones",
    sources=BEGUN,
    formats=_FORMATS,
    who=_HOST,
    guards=(guards.in_phase(_P.JURY), guards.scored),
    apply=transitions.award,
    events=(contract.ChallengeAwarded,),
)
OPEN_FINAL = Action(
    name="challenge-final",
    summary="Open a final with the winners",
    settings=("challenges.teams",),
    sources=HELD,
    formats=_FORMATS,
    who=_COORDINATOR,
    guards=(guards.in_phase(_P.AWARDED), guards.with_winners),
    apply=finals.advance,
    events=(contract.ChallengeTeamsAdvanced,),
)
SEND_WINNERS = Action(
    name="challenge-advance",
    summary="Send the winners to a final that is there",
    settings=("challenges.teams",),
    sources=HELD,
    formats=_FORMATS,
    who=_COORDINATOR,
    guards=(guards.in_phase(_P.AWARDED), guards.with_winners),
    about=finals.known_final,
    apply=finals.send,
    events=(contract.ChallengeTeamsAdvanced,),
)
CHALLENGE = (
    DESCRIBE,
    NAME_PEOPLE,
    BRIEF,
    SET_TEAMS,
    FORM_TEAMS,
    WORK,
    HAND_IN,
    SUBMIT,
    JUDGE,
    SCORE,
    AWARD,
    OPEN_FINAL,
    SEND_WINNERS,
)
RECEIVE_TEAMS = Action[Activity, Facts, ...](
    name="challenge-receive",
    summary="Winners of another challenge join this final",
    guards=(finals.takes_teams,),
    apply=finals.receive,
    events=(contract.ChallengeTeamsSet,),
    seen=False,
)
"""What sending brings about in the final; nobody does it by itself, so it is not in the table."""
PHASES = {
    _P.BRIEFED: BRIEF,
    _P.TEAMS_FORMED: FORM_TEAMS,
    _P.WORKING: WORK,
    _P.SUBMITTED: SUBMIT,
    _P.JURY: JUDGE,
}
"""How each phase is reached; awarded is reached by the award."""
