"""What a research work adds to an activity: group, tutor, sessions, milestones, report."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import ActivityReason, Isced, PlaceKind
from triskel.contracts.event import Part
from triskel.contracts.format_codes import HttpsUrl, ReportGap, SessionState, Sha256


class PupilGroup(Part):
    """The pupils, as counts."""

    level: Isced
    girls: int = Field(default=0, ge=0)
    boys: int = Field(default=0, ge=0)
    undeclared: int = Field(default=0, ge=0)


class LabSession(Part):
    """A laboratory session; counts of who came once it is done, the reason once it was missed."""

    number: int = Field(ge=1)
    starts_at: datetime
    ends_at: datetime
    place: PlaceKind
    place_name: str | None = None
    state: SessionState = SessionState.PLANNED
    girls: int = Field(default=0, ge=0)
    boys: int = Field(default=0, ge=0)
    undeclared: int = Field(default=0, ge=0)
    reason: ActivityReason | None = None


class Milestone(Part):
    """Due at the end of `due_on` in the activity's time zone; `missed_at` is when it was said to be
    overdue."""

    number: int = Field(ge=1)
    title: str
    due_on: date
    done_at: datetime | None = None
    missed_at: datetime | None = None


class ResearchReport(Part):
    """`accepted_at`: by the company's tutor."""

    document_url: HttpsUrl
    sha256: Sha256
    submitted_at: datetime
    accepted_at: datetime | None = None


class Research(Part):
    """`tutor_id` is a contact of the company. Without a report, `report_missing` says why."""

    group: PupilGroup
    tutor_id: UUID | None = None
    sessions: tuple[LabSession, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    report: ResearchReport | None = None
    report_missing: ReportGap | None = None
