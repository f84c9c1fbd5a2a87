"""What an innovation challenge becomes: a function for each action returns state and event."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import LevelMissing
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    BudgetLine,
    becomes,
)
from triskel.activities.activities.rules.challenge import (
    Challenge,
    Criterion,
    Deliverable,
    PhaseReached,
    Prize,
    Sheet,
    Team,
)
from triskel.activities.calendars.refusals import DateInThePast
from triskel.activities.challenges.refusals import (
    CriterionTwice,
    DeadlineAfterTheEnd,
    DeliverablesTooMany,
    FormedTeamsMissing,
    JuryOverSeats,
    PointsNotOfTheCriteria,
    PointsOverTheBest,
    SeatUnknown,
    TeamEmpty,
    TeamNotJudged,
    TeamNotYours,
    TeamsOverCapacity,
    TeamsTooMany,
    TeamTwice,
    TeamUnknown,
)
from triskel.activities.challenges.rules.guards import challenge_of
from triskel.activities.challenges.rules.ranking import ranking_of
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import Isced
from triskel.contracts.folding import compared
from triskel.contracts.format_codes import ChallengePhase
from triskel.contracts.money_codes import BudgetState, CostKind

"""Of one team: the whole challenge travels in each of its events."""


@dataclass(frozen=True)
class Description:
    """What a challenge is about, how it is judged, what there is to win, and until when."""

    scenario: str
    document_url: str | None = None
    criteria: tuple[Criterion, ...] = ()
    prizes: tuple[Prize, ...] = ()
    submit_by: datetime | None = None


@dataclass(frozen=True)
class TeamCount:
    """Pupils of a team, counted. `level` may be null where the activity has one level only."""

    label: str
    level: Isced | None
    girls: int
    boys: int
    undeclared: int


@dataclass(frozen=True)
class Marks:
    """One juror's of one team, in the order of the criteria."""

    team: int
    points: tuple[int, ...]


def describe(attempt: ActivityAttempt, wanted: Description) -> ActivityChange:
    """Raises `Invalid`."""
    activity, submit_by = attempt.subject, wanted.submit_by
    if len({compared(criterion.label) for criterion in wanted.criteria}) < len(wanted.criteria):
        raise CriterionTwice
    if submit_by is not None and submit_by <= attempt.now:
        raise DateInThePast(field="submit_by", value=submit_by.isoformat())
    if submit_by is not None and activity.slot is not None and submit_by > activity.slot.ends_at:
        raise DeadlineAfterTheEnd(value=submit_by.isoformat())
    known = activity.challenge or Challenge(wanted.scenario)
    described = replace(
        known,
        scenario=wanted.scenario,
        document_url=wanted.document_url,
        criteria=wanted.criteria,
        prizes=wanted.prizes,
        submit_by=submit_by,
    )
    following = becomes(activity, challenge=described)
    return Change(following, contract.ChallengeDescribed)


def name_people(
    attempt: ActivityAttempt, mentors: Sequence[UUID], jury_seats: int, jury: Sequence[UUID]
) -> ActivityChange:
    """The jury may have more seats than contacts are known of. Raises `Invalid`."""
    if len(jury) > jury_seats:
        raise JuryOverSeats(jurors=len(jury), seats=jury_seats, value=jury_seats)
    named = _with(attempt.subject, mentors=tuple(mentors), jury_seats=jury_seats, jury=tuple(jury))
    return Change(named, contract.ChallengePeopleNamed)


def set_teams(attempt: ActivityAttempt, counts: Sequence[TeamCount]) -> ActivityChange:
    """Numbered in their order. Raises `Invalid` and `Conflict`."""
    activity, most = attempt.subject, attempt.facts.settings.challenges.teams
    if len(counts) > most:
        raise TeamsTooMany(most=most, value=len(counts))
    teams = [_team(activity, number, count) for number, count in enumerate(counts, 1)]
    if len({compared(team.label) for team in teams}) < len(teams):
        raise TeamTwice(field="teams.label")
    people = sum(team.people for team in teams)
    if activity.capacity is not None and people > activity.capacity:
        raise TeamsOverCapacity(people=people, capacity=activity.capacity, value=people)
    if any(not team.people for team in teams):
        raise TeamEmpty
    if not teams and challenge_of(activity).phase is ChallengePhase.TEAMS_FORMED:
        raise FormedTeamsMissing
    return Change(_with(activity, teams=tuple(teams)), contract.ChallengeTeamsSet)


def _team(activity: Activity, number: int, count: TeamCount) -> Team:
    only_level = activity.levels[0] if len(activity.levels) == 1 else None
    level = count.level or only_level
    if level is None:
        raise LevelMissing(field="teams.level")
    return Team(number=number, school_id=activity.school_id, **(asdict(count) | {"level": level}))


def reaching(phase: ChallengePhase) -> Callable[[ActivityAttempt], ActivityChange]:
    """The transition to the next phase."""

    def reach(attempt: ActivityAttempt) -> ActivityChange:
        reached = _with(attempt.subject, **_reached(attempt, phase))
        return Change(reached, contract.ChallengePhaseReached, {"phase": phase})

    return reach


def _reached(attempt: ActivityAttempt, phase: ChallengePhase) -> dict[str, Any]:
    phases = challenge_of(attempt.subject).phases
    return {"phase": phase, "phases": (*phases, PhaseReached(phase, attempt.now))}


def known_team(
    attempt: ActivityAttempt, team_number: int, deliverable: Deliverable
) -> TeamUnknown | TeamNotYours | None:
    """A school hands in for its own teams. What has no challenge at all, the guards say."""
    challenge, actor = attempt.subject.challenge, attempt.actor
    if challenge is None:
        return None
    team = _find(challenge, team_number)
    if team is None:
        return TeamUnknown(value=team_number)
    return TeamNotYours() if not actor.sides and team.school_id != actor.organisation else None


def hand_in(attempt: ActivityAttempt, team_number: int, deliverable: Deliverable) -> ActivityChange:
    """The same title again replaces what was handed in before. Raises `Conflict`."""
    challenge = challenge_of(attempt.subject)
    team = _find(challenge, team_number)
    assert team is not None
    kept = tuple(each for each in team.deliverables if each.title != deliverable.title)
    most = attempt.facts.settings.challenges.deliverables
    if len(kept) >= most:
        raise DeliverablesTooMany(most=most, value=team_number)
    richer = replace(team, deliverables=(*kept, deliverable))
    teams = tuple(richer if each is team else each for each in challenge.teams)
    return Change(
        _with(attempt.subject, teams=teams),
        contract.ChallengeDeliverableSubmitted,
        {"number": team_number},
    )


def score(attempt: ActivityAttempt, seat: int, marks: Sequence[Marks]) -> ActivityChange:
    """One juror's marks, of one team or more; sent again they replace the earlier ones. Raises
    `Invalid`."""
    challenge = challenge_of(attempt.subject)
    if seat > challenge.jury_seats:
        raise SeatUnknown(seats=challenge.jury_seats, value=seat)
    if len({each.team for each in marks}) < len(marks):
        raise TeamTwice(field="marks.team")
    for each in marks:
        _check_marks(challenge, each)
    new = tuple(Sheet(seat, each.team, each.points) for each in marks)
    replaced = {(sheet.seat, sheet.team) for sheet in new}
    kept = tuple(sheet for sheet in challenge.sheets if (sheet.seat, sheet.team) not in replaced)
    return Change(_with(attempt.subject, sheets=(*kept, *new)), contract.ChallengeScored)


def _check_marks(challenge: Challenge, marks: Marks) -> None:
    if marks.team not in {team.number for team in challenge.submitted}:
        raise TeamNotJudged(value=marks.team)
    if len(marks.points) != len(challenge.criteria):
        raise PointsNotOfTheCriteria(marks=len(challenge.criteria), value=len(marks.points))
    for points, criterion in zip(marks.points, challenge.criteria, strict=True):
        if points > criterion.best:
            raise PointsOverTheBest(criterion=criterion.label, best=criterion.best, value=points)


def award(attempt: ActivityAttempt, places: int) -> ActivityChange:
    """The ranking is made; the teams of the first `places` are awarded, and each prize that found
    its rank has its cost line."""
    activity, challenge = attempt.subject, challenge_of(attempt.subject)
    ranking = ranking_of(challenge, places)
    taken = {row.rank for row in ranking if row.awarded}
    lines = [
        BudgetLine(
            CostKind.PRIZE,
            prize.label,
            prize.amount,
            BudgetState.COMMITTED,
            # whose challenge it is gives the prizes, where nobody else was named
            prize.funder_id or activity.host_id,
        )
        for prize in challenge.prizes
        if prize.rank in taken
    ]
    known = {_cost(line) for line in activity.budget}
    new = [line for line in lines if _cost(line) not in known]
    awarded = _with(activity, ranking=ranking, **_reached(attempt, ChallengePhase.AWARDED))
    return Change(replace(awarded, budget=(*activity.budget, *new)), contract.ChallengeAwarded)


def _cost(line: BudgetLine) -> tuple[CostKind, str, int, UUID | None]:
    return line.kind, line.label, line.amount, line.funder_id


def _find(challenge: Challenge, team_number: int) -> Team | None:
    return next((team for team in challenge.teams if team.number == team_number), None)


def _with(activity: Activity, **changes: Any) -> Activity:
    challenge = replace(challenge_of(activity), **changes)
    return becomes(activity, challenge=challenge)
