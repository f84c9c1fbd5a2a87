"""Finals: winners go on, school to regional to national, each team once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.challenge import Challenge, Team
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.challenges.refusals import (
    FinalHasItsTeams,
    FinalIsFull,
    FinalUnknown,
    NotAFinal,
    StageNotLater,
)
from triskel.activities.challenges.rules.guards import challenge_of, left_to_advance
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage

_STAGES = list(ChallengeStage)


@dataclass(frozen=True)
class NewFinal:
    """`host_id` is the challenge's own host where it is left out."""

    stage: ChallengeStage
    title: str
    host_id: UUID | None = None
    capacity: int | None = None


def advance(attempt: ActivityAttempt, final_id: UUID, stage: ChallengeStage) -> ActivityChange:
    """The challenge whose winners are marked as gone on. Raises `Invalid`."""
    activity, challenge = attempt.subject, challenge_of(attempt.subject)
    own = activity.stage or ChallengeStage.SCHOOL
    if _STAGES.index(stage) <= _STAGES.index(own):
        raise StageNotLater(stage=own, value=stage)
    going = {team.number for team in left_to_advance(activity, attempt.facts)}
    teams = tuple(
        replace(team, advanced_to=final_id) if team.number in going else team
        for team in challenge.teams
    )
    advanced = becomes(activity, challenge=replace(challenge, teams=teams))
    return Change(advanced, contract.ChallengeTeamsAdvanced, {"final_id": final_id})


def known_final(attempt: ActivityAttempt, final: Activity | None) -> FinalUnknown | None:
    """Winners go on to a final that is there."""
    return FinalUnknown() if final is None or final.stage is None else None


def send(attempt: ActivityAttempt, final: Activity | None) -> ActivityChange:
    """The winners go on to a final that is there already."""
    assert final is not None and final.stage is not None
    return advance(attempt, final.id, final.stage)


def gone_to(source: Activity, final_id: UUID) -> tuple[Team, ...]:
    """The teams of a challenge that went on to this final."""
    return tuple(team for team in challenge_of(source).teams if team.advanced_to == final_id)


def opened(attempt: ActivityAttempt, final_id: UUID, wanted: NewFinal) -> ActivityChange:
    """A draft of the coordinator's, without a school, with the scenario, the criteria and the
    winners of the challenge that it is the final of. Raises `Conflict`."""
    source = attempt.subject
    challenge = challenge_of(source)
    final = Activity(
        id=final_id,
        region=source.region,
        version=1,
        format=ActivityFormat.INNOVATION_CHALLENGE,
        state=ActivityState.DRAFT,
        title=wanted.title,
        school_year=source.school_year,
        host_id=wanted.host_id or source.host_id,
        school_id=None,
        partnership_id=None,
        proposed_by=Side.COORDINATOR,
        drafted_at=attempt.now,
        levels=source.levels,
        subjects=source.subjects,
        capacity=wanted.capacity,
        parent_id=source.id,
        stage=wanted.stage,
        challenge=Challenge(
            challenge.scenario,
            document_url=challenge.document_url,
            criteria=challenge.criteria,
        ),
    )
    joined = _joined(replace(attempt, subject=final), source.id, gone_to(source, final_id))
    return Change(joined, contract.ChallengeFinalOpened)


def takes_teams(attempt: ActivityAttempt) -> NotAFinal | FinalHasItsTeams | None:
    """A final whose teams are not formed yet."""
    final = attempt.subject
    if not final.final or final.challenge is None or final.stage is None:
        return NotAFinal()
    open_to_teams = final.challenge.phase in (None, ChallengePhase.BRIEFED)
    return None if final.state in BEFORE_DELIVERED and open_to_teams else FinalHasItsTeams()


def receive(attempt: ActivityAttempt, source_id: UUID, arriving: Sequence[Team]) -> ActivityChange:
    """The final with these teams, too. Raises `Conflict`."""
    joined = _joined(attempt, source_id, arriving)
    return Change(becomes(joined), contract.ChallengeTeamsSet)


def _joined(attempt: ActivityAttempt, source_id: UUID, arriving: Sequence[Team]) -> Activity:
    """A team's label is kept."""
    final, most = attempt.subject, attempt.facts.settings.challenges.teams
    challenge = challenge_of(final)
    first = len(challenge.teams) + 1
    new = tuple(
        Team(
            number=number,
            label=team.label,
            level=team.level,
            girls=team.girls,
            boys=team.boys,
            undeclared=team.undeclared,
            school_id=team.school_id,
            origin_id=source_id,
            origin_number=team.number,
        )
        for number, team in enumerate(arriving, first)
    )
    teams = (*challenge.teams, *new)
    people = sum(team.people for team in teams)
    if len(teams) > most or (final.capacity is not None and people > final.capacity):
        raise FinalIsFull(teams=len(teams), people=people, value=str(final.id))
    return replace(final, challenge=replace(challenge, teams=teams))
