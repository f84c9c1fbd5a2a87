"""What `/v1/activities/{activity_id}/challenge` and `/finals` take and give."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from triskel.activities.activities.rules.challenge import Criterion, Deliverable, Prize
from triskel.activities.activities.schemas import Body, Line, Prose, Title
from triskel.activities.challenges.rules.finals import NewFinal
from triskel.activities.challenges.rules.transitions import Description, Marks, TeamCount
from triskel.chassis.http import example
from triskel.chassis.http.values import HttpsUrl, Moment, Sha256
from triskel.contracts.codes import Isced
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage, DeliverableKind

MOST_TEAMS = 40
"""Of one challenge, whatever its region says: all of it travels in each of its events."""
Points = Annotated[int, Field(ge=0, le=100)]


class GivenCriterion(Body):
    label: Line
    weight: int = Field(default=1, ge=1, le=100)
    best: int = Field(default=20, ge=1, le=100, description="the best mark; 0 is the worst")


class GivenPrize(Body):
    label: Line
    amount: int = Field(ge=0, le=100_000_000, description="EUR cents")
    funder_id: UUID | None = Field(default=None, description="null: the host")
    rank: int = Field(default=1, ge=1, le=10)


class DescriptionBody(Body):
    model_config = example(
        scenario="Faites flotter un capteur une semaine dans la rade, pour moins de 80 euros.",
        document_url="https://entreprise.example/defi-2026.pdf",
        criteria=[
            {"label": "idée", "weight": 40},
            {"label": "prototype", "weight": 40},
            {"label": "oral", "weight": 20},
        ],
        prizes=[{"label": "Premier prix", "amount": 60000}],
        submit_by="2026-03-20T17:00:00+01:00",
    )

    scenario: Prose
    document_url: HttpsUrl | None = None
    criteria: list[GivenCriterion] = Field(default=[], max_length=10)
    prizes: list[GivenPrize] = Field(default=[], max_length=10)
    submit_by: Moment | None = None

    def to_domain(self) -> Description:
        return Description(
            scenario=self.scenario,
            document_url=self.document_url,
            criteria=tuple(Criterion(**each.model_dump()) for each in self.criteria),
            prizes=tuple(Prize(**each.model_dump()) for each in self.prizes),
            submit_by=self.submit_by,
        )


class PeopleBody(Body):
    """Contacts, by their ids."""

    model_config = example(mentors=["0199a1b2-0009-7000-8000-000000000009"], jury_seats=3)

    mentors: list[UUID] = Field(default=[], max_length=20)
    jury_seats: int = Field(default=0, ge=0, le=12)
    jury: list[UUID] = Field(default=[], max_length=12, description="those that are known")


class GivenTeam(Body):
    """Counts of pupils, never names. `level` may be left out where the activity has one only."""

    label: Line
    level: Isced | None = None
    girls: int = Field(default=0, ge=0, le=200)
    boys: int = Field(default=0, ge=0, le=200)
    undeclared: int = Field(default=0, ge=0, le=200)


class TeamsBody(Body):
    model_config = example(teams=[{"label": "Les Méduses", "level": "3", "girls": 3, "boys": 2}])

    teams: list[GivenTeam] = Field(max_length=MOST_TEAMS)

    def to_domain(self) -> list[TeamCount]:
        return [TeamCount(**each.model_dump()) for each in self.teams]


class DeliverableBody(Body):
    model_config = example(
        team=1, title="Dossier", kind="report", url="https://lycee.example/meduses.pdf"
    )

    team: int = Field(ge=1, le=MOST_TEAMS)
    title: Line
    kind: DeliverableKind
    url: HttpsUrl | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.url is None and self.sha256 is None:
            raise ValueError("a deliverable has a url, or the sha256 of what was handed over")
        return self

    def to_domain(self, now: datetime) -> Deliverable:
        return Deliverable(submitted_at=now, **self.model_dump(exclude={"team"}))


class GivenMarks(Body):
    team: int = Field(ge=1, le=MOST_TEAMS)
    points: list[Points] = Field(min_length=1, max_length=10, description="as the criteria")


class MarkingBody(Body):
    """One juror's, by seat."""

    model_config = example(seat=1, marks=[{"team": 1, "points": [15, 18, 12]}])

    seat: int = Field(ge=1, le=12)
    marks: list[GivenMarks] = Field(min_length=1, max_length=MOST_TEAMS)

    def to_domain(self) -> list[Marks]:
        return [Marks(each.team, tuple(each.points)) for each in self.marks]


class NextPhaseBody(Body):
    """Phases come in their order; awarded is reached by the award."""

    model_config = example(phase="briefed")

    phase: Literal[
        ChallengePhase.BRIEFED,
        ChallengePhase.TEAMS_FORMED,
        ChallengePhase.WORKING,
        ChallengePhase.SUBMITTED,
        ChallengePhase.JURY,
    ]


class AwardBody(Body):
    model_config = example(places=2)

    places: int = Field(default=1, ge=1, le=10, description="teams of the first ranks are awarded")


class NewFinalBody(Body):
    """`host_id` is the challenge's own host where it is left out."""

    model_config = example(stage="regional", title="Finale bretonne", capacity=200)

    stage: Literal[ChallengeStage.REGIONAL, ChallengeStage.NATIONAL]
    title: Title
    host_id: UUID | None = None
    capacity: int | None = Field(default=None, ge=1, le=10_000)

    def to_domain(self) -> NewFinal:
        return NewFinal(**self.model_dump())


class AdvanceBody(Body):
    model_config = example(final_id="0199a1b2-0021-7000-8000-000000000021")

    final_id: UUID


class SheetAnswer(BaseModel):
    seat: int
    team: int
    points: tuple[int, ...]
