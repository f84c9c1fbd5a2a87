"""What an innovation challenge becomes: one function per action, each one version on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, BudgetLine, Facts
from triskel.activities.activities.rules.challenge import (
    Challenge,
    Criterion,
    Deliverable,
    PhaseReached,
    Prize,
    Sheet,
    Team,
)
from triskel.activities.challenges.rules.ranking import ranking_of
from triskel.contracts.codes import BudgetState, CostKind
from triskel.contracts.folding import compared
from triskel.contracts.format_codes import ChallengePhase
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound

MOST_DELIVERABLES = 5
"""Of one team: the whole challenge travels in each of its events."""
ACTION_TO: dict[ChallengePhase, str] = {
    ChallengePhase.BRIEFED: "challenge-brief",
    ChallengePhase.TEAMS_FORMED: "challenge-form-teams",
    ChallengePhase.WORKING: "challenge-work",
    ChallengePhase.SUBMITTED: "challenge-submit",
    ChallengePhase.JURY: "challenge-judge",
}
"""How each phase is reached; awarded is reached by the award."""


@dataclass(frozen=True)
class Marks:
    """One juror's of one team, in the order of the criteria."""

    team: int
    points: tuple[int, ...]


def _of(a: Activity) -> Challenge:
    assert a.challenge is not None
    return a.challenge


def _with(a: Activity, **changes: Any) -> Activity:
    return replace(a, challenge=replace(_of(a), **changes))


def describe(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    scenario: str,
    document_url: str | None,
    criteria: Sequence[Criterion],
    prizes: Sequence[Prize],
    submit_by: datetime | None,
) -> Activity:
    following = begin("challenge-describe", a, actor, facts, now)
    if len({compared(criterion.label) for criterion in criteria}) < len(criteria):
        raise Invalid("criterion-twice", "Name each criterion once.", field="criteria.label")
    if submit_by is not None and submit_by <= now:
        raise Invalid(
            "date-in-the-past",
            "A deadline is in a time to come.",
            field="submit_by",
            value=submit_by.isoformat(),
        )
    if submit_by is not None and a.slot is not None and submit_by > a.slot.ends_at:
        raise Invalid(
            "deadline-after-the-end",
            "Teams hand in before the challenge ends.",
            field="submit_by",
            value=submit_by.isoformat(),
        )
    return replace(
        following,
        challenge=replace(
            a.challenge or Challenge(scenario),
            scenario=scenario,
            document_url=document_url,
            criteria=tuple(criteria),
            prizes=tuple(prizes),
            submit_by=submit_by,
        ),
    )


def name_people(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    mentors: Sequence[UUID],
    jury_seats: int,
    jury: Sequence[UUID],
) -> Activity:
    """The jury may have more seats than contacts are known of."""
    following = begin("challenge-people", a, actor, facts, now)
    if len(jury) > jury_seats:
        raise Invalid(
            "jury-over-seats",
            f"{len(jury)} jurors have {jury_seats} seats.",
            field="jury_seats",
            value=jury_seats,
        )
    return _with(following, mentors=tuple(mentors), jury_seats=jury_seats, jury=tuple(jury))


def set_teams(
    a: Activity, actor: Actor, facts: Facts, now: datetime, teams: Sequence[Team]
) -> Activity:
    following = begin("challenge-teams", a, actor, facts, now)
    if len({compared(team.label) for team in teams}) < len(teams):
        raise Invalid("team-twice", "Give each team a label of its own.", field="teams.label")
    people = sum(team.people for team in teams)
    if a.capacity is not None and people > a.capacity:
        raise Invalid(
            "teams-over-capacity",
            f"The teams have {people} pupils, but there is room for {a.capacity}.",
            field="teams",
            value=people,
        )
    if any(not team.people for team in teams):
        raise Invalid("team-empty", "A team has pupils.", field="teams")
    if not teams and _of(a).phase is ChallengePhase.TEAMS_FORMED:
        raise Invalid("teams-missing", "The teams are formed: there must be some.", field="teams")
    return _with(following, teams=tuple(replace(team, school_id=a.school_id) for team in teams))


def reach(
    a: Activity, actor: Actor, facts: Facts, now: datetime, phase: ChallengePhase
) -> Activity:
    """The next phase."""
    return _reached(begin(ACTION_TO[phase], a, actor, facts, now), phase, now)


def _reached(a: Activity, phase: ChallengePhase, now: datetime) -> Activity:
    return _with(a, phase=phase, phases=(*_of(a).phases, PhaseReached(phase, now)))


def hand_in(
    a: Activity, actor: Actor, facts: Facts, now: datetime, team: int, what: Deliverable
) -> Activity:
    """The same title again replaces what was handed in before."""
    following = begin("challenge-deliverable", a, actor, facts, now)
    found = next((each for each in _of(a).teams if each.number == team), None)
    if found is None:
        raise NotFound("team-unknown", "There is no such team.", field="team", value=team)
    if not actor.sides and found.school_id != actor.organisation:
        raise Forbidden("team-not-yours", "Another school's team hands in its own.", field="team")
    kept = tuple(each for each in found.deliverables if each.title != what.title)
    if len(kept) >= MOST_DELIVERABLES:
        raise Conflict(
            "deliverables-too-many",
            f"A team hands in {MOST_DELIVERABLES} things at most.",
            field="team",
            value=team,
        )
    richer = replace(found, deliverables=(*kept, what))
    teams = tuple(richer if each.number == team else each for each in _of(a).teams)
    return _with(following, teams=teams)


def score(
    a: Activity, actor: Actor, facts: Facts, now: datetime, seat: int, marks: Sequence[Marks]
) -> Activity:
    """One juror's marks, of one team or more; sent again they replace the earlier ones."""
    following = begin("challenge-score", a, actor, facts, now)
    c = _of(a)
    if seat > c.jury_seats:
        raise Invalid(
            "seat-unknown", f"The jury has {c.jury_seats} seats.", field="seat", value=seat
        )
    judged = {team.number for team in c.submitted}
    if len({each.team for each in marks}) < len(marks):
        raise Invalid("team-twice", "Mark each team once.", field="marks.team")
    for each in marks:
        if each.team not in judged:
            raise Invalid(
                "team-not-judged",
                "Only teams that handed something in are judged.",
                field="marks.team",
                value=each.team,
            )
        if len(each.points) != len(c.criteria):
            raise Invalid(
                "points-not-of-the-criteria",
                f"Give {len(c.criteria)} marks, in the order of the criteria.",
                field="marks.points",
                value=len(each.points),
            )
        for points, criterion in zip(each.points, c.criteria, strict=True):
            if points > criterion.best:
                raise Invalid(
                    "points-over-the-best",
                    f"The best mark for {criterion.label!r} is {criterion.best}.",
                    field="marks.points",
                    value=points,
                )
    new = tuple(Sheet(seat, each.team, each.points) for each in marks)
    replaced = {(sheet.seat, sheet.team) for sheet in new}
    kept = tuple(sheet for sheet in c.sheets if (sheet.seat, sheet.team) not in replaced)
    return _with(following, sheets=(*kept, *new))


def award(a: Activity, actor: Actor, facts: Facts, now: datetime, places: int) -> Activity:
    """The ranking is made; the teams of the first `places` are awarded, and each prize that found
    its rank has its cost line."""
    following = begin("challenge-award", a, actor, facts, now)
    ranking = ranking_of(_of(a), places)
    taken = {row.rank for row in ranking if row.awarded}
    lines = [
        BudgetLine(
            CostKind.PRIZE, prize.label, prize.amount, BudgetState.COMMITTED, prize.funder_id
        )
        for prize in _of(a).prizes
        if prize.rank in taken
    ]
    known = {(line.kind, line.label, line.amount, line.funder_id) for line in a.budget}
    new = [
        line for line in lines if (line.kind, line.label, line.amount, line.funder_id) not in known
    ]
    awarded = _reached(following, ChallengePhase.AWARDED, now)
    return replace(_with(awarded, ranking=ranking), budget=(*a.budget, *new))
