"""The shape of a research work; the contract says what each field means."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from triskel.contracts.codes import ActivityReason, Isced, PlaceKind
from triskel.contracts.format_codes import ReportGap, SessionState


@dataclass(frozen=True)
class PupilGroup:
    level: Isced
    girls: int
    boys: int
    undeclared: int

    @property
    def people(self) -> int:
        return self.girls + self.boys + self.undeclared


@dataclass(frozen=True)
class LabSession:
    number: int
    starts_at: datetime
    ends_at: datetime
    place: PlaceKind
    place_name: str | None = None
    state: SessionState = SessionState.PLANNED
    girls: int = 0
    boys: int = 0
    undeclared: int = 0
    reason: ActivityReason | None = None


@dataclass(frozen=True)
class Milestone:
    number: int
    title: str
    due_on: date
    done_at: datetime | None = None
    missed_at: datetime | None = None


@dataclass(frozen=True)
class ResearchReport:
    document_url: str
    sha256: str
    submitted_at: datetime
    accepted_at: datetime | None = None


@dataclass(frozen=True)
class Research:
    group: PupilGroup
    tutor_id: UUID | None = None
    sessions: tuple[LabSession, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    report: ResearchReport | None = None
    report_missing: ReportGap | None = None
