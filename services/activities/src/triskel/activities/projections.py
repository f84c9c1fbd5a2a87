"""What events told of others."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.memberships import MembershipColumns
from triskel.chassis.tables import document, moment
from triskel.contracts.registry import RegionSettings, region_settings


class MembershipRow(MembershipColumns, Table, table=True):
    """Projection of registry.memberships, by which callers are let in (`chassis.auth`)."""


class OrganisationRow(Table, table=True):
    """Projection of registry.organisations."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: str
    status: str
    open: bool
    latitude: float | None = None
    longitude: float | None = None


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


class RegionRow(Table, table=True):
    """Projection of registry.regions: what a region decides for itself, as its contract has it."""

    __tablename__ = "regions"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    settings: dict[str, Any] = document()


def settings_of(region: str, row: RegionRow | None) -> RegionSettings:
    """What a region decides for itself; of one that is not known here, what its country has."""
    return RegionSettings.model_validate(row.settings) if row else region_settings(region)


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
