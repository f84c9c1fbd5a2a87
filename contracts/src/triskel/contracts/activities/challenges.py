"""What an innovation challenge adds to an activity: scenario, phases, teams, jury, ranking."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import Isced
from triskel.contracts.event import Part
from triskel.contracts.format_codes import ChallengePhase, DeliverableKind, HttpsUrl, Sha256


class Criterion(Part):
    """What the jury looks at: it gives 0 to `best` points, which count with `weight`."""

    label: str
    weight: int = Field(ge=1)
    best: int = Field(ge=1)


class Prize(Part):
    """For the team or teams of this `rank`. `amount` in EUR cents; its cost line is of the kind
    prize."""

    label: str
    amount: int = Field(ge=0, description="EUR cents")
    funder_id: UUID | None = None
    rank: int = Field(default=1, ge=1)


class Deliverable(Part):
    """What a team handed in: where it is, or what it was, or both."""

    title: str
    kind: DeliverableKind
    url: HttpsUrl | None = None
    sha256: Sha256 | None = None
    submitted_at: datetime


class Team(Part):
    """Pupils as counts. In a final, `origin_id` and `origin_number` tell the challenge that it won
    and its number there; in that one, `advanced_to` tells the final."""

    number: int = Field(ge=1)
    label: str
    level: Isced
    girls: int = Field(default=0, ge=0)
    boys: int = Field(default=0, ge=0)
    undeclared: int = Field(default=0, ge=0)
    school_id: UUID | None = None
    deliverables: tuple[Deliverable, ...] = ()
    origin_id: UUID | None = None
    origin_number: int | None = Field(default=None, ge=1)
    advanced_to: UUID | None = None


class Ranked(Part):
    """A team's place. `score` is the weighted mean of all jurors in hundredths of a percent of the
    best possible. Equal scores are told apart by the heaviest criterion, then the next; teams that
    are still equal share the rank, and the next rank is left out."""

    team: int = Field(ge=1)
    score: int = Field(ge=0, le=10_000)
    rank: int = Field(ge=1)
    awarded: bool


class PhaseReached(Part):
    phase: ChallengePhase
    at: datetime


class Challenge(Part):
    """`mentors` and `jury` are contacts; single jurors' marks are not public, the ranking is, once
    awarded."""

    scenario: str
    document_url: HttpsUrl | None = None
    criteria: tuple[Criterion, ...] = ()
    prizes: tuple[Prize, ...] = ()
    submit_by: datetime | None = None
    mentors: tuple[UUID, ...] = ()
    jury_seats: int = Field(default=0, ge=0)
    jury: tuple[UUID, ...] = ()
    phase: ChallengePhase | None = None
    phases: tuple[PhaseReached, ...] = ()
    teams: tuple[Team, ...] = ()
    ranking: tuple[Ranked, ...] = ()
