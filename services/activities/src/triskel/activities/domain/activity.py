"""What an activity is, who acts on it, and what a decision needs to know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from triskel.activities.domain.details import (
    Booking,
    Lesson,
    Masterclass,
    Registration,
    Visit,
)
from triskel.activities.domain.formats import FORMATS, Format
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    Audience,
    BudgetState,
    CostKind,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Role,
    Side,
)


@dataclass(frozen=True)
class Slot:
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    place: PlaceKind
    place_name: str | None = None


@dataclass(frozen=True)
class Attendance:
    """Counts of one level; `girls` and `boys` are women and men where adults are counted."""

    audience: Audience
    level: Isced | None
    girls: int
    boys: int
    undeclared: int

    @property
    def people(self) -> int:
        return self.girls + self.boys + self.undeclared


@dataclass(frozen=True)
class Evaluation:
    side: Side
    at: datetime
    purpose: bool
    outcomes: bool
    two_way: bool
    reflection: bool
    would_have_happened_anyway: bool | None = None
    satisfaction: int | None = None


@dataclass(frozen=True)
class BudgetLine:
    """`amount` in EUR cents."""

    kind: CostKind
    label: str
    amount: int
    state: BudgetState
    funder_id: UUID | None = None
    in_kind: bool = False


@dataclass(frozen=True)
class Activity:
    """The whole state; the fields are those of the contract."""

    id: UUID
    region: str
    version: int
    format: ActivityFormat
    state: ActivityState
    title: str
    school_year: str
    host_id: UUID
    school_id: UUID | None
    partnership_id: UUID | None
    proposed_by: Side
    drafted_at: datetime
    levels: tuple[Isced, ...] = ()
    subjects: tuple[str, ...] = ()
    capacity: int | None = None
    proposed_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    slot: Slot | None = None
    slot_changes: int = 0
    postponements: int = 0
    confirmed_at: datetime | None = None
    started_at: datetime | None = None
    delivered_at: datetime | None = None
    outcome: DeliveryOutcome | None = None
    attendance: tuple[Attendance, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: ActivityReason | None = None
    ended_by: Side | None = None
    late: bool = False
    places: int | None = None
    bookings: tuple[Booking, ...] = ()
    lesson: Lesson | None = None
    visit: Visit | None = None
    masterclass: Masterclass | None = None
    registration: Registration | None = None
    offer_id: UUID | None = None
    wished: tuple[Slot, ...] = ()

    @property
    def form(self) -> Format:
        return FORMATS[self.format]

    @property
    def evaluating_sides(self) -> frozenset[Side]:
        """Both sides evaluate; without a school, the host and the coordinator."""
        other = Side.SCHOOL if self.school_id is not None else Side.COORDINATOR
        return frozenset({Side.HOST, other})


@dataclass(frozen=True)
class Actor:
    """Who acts: roles, and the sides of this activity that the caller may speak for.

    `school` is the school of the activity's region that a head or teacher speaks for, whether it is
    a side of the activity or not.
    """

    roles: frozenset[Role]
    sides: frozenset[Side]
    school: UUID | None = None

    @property
    def role(self) -> Role:
        """The one role that history and events show."""
        if Side.COORDINATOR in self.sides:
            return Role.COORDINATOR
        if Side.HOST in self.sides:
            return Role.COMPANY
        return Role.HEAD if Role.HEAD in self.roles else Role.TEACHER

    @property
    def side(self) -> Side:
        """The one side that speaks; only called for somebody who has one."""
        order = (Side.COORDINATOR, Side.HOST, Side.SCHOOL)
        return next(side for side in order if side in self.sides)


@dataclass(frozen=True)
class Facts:
    """What events told of the others. Text says why not; None means that nothing stands against.

    `school`, `host`: why this organisation cannot take part. `partnership`: why it does not carry
    the activity.
    """

    school: str | None = None
    host: str | None = None
    partnership: str | None = None
