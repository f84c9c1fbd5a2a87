"""Partnerships, their history, and what is planned in them."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment, texts
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.partnerships.rules.state import Partnership


class PartnershipRow(Table, table=True):
    __tablename__ = "partnerships"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    school_id: UUID = Field(foreign_key="organisations.id")
    company_id: UUID = Field(foreign_key="organisations.id")
    school_year: str
    state: str
    proposed_by: str
    proposed_at: datetime = moment()
    answer_by: datetime = moment()
    starts_on: date
    ends_on: date
    goals: str | None
    approved_school: datetime | None = moment()
    approved_company: datetime | None = moment()
    accepted_at: datetime | None = moment()
    sign_by: datetime | None = moment()
    signed_head: datetime | None = moment()
    signed_company: datetime | None = moment()
    signed_coordinator: datetime | None = moment()
    signed_head_by: UUID | None = None
    signed_company_by: UUID | None = None
    signed_coordinator_by: UUID | None = None
    agreement_number: int
    agreement_language: str | None
    agreement_digest: str | None
    activated_at: datetime | None = moment()
    closed_at: datetime | None = moment()
    reason: str | None
    cause: str | None = None
    renewal_of: UUID | None = Field(default=None, foreign_key="partnerships.id")
    at_risk_since: datetime | None = moment()
    risks: list[str] = texts()
    # not public: when risks were last looked for; null when there is news of it
    watched_on: date | None


class AgreementRow(Table, table=True):
    """A document that is signed, or was before it was amended: `page` to read, `pdf` with the
    digest."""

    __tablename__ = "agreements"

    partnership_id: UUID = Field(primary_key=True, foreign_key="partnerships.id")
    number: int = Field(primary_key=True)
    language: str
    made_at: datetime = moment()
    digest: str
    page: str
    pdf: bytes


class PartnershipStepRow(Table, table=True):
    """Who, by role and side, did what and when, and why; time has no side. `note` stays here: it
    is in no event."""

    __tablename__ = "partnership_steps"

    partnership_id: UUID = Field(primary_key=True, foreign_key="partnerships.id")
    version: int = Field(primary_key=True)
    action: str
    state: str
    by: str
    side: str | None
    at: datetime = moment()
    reason: str | None
    note: str | None


class PlannedActivityRow(Table, table=True):
    """Projection of activities.activities: what is planned and delivered in a partnership,
    what was asked of a host, and who has something planned."""

    __tablename__ = "planned_activities"

    id: UUID = Field(primary_key=True)
    version: int
    partnership_id: UUID | None
    host_id: UUID
    school_id: UUID | None = None
    state: str
    proposed_by: str
    proposed_at: datetime | None = moment()
    answer_by: datetime | None = moment()
    answered_at: datetime | None = moment()
    delivered_at: datetime | None = moment()
    outcome: str | None


PARTNERSHIP = Shape(
    Partnership,
    PartnershipRow,
    contract.Partnership,
    flat={"approvals": "approved_", "signatures": "signed_", "agreement": "agreement_"},
    unstored={"watched_on"},
)
