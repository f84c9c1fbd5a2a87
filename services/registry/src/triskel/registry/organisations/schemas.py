"""What is sent to and answered by `/v1/organisations`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Country, Language, Lines, Name, OneLine, Region
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    IdentifierScheme,
    Isced,
    OrganisationKind,
    OrganisationStatus,
    Role,
)

Line = Annotated[str, OneLine(longest=200, shortest=0)]
Code = Annotated[str, OneLine(longest=20, shortest=0)]
Sector = Annotated[str, OneLine(longest=10, shortest=0)]
Number = Annotated[str, OneLine(longest=40)]
Reason = Annotated[str, Lines(shortest=3, longest=500)]
Area = Annotated[str, OneLine(longest=5, pattern=r"^[A-Z]{2}[A-Z0-9]{3}$")]


class GivenIdentifier(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scheme: IdentifierScheme
    value: Number


class GivenAddress(BaseModel):
    model_config = ConfigDict(extra="forbid")

    street: Line | None = None
    postcode: Code | None = None
    municipality: Line | None = None
    municipality_code: Code | None = Field(default=None, description="INSEE, CBS, … code")
    country: Country = Field(description="ISO 3166-1 alpha-2")


class GivenSite(BaseModel):
    """One of several places. With its id it stays the same site; without it is a new one. Its
    identifier numbers the place: a SIRET, a BRIN with its site, a school's code."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    label: Name
    address: GivenAddress | None = None
    position: said.Position | None = None
    identifier: GivenIdentifier | None = None


class Details(BaseModel):
    """What may be said of an organisation; all optional, as in a change. Identifiers and sites are
    given whole."""

    model_config = example(
        sites=[
            {
                "label": "Atelier de Cesson",
                "address": {
                    "street": "2 rue de la Rabine",
                    "postcode": "35510",
                    "municipality": "Cesson-Sévigné",
                    "municipality_code": "35051",
                    "country": "FR",
                },
                "position": {"latitude": 48.119, "longitude": -1.604},
                "identifier": {"scheme": "siret", "value": "73282932000074"},
            }
        ]
    )

    names: dict[Language, Name] | None = Field(default=None, min_length=1, max_length=30)
    identifiers: list[GivenIdentifier] | None = Field(default=None, max_length=10)
    levels: list[Isced] | None = Field(default=None, max_length=20)
    sector: Sector | None = Field(default=None, description="NACE Rev. 2")
    address: GivenAddress | None = None
    position: said.Position | None = None
    nuts3: Area | None = None
    pupils: int | None = Field(default=None, ge=0, le=100_000)
    priority_education: bool | None = None
    public_sector: bool | None = None
    partnership_capacity: int | None = Field(default=None, ge=0, le=1000)
    sites: list[GivenSite] | None = Field(default=None, max_length=100)


class NewOrganisation(Details):
    model_config = example(
        kind="company",
        names={"fr": "Atelier Optique de la Vilaine"},
        identifiers=[{"scheme": "siren", "value": "732829320"}],
        sector="26.70",
        position={"latitude": 48.11, "longitude": -1.67},
        partnership_capacity=3,
    )

    kind: OrganisationKind
    region: Region | None = Field(default=None, description="your token's region, if not given")
    names: dict[Language, Name] = Field(min_length=1, max_length=30)


class Why(BaseModel):
    model_config = example(reason="Statuts en cours de vérification")

    reason: Reason | None = None


class Merge(BaseModel):
    """Which organisation stays, and why these two are one."""

    model_config = example(
        into="0199a1b2-0002-7000-8000-000000000002",
        reason="Registered twice, once without its SIREN",
    )

    into: UUID
    reason: Reason | None = None


class Answer(said.Organisation):
    """An organisation, with what this caller may do with it now. Why it is suspended or was
    rejected is told to itself and to the coordinator."""

    allowed_actions: tuple[str, ...] = ()
    distance_km: float | None = None
    updated_at: datetime
    status_reason: str | None = None


class Step(BaseModel):
    """`organisation_id` is another's where that one was merged into this."""

    organisation_id: UUID
    version: int
    action: str
    status: OrganisationStatus
    by: Role
    at: datetime
    reason: str | None
