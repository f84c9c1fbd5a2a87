"""Who takes part."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from triskel.contracts.codes import OrganisationKind, OrganisationStatus
from triskel.registry.tables.columns import Base, coded, texts


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
