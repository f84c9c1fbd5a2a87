"""What events told of others."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.memberships import MembershipColumns
from triskel.chassis.regions import RegionColumns
from triskel.chassis.tables import document, moment, nothing_yet


class MembershipRow(MembershipColumns, Table, table=True):
    """Projection of registry.memberships, by which callers are let in (`chassis.auth`)."""


class OrganisationRow(Table, table=True):
    """Projection of registry.organisations; `sites` are those with a position."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: str
    status: str
    open: bool
    merged_into: UUID | None = None
    latitude: float | None = None
    longitude: float | None = None
    sites: list[dict[str, Any]] = document(default_factory=nothing_yet)


class PartnershipRow(Table, table=True):
    """Projection of registry.partnerships."""

    __tablename__ = "partnerships"

    id: UUID = Field(primary_key=True)
    version: int
    region: str | None = None
    school_id: UUID
    company_id: UUID
    school_year: str
    state: str


class RegionRow(RegionColumns, Table, table=True):
    """Projection of registry.regions."""


class HostResponsivenessRow(Table, table=True):
    """Projection of registry.responsiveness; `id` is the organisation's. A host that nobody asked
    has no row; `hidden_since` set: not shown to schools in searches."""

    __tablename__ = "host_responsiveness"

    id: UUID = Field(primary_key=True)
    version: int
    answered: int
    unanswered: int
    answer_rate: float | None
    median_hours: float | None
    hidden_since: datetime | None = moment()
