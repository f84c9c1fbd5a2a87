"""What the registry says of partnerships: one school and one company in one school year."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import (
    Cause,
    Language,
    PartnershipReason,
    PartnershipRisk,
    PartnershipState,
    Role,
    SchoolYear,
)
from triskel.contracts.event import Aggregate, Event, Part


class Signatures(Part):
    """When each of the three signed, and who: a contact's id, or a pseudonym of the identity that
    signed; null: not yet."""

    head: datetime | None = None
    company: datetime | None = None
    coordinator: datetime | None = None
    head_by: UUID | None = None
    company_by: UUID | None = None
    coordinator_by: UUID | None = None


class Agreement(Part):
    """The document that is signed. `number` rises with each new one, 0: there is none; `digest` is
    the SHA-256 of its PDF, in hexadecimal."""

    number: int = Field(default=0, ge=0)
    language: Language | None = None
    digest: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class Approvals(Part):
    """When each of the two said yes; null: not yet. Who proposes says yes by it."""

    school: datetime | None = None
    company: datetime | None = None


class Partnership(Aggregate):
    """One school and one company in one school year. It lives in the school's region.

    `sign_by` is when it lapses unless all three have signed; null once it has been active.
    `cause` is what happened to one of the two, where that ended or paused it.
    `at_risk_since` is set while `risks` holds something: that is computed, and no state of its own.
    """

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
    approvals: Approvals = Approvals()
    accepted_at: datetime | None = None
    agreement: Agreement = Agreement()
    sign_by: datetime | None = None
    signatures: Signatures = Signatures()
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    reason: PartnershipReason | None = None
    cause: Cause | None = None
    renewal_of: UUID | None = None
    at_risk_since: datetime | None = None
    risks: tuple[PartnershipRisk, ...] = ()


class PartnershipEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.partnerships"
    partnership: Partnership
    by: Role

    @property
    def aggregate(self) -> Partnership:
        return self.partnership


class PartnershipProposed(PartnershipEvent):
    """One side asks and the other answers before `answer_by`; what the coordinator proposes, both
    answer."""


class PartnershipPartiallyAccepted(PartnershipEvent):
    """One of the two said yes to what the coordinator proposed; the other has not answered yet."""


class PartnershipAccepted(PartnershipEvent):
    """Both sides said yes."""


class PartnershipDeclined(PartnershipEvent):
    """The asked side said no; `partnership.reason` says why."""


class PartnershipWithdrawn(PartnershipEvent):
    """The asking side took it back before an answer."""


class PartnershipExpired(PartnershipEvent):
    """Nobody answered before the deadline."""


class PartnershipLeft(PartnershipEvent):
    """One side left after both had said yes and before all had signed; `partnership.reason` says
    why."""


class PartnershipLapsed(PartnershipEvent):
    """It was accepted, and not signed by all three before `sign_by`."""


class PartnershipAgreementDrafted(PartnershipEvent):
    """There is a document to sign, `partnership.agreement`; a new one has no signature yet."""


class PartnershipPartiallySigned(PartnershipEvent):
    """One more signature of the document, not yet all three."""


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
    """The agreement was edited: there is a new document, which nobody has signed. `changed` names
    the fields."""

    changed: tuple[str, ...] = ()


class PartnershipRenewed(PartnershipEvent):
    """It came to its end, and the next school year's is agreed on."""


class PartnershipPutAtRisk(PartnershipEvent):
    """There is a risk, or there are other risks than before; `partnership.risks` names them."""


class PartnershipBackOnTrack(PartnershipEvent):
    """What put it at risk is over."""
