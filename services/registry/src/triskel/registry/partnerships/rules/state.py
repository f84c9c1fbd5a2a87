"""What a partnership is, who acts on it, and what a decision about it needs to know."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from triskel.chassis.actions import Attempt
from triskel.contracts.codes import (
    Cause,
    PartnershipReason,
    PartnershipRisk,
    PartnershipState,
    Role,
    Side,
)
from triskel.contracts.refusals import Refusal
from triskel.contracts.registry import RegionSettings

_S = PartnershipState
LIVE = frozenset(
    {
        _S.PROPOSED,
        _S.ACCEPTED,
        _S.AGREEMENT_DRAFT,
        _S.PARTIALLY_SIGNED,
        _S.SIGNED,
        _S.ACTIVE,
        _S.SUSPENDED,
    }
)
"""States in which a second one for the same school, company and year is a duplicate."""
CARRIED = LIVE - {_S.PROPOSED}
"""States that count against the company's capacity."""
FOLLOWS = LIVE | {_S.ENDED, _S.RENEWED, _S.TERMINATED}
"""States of a renewal that keep another from being proposed; a declined one may be asked again."""
AGREED = CARRIED - {_S.ACCEPTED}
"""States with an agreement, signed or to be signed."""
UNSIGNED = frozenset({_S.ACCEPTED, _S.AGREEMENT_DRAFT, _S.PARTIALLY_SIGNED})
"""States between the yes of both and the last signature."""
WATCHED = frozenset({_S.SIGNED, _S.ACTIVE})
"""States in which one can be at risk: paused or unsigned ones are known to stand still."""


@dataclass(frozen=True)
class Signatures:
    """When each of the three signed, and who; null: not yet."""

    head: datetime | None = None
    company: datetime | None = None
    coordinator: datetime | None = None
    head_by: UUID | None = None
    company_by: UUID | None = None
    coordinator_by: UUID | None = None

    @property
    def all(self) -> bool:
        return None not in (self.head, self.company, self.coordinator)


@dataclass(frozen=True)
class Agreement:
    """The document that is signed: `number` rises with each new one, 0 before the first; `digest`
    is the SHA-256 of its PDF, in hexadecimal."""

    number: int = 0
    language: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Approvals:
    """When each of the two said yes; null: not yet."""

    school: datetime | None = None
    company: datetime | None = None

    @property
    def both(self) -> bool:
        return None not in (self.school, self.company)


@dataclass(frozen=True)
class Partnership:
    """Times carry zones; dates are the region's."""

    id: UUID
    region: str
    version: int
    school_id: UUID
    company_id: UUID
    school_year: str
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


@dataclass(frozen=True)
class Proposal:
    """Two organisations are to work together for a school year. `answer_days` are given to the
    side that is asked; None: as many as the region has."""

    school_id: UUID
    company_id: UUID
    school_year: str
    starts_on: date
    ends_on: date
    answer_days: int | None = None
    goals: str | None = None
    renewal_of: UUID | None = None


@dataclass(frozen=True)
class RenewalTerms:
    """The next school year's, of the same two; without goals those of the one before."""

    starts_on: date
    ends_on: date
    answer_days: int | None = None
    goals: str | None = None


@dataclass(frozen=True)
class Terms:
    """What an amendment may change; null leaves it as it is."""

    starts_on: date | None = None
    ends_on: date | None = None
    goals: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a decision needs beside the partnership. `capacity` None: no limit was stated;
    `renewed`: one of the next school year follows it, proposed or further; `followed`: that one
    is agreed on. `sought`: one of the two waits on the list for a partner of this year.
    `unfit`: why one of the two takes on nothing new; `settings`: what its region decides for
    itself."""

    planned_activities: int = 0
    capacity: int | None = None
    carried: int = 0
    renewed: bool = False
    followed: bool = False
    sought: bool = False
    unfit: Refusal | None = None
    settings: RegionSettings = field(default_factory=RegionSettings)


def proposing_side(partnership: Partnership) -> Side:
    if partnership.proposed_by is Role.COMPANY:
        return Side.HOST
    if partnership.proposed_by in (Role.HEAD, Role.TEACHER):
        return Side.SCHOOL
    return Side.COORDINATOR


PartnershipAttempt = Attempt[Partnership, Facts]
