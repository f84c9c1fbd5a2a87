"""Who takes part."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import SmallInteger
from sqlmodel import Field

from triskel.chassis.tables import coded, document, moment, nothing_yet, optional_document, texts
from triskel.contracts.codes import OrganisationKind, OrganisationStatus
from triskel.registry.database import Table


class OrganisationRow(Table, table=True):
    """`mailbox` is the official one of its directory: claims are verified by it, and it is shown to
    nobody and in no event."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: OrganisationKind = coded()
    status: OrganisationStatus = coded()
    open: bool
    names: dict[str, str] = document()
    search_name: str
    legal_unit: dict[str, str] | None = optional_document()
    levels: list[str] = texts()
    sector: str | None
    address: dict[str, Any] | None = optional_document()
    search_municipality: str | None = None
    latitude: float | None
    longitude: float | None
    nuts3: str | None
    pupils: int | None
    priority_education: bool
    public_sector: bool | None
    partnership_capacity: int | None
    sites: list[dict[str, Any]] = document(default_factory=nothing_yet)
    merged_into: UUID | None = Field(default=None, foreign_key="organisations.id")
    status_reason: str | None = None
    updated_at: datetime = moment()
    # not public: the place in searches (domain/responsiveness.py)
    answer_rank: int = Field(default=0, sa_type=SmallInteger)
    mailbox: str | None = None


class IdentifierRow(Table, table=True):
    """One identifier belongs to one organisation, or to one of its sites. Imports follow the `main`
    one, which an import or the coordinator set: not a site's, not one that a merge brought beside
    another of its scheme, and not what an organisation says of itself."""

    __tablename__ = "identifiers"

    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    site_id: UUID | None = None
    main: bool = True


class OrganisationStepRow(Table, table=True):
    """Who, by role, did what and when."""

    __tablename__ = "organisation_steps"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    version: int = Field(primary_key=True)
    action: str
    status: str
    by: str
    at: datetime = moment()
    reason: str | None
