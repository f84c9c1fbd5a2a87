"""What a partnership is, who acts on it, and what a decision about it needs to know."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from triskel.contracts.codes import (
    PartnershipReason,
    PartnershipRisk,
    PartnershipState,
    Role,
    Side,
)
from triskel.contracts.refusals import Conflict

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
WATCHED = frozenset({_S.SIGNED, _S.ACTIVE})
"""States in which one can be at risk: paused or unsigned ones are known to stand still."""
DEFAULT_ANSWER_DAYS = 30
LONGEST_ANSWER_DAYS = 90


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
    accepted_at: datetime | None = None
    signed_head: datetime | None = None
    signed_company: datetime | None = None
    signed_coordinator: datetime | None = None
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    reason: PartnershipReason | None = None
    renewal_of: UUID | None = None
    at_risk_since: datetime | None = None
    risks: tuple[PartnershipRisk, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What an amendment may change; null leaves it as it is."""

    starts_on: date | None = None
    ends_on: date | None = None
    goals: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts. `sides` holds what this caller may speak for in this partnership."""

    roles: frozenset[Role]
    sides: frozenset[Side]

    @property
    def side(self) -> Side:
        """The one side that history shows; a coordinator acts as such, whatever else it may be."""
        return next(s for s in (Side.COORDINATOR, Side.HOST, Side.SCHOOL) if s in self.sides)

    @property
    def role(self) -> Role:
        """The one role that history and events show."""
        match self.side:
            case Side.COORDINATOR:
                return Role.COORDINATOR
            case Side.HOST:
                return Role.COMPANY
            case Side.SCHOOL:
                return Role.HEAD if Role.HEAD in self.roles else Role.TEACHER


@dataclass(frozen=True)
class Facts:
    """What a decision needs beside the partnership. `capacity` None: no limit was stated;
    `renewed`: one of the next school year follows it, proposed or further. `unfit`: why one of the
    two takes on nothing new."""

    planned_activities: int = 0
    capacity: int | None = None
    carried: int = 0
    renewed: bool = False
    unfit: Conflict | None = None


def proposing_side(partnership: Partnership) -> Side:
    if partnership.proposed_by is Role.COMPANY:
        return Side.HOST
    if partnership.proposed_by in (Role.HEAD, Role.TEACHER):
        return Side.SCHOOL
    return Side.COORDINATOR
