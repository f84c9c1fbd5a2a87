"""What the registry says of partnerships: one school and one company in one school year."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from triskel.contracts.codes import (
    PartnershipReason,
    PartnershipRisk,
    PartnershipState,
    Role,
    SchoolYear,
)
from triskel.contracts.event import Aggregate, Event, Part


class Signatures(Part):
    """When each of the three signed; null: not yet."""

    head: datetime | None = None
    company: datetime | None = None
    coordinator: datetime | None = None


class Approvals(Part):
    """When each of the two said yes; null: not yet. Who proposes says yes by it."""

    school: datetime | None = None
    company: datetime | None = None


class Partnership(Aggregate):
    """One school and one company in one school year. It lives in the school's region.

    `sign_by` is when it lapses unless all three have signed; null once it has been active.
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
    sign_by: datetime | None = None
    signatures: Signatures = Signatures()
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    reason: PartnershipReason | None = None
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


class PartnershipPutAtRisk(PartnershipEvent):
    """There is a risk, or there are other risks than before; `partnership.risks` names them."""


class PartnershipBackOnTrack(PartnershipEvent):
    """What put it at risk is over."""
