"""What events told of others, and official figures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.memberships import MembershipColumns
from triskel.chassis.regions import RegionColumns
from triskel.chassis.tables import document, moment, texts
from triskel.metrics.database import Table


class MembershipRow(MembershipColumns, Table, table=True):
    """Projection of registry.memberships, by which callers are let in (`chassis.auth`)."""


class RegionRow(RegionColumns, Table, table=True):
    """Projection of registry.regions: when a school year begins, and in which zone days are."""


class OrganisationRow(Table, table=True):
    """Projection of registry.organisations; `codes` are its official identifiers, `uai:0350024L`,
    by which official figures find their school."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: str
    status: str
    open: bool
    levels: list[str] = texts()
    codes: list[str] = texts()
    pupils: int | None


class PartnershipRow(Table, table=True):
    """Projection of registry.partnerships."""

    __tablename__ = "partnerships"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    school_id: UUID
    company_id: UUID
    school_year: str
    state: str
    activated_at: datetime | None = moment()
    closed_at: datetime | None = moment()
    renewal_of: UUID | None


class ActivityRow(Table, table=True):
    """Projection of activities.activities; `attendance` is a list of counts by audience, level and
    sex, as the event gives it. `delivered_at` is when it was reported, `delivered_on` the day on
    which it took place; of older events that day is null."""

    __tablename__ = "activities"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    format: str
    state: str
    school_year: str
    host_id: UUID
    school_id: UUID | None
    delivered_at: datetime | None = moment()
    delivered_on: date | None
    outcome: str | None
    attendance: list[dict[str, Any]] = document()


class ChoicesRow(Table, table=True):
    """Projection of metrics.reference: what the pupils of one school's première générale chose.
    `stem_*` are counted by the definition of indicator 8."""

    __tablename__ = "choices"

    id: UUID = Field(primary_key=True)
    version: int
    country: str
    code: str
    school_year: str
    level: str
    pupil_girls: int
    pupil_boys: int
    stem_girls: int
    stem_boys: int
    all_girls: int
    all_boys: int


class EnrolmentRow(Table, table=True):
    """Projection of metrics.reference: pupils of one school, level and year, by sex."""

    __tablename__ = "enrolments"

    id: UUID = Field(primary_key=True)
    version: int
    country: str
    code: str
    school_year: str
    level: str
    girls: int
    boys: int


class DeliveryRow(Table, table=True):
    """Projection of notifications.deliveries."""

    __tablename__ = "deliveries"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    channel: str
    state: str
    at: datetime = moment()
