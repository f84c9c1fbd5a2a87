"""What an activity is, who acts on it, and what a decision needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.rules.challenge import Challenge
from triskel.activities.activities.rules.details import (
    Booking,
    Lesson,
    Masterclass,
    Registration,
    Visit,
)
from triskel.activities.activities.rules.formats import FORMATS, Format
from triskel.activities.activities.rules.meeting import TaskForce
from triskel.activities.activities.rules.research import Research
from triskel.chassis.actions import Attempt, Change
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    Audience,
    Cause,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Side,
)
from triskel.contracts.days import day_in, zone_of
from triskel.contracts.format_codes import ChallengeStage
from triskel.contracts.money_codes import BudgetState, CostKind, Currency
from triskel.contracts.registry import RegionSettings
from triskel.contracts.registry_codes import ReportCategory


@dataclass(frozen=True)
class Slot:
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    place: PlaceKind
    place_name: str | None = None


@dataclass(frozen=True)
class Attendance:
    """Counts of one level; `girls` and `boys` are women and men where adults are counted. Of
    several schools `school_id` says whose."""

    audience: Audience
    level: Isced | None
    girls: int
    boys: int
    undeclared: int
    school_id: UUID | None = None

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
    """`amount` in cents of its currency; `funder_id` null: nobody has said who pays."""

    kind: CostKind
    label: str
    amount: int
    state: BudgetState
    funder_id: UUID | None = None
    in_kind: bool = False
    delegation: str | None = None
    currency: Currency = Currency.EUR


@dataclass(frozen=True)
class Approvals:
    """When each side said yes; null: not yet."""

    school: datetime | None = None
    host: datetime | None = None
    coordinator: datetime | None = None

    @property
    def given(self) -> frozenset[Side]:
        return frozenset(side for side in Side if getattr(self, side) is not None)

    def with_yes(self, side: Side, at: datetime) -> "Approvals":
        return replace(self, **{side: at})


@dataclass(frozen=True)
class DateProposal:
    """Another slot, which not all whose yes it needs have agreed to yet."""

    slot: Slot
    proposed_by: Side
    proposed_at: datetime
    answer_by: datetime
    approvals: Approvals = Approvals()


@dataclass(frozen=True)
class Suspension:
    """What it hangs on is suspended."""

    since: datetime
    cause: Cause


@dataclass(frozen=True)
class Activity:
    """The whole state; the fields are those of the contract. `further_schools` may bring classes
    beside `school_id`. What is archived is in no usual list; what is hidden is seen by its sides
    and the coordinator alone."""

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
    approvals: Approvals = Approvals()
    slot: Slot | None = None
    date_proposal: DateProposal | None = None
    slot_changes: int = 0
    postponements: int = 0
    confirmed_at: datetime | None = None
    started_at: datetime | None = None
    to_report_at: datetime | None = None
    report_reminded: int | None = None
    unreported: bool = False
    delivered_at: datetime | None = None
    outcome: DeliveryOutcome | None = None
    attendance: tuple[Attendance, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: ActivityReason | None = None
    ended_by: Side | None = None
    cause: Cause | None = None
    suspension: Suspension | None = None
    late: bool = False
    places: int | None = None
    bookings: tuple[Booking, ...] = ()
    further_schools: tuple[UUID, ...] = ()
    lesson: Lesson | None = None
    visit: Visit | None = None
    masterclass: Masterclass | None = None
    registration: Registration | None = None
    offer_id: UUID | None = None
    unpartnered: bool = False
    wished: tuple[Slot, ...] = ()
    archived_at: datetime | None = None
    hidden_at: datetime | None = None
    hidden_reason: ReportCategory | None = None
    parent_id: UUID | None = None
    stage: ChallengeStage | None = None
    challenge: Challenge | None = None
    research: Research | None = None
    task_force: TaskForce | None = None

    @property
    def time_zone(self) -> str:
        """In which its days are counted: of its date, of the first wished for, or its region's."""
        slot = self.slot or (self.wished[0] if self.wished else None)
        return slot.time_zone if slot else zone_of(self.region)

    @property
    def day(self) -> date | None:
        """The local day on which it counts: of its slot, or of the first one wished for."""
        slot = self.slot or (self.wished[0] if self.wished else None)
        return day_in(slot.starts_at, slot.time_zone) if slot else None

    @property
    def delivered_on(self) -> date | None:
        """The local day on which it took place, or ended: whenever that was reported."""
        if self.delivered_at is None or self.slot is None:
            return None
        return day_in(self.slot.ends_at, self.slot.time_zone)

    @property
    def form(self) -> Format:
        return FORMATS[self.format]

    @property
    def final(self) -> bool:
        """Teams of several schools meet in a final, so it has no school and no partnership."""
        return self.parent_id is not None

    @property
    def dossier_id(self) -> UUID | None:
        """Of a meeting: which other meetings it belongs together with."""
        part = self.task_force.dossier if self.task_force is not None else None
        return None if part is None else part.dossier_id

    @property
    def needs_school(self) -> bool:
        return self.form.needs_school and not self.final

    @property
    def needs_partnership(self) -> bool:
        return self.form.needs_partnership and not self.final and not self.unpartnered

    @property
    def guests(self) -> frozenset[UUID]:
        """Organisations beside the two sides that take part: they may read it."""
        found: set[UUID | None] = set(self.further_schools)
        if self.challenge is not None:
            found |= {team.school_id for team in self.challenge.teams}
        if self.task_force is not None:
            found |= {each.organisation_id for each in self.task_force.delegations}
            found |= {each.organisation_id for each in self.task_force.guests}
            found |= {each.organisation_id for each in self.task_force.visits}
            found |= {item.owner_id for item in self.task_force.action_items}
        return frozenset(each for each in found if each is not None)

    @property
    def partners(self) -> frozenset[Side]:
        """The two who say yes and who evaluate: school and host; without a school, the coordinator
        and the host."""
        other = Side.SCHOOL if self.school_id is not None else Side.COORDINATOR
        return frozenset({Side.HOST, other})


Why = Mapping[str, str]
"""Why something cannot take part, in each language of refusals."""


@dataclass(frozen=True)
class Facts:
    """What events told of the others; None means that nothing stands against.

    `settings`: what its region decides for itself.
    `school`, `host`: why this organisation cannot take part. `partnership`: why it does not carry
    the activity. `void_finals` are those of the finals that its teams went on to which will not
    take place; `other_parts` are the states of the parts before and after it in its dossier.
    """

    school: Why | None = None
    host: Why | None = None
    partnership: Why | None = None
    void_finals: frozenset[UUID] = frozenset()
    other_parts: Mapping[UUID, ActivityState] = field(default_factory=dict)
    settings: RegionSettings = field(default_factory=RegionSettings)


ActivityAttempt = Attempt[Activity, Facts]
ActivityChange = Change[Activity]


_DATE_AHEAD = frozenset({ActivityState.SCHEDULED, ActivityState.CONFIRMED})
_PLANNED = _DATE_AHEAD | {ActivityState.ACCEPTED}


def becomes(activity: Activity, **changes: Any) -> Activity:
    """One version on. Of what has begun, or will not take place, no other date is proposed, and
    nothing is suspended."""
    following = replace(activity, version=activity.version + 1, **changes)
    if following.date_proposal is not None and following.state not in _DATE_AHEAD:
        following = replace(following, date_proposal=None)
    if following.suspension is not None and following.state not in _PLANNED:
        following = replace(following, suspension=None)
    return following
