"""Finals: winners go on, school to regional to national, each team once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.challenge import Challenge, Team
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.challenges.actions import left_to_advance
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage
from triskel.contracts.refusals import Conflict, Invalid

_STAGES = list(ChallengeStage)
MOST_TEAMS = 40
"""Of one challenge: all of it travels in each of its events."""


def advance(
    action: str,
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    final_id: UUID,
    stage: ChallengeStage,
) -> tuple[Activity, tuple[Team, ...]]:
    """The challenge whose winners are marked as gone on, and those winners."""
    following = begin(action, a, actor, facts, now)
    assert a.challenge is not None
    own = a.stage or ChallengeStage.SCHOOL
    if _STAGES.index(stage) <= _STAGES.index(own):
        raise Invalid(
            "stage-not-later",
            f"A {own} challenge's winners go on to a later stage.",
            field="stage",
            value=stage,
        )
    going = left_to_advance(a, facts)
    numbers = {team.number for team in going}
    teams = tuple(
        replace(team, advanced_to=final_id) if team.number in numbers else team
        for team in a.challenge.teams
    )
    return replace(following, challenge=replace(a.challenge, teams=teams)), going


def open_final(
    source: Activity,
    number: UUID,
    now: datetime,
    stage: ChallengeStage,
    title: str,
    host_id: UUID,
    capacity: int | None,
) -> Activity:
    """A draft of the coordinator's, without a school, with the scenario and the criteria of the
    challenge that it is the final of."""
    assert source.challenge is not None
    return Activity(
        id=number,
        region=source.region,
        version=0,
        format=ActivityFormat.INNOVATION_CHALLENGE,
        state=ActivityState.DRAFT,
        title=title,
        school_year=source.school_year,
        host_id=host_id,
        school_id=None,
        partnership_id=None,
        proposed_by=Side.COORDINATOR,
        drafted_at=now,
        levels=source.levels,
        subjects=source.subjects,
        capacity=capacity,
        parent_id=source.id,
        stage=stage,
        challenge=Challenge(
            source.challenge.scenario,
            document_url=source.challenge.document_url,
            criteria=source.challenge.criteria,
        ),
    )


def receive(final: Activity, source: Activity, arriving: Sequence[Team]) -> Activity:
    """The final, one version on, with these teams of the source. A team's label is kept."""
    if not final.final or final.challenge is None or final.stage is None:
        raise Conflict("not-a-final", "Teams advance to a final.", field="final_id")
    if final.state not in BEFORE_DELIVERED or final.challenge.phase not in (
        None,
        ChallengePhase.BRIEFED,
    ):
        raise Conflict(
            "final-has-its-teams", "The teams of that final are formed already.", field="final_id"
        )
    first = len(final.challenge.teams) + 1
    teams = (
        *final.challenge.teams,
        *(
            Team(
                number=at,
                label=team.label,
                level=team.level,
                girls=team.girls,
                boys=team.boys,
                undeclared=team.undeclared,
                school_id=team.school_id,
                origin_id=source.id,
                origin_number=team.number,
            )
            for at, team in enumerate(arriving, first)
        ),
    )
    people = sum(team.people for team in teams)
    if len(teams) > MOST_TEAMS or (final.capacity is not None and people > final.capacity):
        raise Conflict(
            "final-is-full",
            f"{len(teams)} teams with {people} pupils are more than that final takes.",
            field="final_id",
            value=str(final.id),
        )
    return replace(
        final, version=final.version + 1, challenge=replace(final.challenge, teams=teams)
    )
