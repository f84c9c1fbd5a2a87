"""The shape of an innovation challenge; the contract says what each field means."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from triskel.contracts.codes import Isced
from triskel.contracts.format_codes import ChallengePhase, DeliverableKind


@dataclass(frozen=True)
class Criterion:
    label: str
    weight: int
    best: int


@dataclass(frozen=True)
class Prize:
    """`amount` in EUR cents."""

    label: str
    amount: int
    funder_id: UUID | None = None
    rank: int = 1


@dataclass(frozen=True)
class Deliverable:
    title: str
    kind: DeliverableKind
    submitted_at: datetime
    url: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Team:
    number: int
    label: str
    level: Isced
    girls: int
    boys: int
    undeclared: int
    school_id: UUID | None = None
    deliverables: tuple[Deliverable, ...] = ()
    origin_id: UUID | None = None
    origin_number: int | None = None
    advanced_to: UUID | None = None

    @property
    def people(self) -> int:
        return self.girls + self.boys + self.undeclared


@dataclass(frozen=True)
class Sheet:
    """One juror's marks of one team, in the order of the criteria. Not in the contract: marks of
    single people are nobody's business outside."""

    seat: int
    team: int
    points: tuple[int, ...]


@dataclass(frozen=True)
class Ranked:
    team: int
    score: int
    rank: int
    awarded: bool


@dataclass(frozen=True)
class PhaseReached:
    phase: ChallengePhase
    at: datetime


@dataclass(frozen=True)
class Challenge:
    scenario: str
    document_url: str | None = None
    criteria: tuple[Criterion, ...] = ()
    prizes: tuple[Prize, ...] = ()
    submit_by: datetime | None = None
    mentors: tuple[UUID, ...] = ()
    jury_seats: int = 0
    jury: tuple[UUID, ...] = ()
    phase: ChallengePhase | None = None
    phases: tuple[PhaseReached, ...] = ()
    teams: tuple[Team, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    ranking: tuple[Ranked, ...] = ()

    @property
    def submitted(self) -> tuple[Team, ...]:
        """The teams that the jury judges: those that handed something in."""
        return tuple(team for team in self.teams if team.deliverables)

    @property
    def winners(self) -> tuple[Team, ...]:
        awarded = {row.team for row in self.ranking if row.awarded}
        return tuple(team for team in self.teams if team.number in awarded)
