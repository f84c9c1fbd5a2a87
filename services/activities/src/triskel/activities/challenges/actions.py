"""What may be done in an innovation challenge: in which phase, by whom."""

from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.challenge import Team
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.activities.rules.guards import Action, Guard, only
from triskel.contracts.codes import ActivityFormat, ActivityState, Role, Side
from triskel.contracts.format_codes import ChallengePhase
from triskel.contracts.refusals import Conflict, Forbidden, Refusal

_S, _P = ActivityState, ChallengePhase
_FORMATS = frozenset({ActivityFormat.INNOVATION_CHALLENGE})
_BEGUN = frozenset({_S.IN_PROGRESS})
_DATED = frozenset({_S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS})
_AWARDED = frozenset({_S.IN_PROGRESS, _S.DELIVERED, _S.EVALUATED, _S.CLOSED})


def described(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.challenge is not None:
        return None
    return Conflict("challenge-not-described", "Describe the challenge first.", field="challenge")


def in_phase(*phases: ChallengePhase | None) -> Guard:
    """Refuses before it is described, and outside of these phases; null is before the first."""

    def guard(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
        if a.challenge is None:
            return described(a, actor, facts, now)
        if a.challenge.phase in phases:
            return None
        wanted = " or ".join(str(phase or "not briefed yet") for phase in phases)
        return Conflict(
            "phase-does-not-allow",
            f"The challenge is {a.challenge.phase or 'not briefed yet'}: it must be {wanted}.",
            field="challenge.phase",
            value=a.challenge.phase,
        )

    return guard


def before_working(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    """Nobody changes the task once pupils work on it."""
    if a.challenge is None:
        return None
    return in_phase(None, _P.BRIEFED, _P.TEAMS_FORMED)(a, actor, facts, now)


def judgeable(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.challenge is not None
    if a.challenge.criteria:
        return None
    return Conflict(
        "criteria-missing", "Teams must know the jury's criteria.", field="challenge.criteria"
    )


def own_teams(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if not a.final:
        return None
    return Conflict("winners-only", "To a final, teams advance by winning.", field="parent_id")


def with_teams(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.challenge is not None
    if a.challenge.teams:
        return None
    return Conflict("teams-missing", "Set the teams first.", field="challenge.teams")


def submitted(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    """All have handed something in, or the deadline has passed."""
    c = a.challenge
    assert c is not None
    if len(c.submitted) == len(c.teams) or (c.submit_by is not None and now > c.submit_by):
        return None
    return Conflict(
        "deliverables-missing",
        f"{len(c.teams) - len(c.submitted)} teams have handed in nothing yet, and their deadline "
        "has not passed.",
        field="challenge.teams",
    )


def in_time_to_submit(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.challenge is not None
    if a.challenge.submit_by is None or now <= a.challenge.submit_by:
        return None
    return Conflict(
        "submission-deadline-passed",
        "The deadline for deliverables has passed.",
        field="challenge.submit_by",
        value=a.challenge.submit_by.isoformat(),
    )


def with_jury(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    assert a.challenge is not None
    if not a.challenge.jury_seats:
        return Conflict("jury-missing", "Name the jury first.", field="challenge.jury_seats")
    if not a.challenge.submitted:
        return Conflict("nothing-submitted", "No team handed anything in.", field="challenge.teams")
    return None


def scored(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    c = a.challenge
    assert c is not None
    missing = c.jury_seats * len(c.submitted) - len(c.sheets)
    if not missing:
        return None
    return Conflict(
        "marks-missing",
        f"Every juror marks every team that handed something in: {missing} are missing.",
        field="challenge.jury_seats",
    )


def left_to_advance(a: Activity, facts: Facts) -> tuple[Team, ...]:
    """Winners that have not gone on to a final which takes place."""
    assert a.challenge is not None
    return tuple(
        team
        for team in a.challenge.winners
        if team.advanced_to is None or team.advanced_to in facts.void_finals
    )


def with_winners(a: Activity, _: Actor, facts: Facts, __: datetime) -> Refusal | None:
    if a.stage == "national":
        return Conflict("last-stage", "After a national final there is none.", field="stage")
    if left_to_advance(a, facts):
        return None
    return Conflict("advanced-already", "All awarded teams have advanced.", field="challenge.teams")


def of_a_team(a: Activity, actor: Actor) -> bool:
    """People of a school whose team takes part, in a final that has no school of its own."""
    return (
        a.challenge is not None
        and not actor.roles.isdisjoint({Role.HEAD, Role.TEACHER})
        and any(team.school_id == actor.organisation for team in a.challenge.teams)
        and actor.organisation is not None
    )


def team_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if {Side.COORDINATOR, Side.SCHOOL} & actor.sides or of_a_team(a, actor):
        return None
    return Forbidden("side-not-allowed", "Schools hand in what their teams made.")


_COMPANY = only(Side.HOST)
_SCHOOL = only(Side.SCHOOL)
_COORDINATOR = only()

CHALLENGE: dict[str, Action] = {
    "challenge-describe": Action(BEFORE_DELIVERED, (_COMPANY, before_working), _FORMATS),
    "challenge-people": Action(
        BEFORE_DELIVERED,
        (_COMPANY, in_phase(None, _P.BRIEFED, _P.TEAMS_FORMED, _P.WORKING, _P.SUBMITTED)),
        _FORMATS,
    ),
    "challenge-brief": Action(_DATED, (_COMPANY, in_phase(None), judgeable), _FORMATS),
    "challenge-teams": Action(
        _DATED, (_SCHOOL, in_phase(_P.BRIEFED, _P.TEAMS_FORMED), own_teams), _FORMATS
    ),
    "challenge-form-teams": Action(_DATED, (_SCHOOL, in_phase(_P.BRIEFED), with_teams), _FORMATS),
    "challenge-work": Action(_BEGUN, (in_phase(_P.TEAMS_FORMED),), _FORMATS),
    "challenge-deliverable": Action(
        _BEGUN, (team_side, in_phase(_P.WORKING), in_time_to_submit), _FORMATS, others=of_a_team
    ),
    "challenge-submit": Action(_BEGUN, (in_phase(_P.WORKING), submitted), _FORMATS),
    "challenge-judge": Action(_BEGUN, (_COMPANY, in_phase(_P.SUBMITTED), with_jury), _FORMATS),
    "challenge-score": Action(_BEGUN, (_COMPANY, in_phase(_P.JURY)), _FORMATS),
    "challenge-award": Action(_BEGUN, (_COMPANY, in_phase(_P.JURY), scored), _FORMATS),
    "challenge-final": Action(
        _AWARDED, (_COORDINATOR, in_phase(_P.AWARDED), with_winners), _FORMATS
    ),
    "challenge-advance": Action(
        _AWARDED, (_COORDINATOR, in_phase(_P.AWARDED), with_winners), _FORMATS
    ),
}
"""Before its date is set a challenge is only written down. Briefed and formed before it begins, the
teams work, hand in and are judged while it is in progress, and it is awarded before it is
delivered. The school judges nothing: its own pupils are judged."""
