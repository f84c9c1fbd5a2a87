"""What the registry says of organisations: who takes part."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from triskel.contracts.codes import (
    NEAREST_KIND,
    Helix,
    IdentifierScheme,
    Isced,
    Language,
    OrganisationKind,
    OrganisationStatus,
)
from triskel.contracts.event import Aggregate, Event, Part

ListedKind = Annotated[
    OrganisationKind,
    PlainSerializer(lambda kind: NEAREST_KIND.get(kind, kind), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "title": "OrganisationKind",
            "enum": [kind.value for kind in OrganisationKind if kind not in NEAREST_KIND],
        }
    ),
]
"""Written as a kind of the list that was published first, which never grows; see
`Organisation.exact_kind`."""


class Identifier(Part):
    """An official identifier, normalised (no blanks, upper case) and verified."""

    scheme: IdentifierScheme
    value: str


class Address(Part):
    street: str | None = None
    postcode: str | None = None
    municipality: str | None = None
    municipality_code: str | None = Field(default=None, description="INSEE, CBS, … code")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")


class Position(Part):
    """WGS 84 degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Site(Part):
    """One of several places of an organisation; its identifier numbers the place: a SIRET, a BRIN
    with its site, a school's code."""

    id: UUID
    label: str
    address: Address | None = None
    position: Position | None = None
    identifier: Identifier | None = None


class Stated(Part):
    """What an organisation that is in an official register says of itself beside it. Nothing is
    counted by it; null is what it does not say."""

    names: dict[Language, str] | None = None
    levels: tuple[Isced, ...] | None = None
    pupils: int | None = Field(default=None, ge=0)
    address: Address | None = None


class Organisation(Aggregate):
    """`names` is by language; `levels` is for education; `sector` is a NACE Rev. 2 code for others.

    `open` is false for a school that its official register closed; it is never deleted.
    `pupils` is the enrolment that the official register gives. `nuts3` is the finer area.
    `legal_unit` is the number of the body that runs it, where that is not its own: a commune's
    SIRET stands for many primary schools, so it identifies none of them. `merged_into` is set once
    it turned out to be a duplicate: the other one stays, and was never merged itself.
    `exact_kind` is its kind where that is younger than the list of kinds that was published first:
    a reader of that list finds the nearest of it as `kind`, and these contracts give the exact one
    as `kind` whenever they read.
    """

    kind: ListedKind
    exact_kind: OrganisationKind | None = None
    helix: Helix
    names: dict[Language, str]
    status: OrganisationStatus
    open: bool = True
    identifiers: tuple[Identifier, ...] = ()
    legal_unit: Identifier | None = None
    levels: tuple[Isced, ...] = ()
    sector: str | None = None
    address: Address | None = None
    position: Position | None = None
    nuts3: str | None = None
    pupils: int | None = Field(default=None, ge=0)
    priority_education: bool = False
    public_sector: bool | None = None
    partnership_capacity: int | None = Field(
        default=None, ge=0, description="how many partnerships a host can carry"
    )
    sites: tuple[Site, ...] = ()
    merged_into: UUID | None = None
    stated: Stated | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_its_exact_kind(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        if given.get("exact_kind") is not None:
            return {**given, "kind": given["exact_kind"]}
        kind = given.get("kind")
        return {**given, "exact_kind": kind} if kind in set(NEAREST_KIND) else given


class OrganisationEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.organisations"
    organisation: Organisation

    @property
    def aggregate(self) -> Organisation:
        return self.organisation


class OrganisationImported(OrganisationEvent):
    """An official directory named it; nobody has claimed it yet."""


class OrganisationApplied(OrganisationEvent):
    """Somebody registered it and asks the coordinator for approval."""


class OrganisationApproved(OrganisationEvent):
    """The coordinator let it in, or it was registered by the coordinator."""


class OrganisationClaimed(OrganisationEvent):
    """An imported organisation was claimed and the claim verified."""


class OrganisationRejected(OrganisationEvent):
    reason: str


class OrganisationSuspended(OrganisationEvent):
    reason: str


class OrganisationReinstated(OrganisationEvent):
    """The suspension ended."""


class OrganisationWithdrawn(OrganisationEvent):
    """It left the platform."""


class OrganisationUpdated(OrganisationEvent):
    """Details changed; `changed` names the fields."""

    changed: tuple[str, ...] = ()


class OrganisationClosed(OrganisationEvent):
    """Its official register says that it closed."""


class OrganisationMerged(OrganisationEvent):
    """It was a duplicate and has left; `organisation.merged_into` has its identifiers, its sites
    and its people now."""


class OrganisationAbsorbed(OrganisationEvent):
    """A duplicate of it was merged into it: it has the other's identifiers and sites now."""

    absorbed_id: UUID
