"""What the registry says: organisations, contacts (personal data) and partnerships."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import (
    Channel,
    Helix,
    IdentifierScheme,
    Isced,
    Language,
    OrganisationKind,
    OrganisationStatus,
    PartnershipReason,
    PartnershipState,
    Role,
    SchoolYear,
)
from triskel.contracts.event import Aggregate, Event, Part


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


class Organisation(Aggregate):
    """`names` is by language; `levels` is for education; `sector` is a NACE Rev. 2 code for others.

    `open` is false for a school that its official register closed; it is never deleted.
    `pupils` is the enrolment that the official register gives. `nuts3` is the finer area.
    `legal_unit` is the number of the body that runs it, where that is not its own: a commune's
    SIRET stands for many primary schools, so it identifies none of them.
    """

    kind: OrganisationKind
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


class Contact(Aggregate):
    """A person of an organisation. Personal data: this topic only, never mirrored, erasable."""

    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    language: Language
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.INBOX)
    confirmed: bool = False


class ContactEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.contacts"
    contact: Contact

    @property
    def aggregate(self) -> Contact:
        return self.contact


class ContactRegistered(ContactEvent):
    """A person speaks for an organisation from now on."""


class ContactUpdated(ContactEvent):
    """Name, address, roles, language or channels changed."""


class Signatures(Part):
    """When each of the three signed; null: not yet."""

    head: datetime | None = None
    company: datetime | None = None
    coordinator: datetime | None = None


class Partnership(Aggregate):
    """One school and one company in one school year. It lives in the school's region."""

    school_id: UUID
    company_id: UUID
    school_year: SchoolYear
    state: PartnershipState
    proposed_by: Role
    proposed_at: datetime
    answer_by: datetime
    starts_on: date
    ends_on: date
    goals: str | None = None
    accepted_at: datetime | None = None
    signatures: Signatures = Signatures()
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    reason: PartnershipReason | None = None
    renewal_of: UUID | None = None


class PartnershipEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.partnerships"
    partnership: Partnership
    by: Role

    @property
    def aggregate(self) -> Partnership:
        return self.partnership


class PartnershipProposed(PartnershipEvent):
    """One side, or the coordinator, asks; the other answers before `answer_by`."""


class PartnershipAccepted(PartnershipEvent):
    """Both sides said yes."""


class PartnershipDeclined(PartnershipEvent):
    """The asked side said no; `partnership.reason` says why."""


class PartnershipWithdrawn(PartnershipEvent):
    """The asking side took it back before an answer."""


class PartnershipExpired(PartnershipEvent):
    """Nobody answered before the deadline."""


class PartnershipAgreementDrafted(PartnershipEvent):
    """There is a text to sign."""


class PartnershipPartiallySigned(PartnershipEvent):
    """One more signature, not yet all three."""


class PartnershipSigned(PartnershipEvent):
    """Head, company and coordinator have all signed."""


class PartnershipActivated(PartnershipEvent):
    """The start date is reached and at least one activity is planned."""


class PartnershipSuspended(PartnershipEvent):
    """Paused; `partnership.reason` says why."""


class PartnershipResumed(PartnershipEvent):
    """The pause is over."""


class PartnershipEnded(PartnershipEvent):
    """It came to its end; `partnership.reason` says how."""


class PartnershipTerminated(PartnershipEvent):
    """It was broken off; `partnership.reason` says why."""


class PartnershipAmended(PartnershipEvent):
    """The agreement was edited, so nobody has signed it now; `changed` names the fields."""

    changed: tuple[str, ...] = ()


class PartnershipRenewed(PartnershipEvent):
    """It came to its end, and the next school year's is agreed on."""
