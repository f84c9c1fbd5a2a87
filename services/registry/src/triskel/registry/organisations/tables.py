"""Who takes part."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import SmallInteger
from sqlmodel import Field

from triskel.chassis.parts import parts_of_row
from triskel.chassis.shapes import PartRows, Shape
from triskel.chassis.tables import coded, document, moment, nothing_yet, optional_document, texts
from triskel.contracts import registry as contract
from triskel.contracts.codes import HELIX_OF, NEAREST_KIND, OrganisationKind, OrganisationStatus
from triskel.contracts.folding import folded
from triskel.registry.database import Table
from triskel.registry.organisations.rules.organisation import Organisation


class IdentifierRow(Table, table=True):
    """One identifier belongs to one organisation, or to one of its sites."""

    __tablename__ = "identifiers"

    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    site_id: UUID | None = None
    main: bool = True


class OrganisationRow(Table, table=True):
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
    # not public: the place in searches (responsiveness/rules.py)
    answer_rank: int = Field(default=0, sa_type=SmallInteger)
    mailbox: str | None = None
    stated: dict[str, Any] | None = optional_document(default=None)
    own_fields: list[str] = texts(default_factory=nothing_yet)
    identifiers: list[IdentifierRow] = parts_of_row()


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


def searched(columns: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that are searched: all names, and the municipality, folded; of what there is."""
    found: dict[str, str | None] = {}
    if names := columns.get("names"):
        found["search_name"] = folded(" ".join(names[key] for key in sorted(names)))
    if "address" in columns:
        municipality = (columns["address"] or {}).get("municipality")
        found["search_municipality"] = folded(municipality) if municipality else None
    return found


def _columns(organisation: Organisation) -> dict[str, str | None]:
    address = organisation.address
    place = {"municipality": address.municipality} if address else None
    return searched({"names": organisation.names, "address": place})


def _derive(organisation: Organisation, told: dict[str, Any]) -> None:
    own = organisation.own_identifiers
    told["identifiers"] = [{"scheme": each.scheme, "value": each.value} for each in own]
    told["helix"] = HELIX_OF[organisation.kind]
    told["exact_kind"] = organisation.kind if organisation.kind in NEAREST_KIND else None


ORGANISATION = Shape(
    Organisation,
    OrganisationRow,
    contract.Organisation,
    flat={"position": ""},
    parts={"identifiers": PartRows(IdentifierRow, "organisation_id")},
    columns=_columns,
    unstored={"search_name", "search_municipality", "answer_rank"},
    untold={
        "identifiers.site_id",
        "identifiers.main",
        "updated_at",
        "status_reason",
        "mailbox",
        "own_fields",
    },
    derived={"helix", "exact_kind"},
    derive=_derive,
)
