"""What is sent to and answered by `/v1/organisations`."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from triskel.chassis.auth import Caller, allow
from triskel.chassis.distances import Around
from triskel.chassis.http import example
from triskel.chassis.http.values import Country, Language, Lines, Moment, Name, OneLine, Region
from triskel.contracts import registry as contract
from triskel.contracts.codes import (
    IdentifierScheme,
    Isced,
    OrganisationKind,
    OrganisationStatus,
    Role,
)
from triskel.registry.organisations.actions import ACTIONS
from triskel.registry.organisations.queries import OrganisationFilter
from triskel.registry.organisations.refusals import CoordinatorOnly
from triskel.registry.organisations.refusals.organisation import (
    PositionIncomplete,
    SortNotYours,
)
from triskel.registry.organisations.rules.identifiers import Number
from triskel.registry.organisations.rules.organisation import (
    Address,
    OrganisationAttempt,
    PlacedSite,
    Position,
    Site,
    Stated,
    coordinates,
)
from triskel.registry.organisations.tables import ORGANISATION

Line = Annotated[str, OneLine(longest=200, shortest=0)]
Code = Annotated[str, OneLine(longest=20, shortest=0)]
Sector = Annotated[str, OneLine(longest=10, shortest=0)]
Words = Annotated[str, OneLine(longest=200, shortest=0)]
Digits = Annotated[str, OneLine(longest=40)]
ReasonText = Annotated[str, Lines(shortest=3, longest=500)]
Area = Annotated[str, OneLine(longest=5, pattern=r"^[A-Z]{2}[A-Z0-9]{3}$")]


class GivenIdentifier(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scheme: IdentifierScheme
    value: Digits

    def to_domain(self) -> Number:
        return Number(self.scheme, self.value)


class GivenAddress(BaseModel):
    model_config = ConfigDict(extra="forbid")

    street: Line | None = None
    postcode: Code | None = None
    municipality: Line | None = None
    municipality_code: Code | None = Field(default=None, description="INSEE, CBS, … code")
    country: Country = Field(description="ISO 3166-1 alpha-2")

    def to_domain(self) -> Address:
        return Address(**self.model_dump())


class GivenSite(BaseModel):
    """One of several places. With its id it stays the same site; without it is a new one. Its
    identifier numbers the place: a SIRET, a BRIN with its site, a school's code."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    label: Name
    address: GivenAddress | None = None
    position: contract.Position | None = None
    identifier: GivenIdentifier | None = None

    def to_domain(self) -> PlacedSite:
        return PlacedSite(
            Site(
                self.id or uuid7(),
                self.label,
                self.address.to_domain() if self.address else None,
                _position(self.position),
                self.identifier.to_domain() if self.identifier else None,
            ),
            is_new=self.id is None,
        )


class GivenStated(BaseModel):
    """What you say of yourselves beside your official register, which only the coordinator changes.
    It is shown with it; figures are counted by the register."""

    model_config = ConfigDict(extra="forbid")

    names: dict[Language, Name] | None = Field(default=None, min_length=1, max_length=30)
    levels: list[Isced] | None = Field(default=None, max_length=20)
    pupils: int | None = Field(default=None, ge=0, le=100_000)
    address: GivenAddress | None = None

    def to_domain(self) -> Stated:
        return Stated(
            self.names,
            tuple(self.levels) if self.levels is not None else None,
            self.pupils,
            self.address.to_domain() if self.address else None,
        )


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
    position: contract.Position | None = None
    nuts3: Area | None = None
    pupils: int | None = Field(default=None, ge=0, le=100_000)
    priority_education: bool | None = None
    public_sector: bool | None = None
    partnership_capacity: int | None = Field(default=None, ge=0, le=1000)
    sites: list[GivenSite] | None = Field(default=None, max_length=100)
    stated: GivenStated | None = None

    def to_domain(self) -> dict[str, Any]:
        """New values by name; what is left out stays as it is."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if self.levels is not None:
            given["levels"] = tuple(self.levels)
        if self.address is not None:
            given["address"] = self.address.to_domain()
        if self.stated is not None:
            given["stated"] = self.stated.to_domain()
        if self.position is not None:
            given["position"] = _position(self.position)
        for name in ("identifiers", "sites"):
            if given.get(name) is not None:
                given[name] = [each.to_domain() for each in given[name]]
        return given


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

    def to_domain(self) -> dict[str, Any]:
        """As of a change; what is null is not said."""
        given = super().to_domain().items()
        kept = {name: value for name, value in given if value is not None}
        return {name: value for name, value in kept.items() if name not in ("kind", "region")}


class Reason(BaseModel):
    model_config = example(reason="Statuts en cours de vérification")

    reason: ReasonText | None = None


ReasonBody = Annotated[Reason, Body(default_factory=Reason)]
"""May be left out: then no reason is given."""


class Merge(BaseModel):
    """Which organisation stays, and why these two are one."""

    model_config = example(
        into="0199a1b2-0002-7000-8000-000000000002",
        reason="Registered twice, once without its SIREN",
    )

    into: UUID
    reason: ReasonText | None = None


class OrganisationAnswer(contract.Organisation):
    """An organisation, with what this caller may do with it now. Why it is suspended or was
    rejected is told to itself and to the coordinator."""

    kind: OrganisationKind
    exact_kind: OrganisationKind | None = Field(default=None, exclude=True)
    allowed_actions: tuple[str, ...] = ()
    distance_km: float | None = None
    updated_at: datetime
    status_reason: str | None = None

    @classmethod
    def of(cls, attempt: OrganisationAttempt, distance: float | None = None) -> Self:
        organisation, actor = attempt.subject, attempt.actor
        may_see = coordinates(actor) or actor.organisation == organisation.id
        return ORGANISATION.answer(
            cls,
            organisation,
            allowed_actions=ACTIONS.allowed(attempt),
            distance_km=None if distance is None else round(distance, 2),
            updated_at=organisation.updated_at,
            status_reason=organisation.status_reason if may_see else None,
        )


class OrganisationStep(BaseModel):
    """`organisation_id` is another's where that one was merged into this."""

    organisation_id: UUID
    version: int
    action: str
    status: OrganisationStatus
    by: Role
    at: datetime
    reason: str | None


async def _wanted(
    caller: Annotated[Caller, allow()],
    q: Annotated[Words | None, Query(description="words of the name")] = None,
    kind: OrganisationKind | None = None,
    status: OrganisationStatus | None = None,
    level: Isced | None = None,
    open: bool | None = None,
    region: Annotated[Region | None, Query()] = None,
    nuts3: Annotated[Area | None, Query()] = None,
    municipality: Annotated[Line | None, Query(description="its whole name")] = None,
    municipality_code: Annotated[Code | None, Query(description="INSEE, CBS, … code")] = None,
    identifier: Annotated[
        Words | None,
        Query(
            description="an official number, as `uai:0350024L` or `0350024L`; a site's finds its "
            "organisation",
        ),
    ] = None,
    priority_education: bool | None = None,
    updated_since: Annotated[Moment | None, Query(description="RFC 3339")] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    km: Annotated[float, Query(gt=0, le=500)] = 20,
    sort: Annotated[
        Literal["name", "updated", "answers"] | None,
        Query(
            description="updated: what changed last comes last; answers: hosts that leave schools "
            "unanswered come last, as schools get it by default; for them and coordinators"
        ),
    ] = None,
    hidden: Annotated[
        bool | None,
        Query(description="hosts that schools are not shown, or the others; for coordinators"),
    ] = None,
) -> OrganisationFilter:
    """Raises what this caller may not ask for."""
    if (latitude is None) != (longitude is None):
        raise PositionIncomplete(field="longitude" if longitude is None else "latitude")
    for_schools = caller.is_(Role.HEAD, Role.TEACHER) and not caller.is_(Role.COORDINATOR)
    if hidden is not None and not caller.is_(Role.COORDINATOR):
        raise CoordinatorOnly(field="hidden")
    if sort == "answers" and not (for_schools or caller.is_(Role.COORDINATOR)):
        # the order tells how a competitor answers, which is between it and the coordinator
        raise SortNotYours(value=sort)
    if not for_schools and (hidden is not None or sort == "answers"):
        # how a host answers is seen by the coordinator of its own region
        region = region or caller.region
        caller.require_region(region)
    return OrganisationFilter(
        words=q,
        kind=kind,
        status=status,
        level=level,
        open=open,
        near=None if latitude is None or longitude is None else Around(latitude, longitude, km),
        region=region,
        nuts3=nuts3,
        municipality=municipality,
        municipality_code=municipality_code,
        identifier=identifier,
        priority_education=priority_education,
        updated_since=updated_since,
        hidden=False if for_schools else hidden,
        sort=sort or ("answers" if for_schools else "name"),
    )


Wanted = Annotated[OrganisationFilter, Depends(_wanted)]
"""The filters of a search and its order, as a query gives them."""


def _position(given: contract.Position | None) -> Position | None:
    return Position(given.latitude, given.longitude) if given else None
