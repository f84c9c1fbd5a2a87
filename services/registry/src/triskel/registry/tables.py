"""What the registry remembers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from triskel.contracts.codes import OrganisationKind, OrganisationStatus


class Base(SQLModel, registry=registry()):
    """Metadata of its own: other services have tables of the same names."""

    __abstract__ = True


def moment(**options: Any) -> Any:
    return Field(sa_type=DateTime(timezone=True), **options)


def texts() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


def coded() -> Any:
    return Field(sa_type=Text)


class OrganisationRow(Base, table=True):
    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: OrganisationKind = coded()
    status: OrganisationStatus = coded()
    open: bool
    names: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    search_name: str
    legal_unit: dict[str, str] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    levels: list[str] = texts()
    sector: str | None
    address: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    latitude: float | None
    longitude: float | None
    nuts3: str | None
    pupils: int | None
    priority_education: bool
    public_sector: bool | None
    partnership_capacity: int | None


class IdentifierRow(Base, table=True):
    """One identifier belongs to one organisation."""

    __tablename__ = "identifiers"

    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")


class ContactRow(Base, table=True):
    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    name: str
    email: str
    roles: list[str] = texts()
    language: str
    channels: list[str] = texts()
    confirmed: bool


class PartnershipRow(Base, table=True):
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
    accepted_at: datetime | None = moment()
    signed_head: datetime | None = moment()
    signed_company: datetime | None = moment()
    signed_coordinator: datetime | None = moment()
    activated_at: datetime | None = moment()
    closed_at: datetime | None = moment()
    reason: str | None
    renewal_of: UUID | None = Field(default=None, foreign_key="partnerships.id")


class PartnershipStepRow(Base, table=True):
    """Who, by role, did what and when."""

    __tablename__ = "partnership_steps"

    partnership_id: UUID = Field(primary_key=True, foreign_key="partnerships.id")
    version: int = Field(primary_key=True)
    action: str
    state: str
    by: str
    at: datetime = moment()
    reason: str | None


class PlannedActivityRow(Base, table=True):
    """Projection of activities.activities: which partnership has something planned."""

    __tablename__ = "planned_activities"

    id: UUID = Field(primary_key=True)
    version: int
    partnership_id: UUID | None
    state: str


class ImportRow(Base, table=True):
    __tablename__ = "imports"

    id: UUID = Field(primary_key=True)
    dataset: str
    region: str
    dry_run: bool
    max_closed: int | None
    state: str
    at: datetime = moment()
    rows: int
    total: int | None
    created: int
    changed: int
    unchanged: int
    refused: int
    closed: int
    failure: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))


class ImportFileRow(Base, table=True):
    """A file until its import is done."""

    __tablename__ = "import_files"

    import_id: UUID = Field(primary_key=True, foreign_key="imports.id")
    content: bytes


class ImportLineRow(Base, table=True):
    """What became of one row of the file; `number` is its line, the header being 1. Schools that
    were closed have no row: their numbers go on after the last."""

    __tablename__ = "import_lines"

    import_id: UUID = Field(primary_key=True, foreign_key="imports.id")
    number: int = Field(primary_key=True)
    outcome: str
    identifier: str | None
    changes: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    refusals: list[dict[str, Any]] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
