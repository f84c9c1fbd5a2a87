"""What the activities service says of activities: one lifecycle, in seven formats."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.activities.challenges import Challenge
from triskel.contracts.activities.meetings import TaskForce
from triskel.contracts.activities.places import (
    Booking,
    Lesson,
    Masterclass,
    Registration,
    TakingPart,
    Visit,
)
from triskel.contracts.activities.research import Research
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    Audience,
    Cause,
    CorrectionReason,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Region,
    Role,
    SchoolYear,
    Side,
    TimeZone,
)
from triskel.contracts.event import Aggregate, Event, Part
from triskel.contracts.format_codes import ChallengeStage
from triskel.contracts.money_codes import BudgetState, CostKind, Currency
from triskel.contracts.registry_codes import ReportCategory


class Slot(Part):
    """When and where. Times carry a zone; `time_zone` is how people there read them."""

    starts_at: datetime
    ends_at: datetime
    time_zone: TimeZone
    place: PlaceKind
    place_name: str | None = None


class Attendance(Part):
    """Counts of one level: never persons. `undeclared`: sex not declared."""

    audience: Audience = Audience.PUPILS
    level: Isced | None = Field(default=None, description="null for adults")
    girls: int = Field(default=0, ge=0, description="or women, for adults")
    boys: int = Field(default=0, ge=0, description="or men, for adults")
    undeclared: int = Field(default=0, ge=0)
    school_id: UUID | None = Field(
        default=None, description="of several schools: whose; null: the activity's own"
    )
    counted_before: bool = Field(
        default=False,
        description="of a final: these people were counted in the challenges that they come from",
    )


class Evaluation(Part):
    """One side's view: the four ticks of a meaningful encounter (Gatsby), and additionality."""

    side: Side
    at: datetime
    purpose: bool
    outcomes: bool
    two_way: bool
    reflection: bool
    would_have_happened_anyway: bool | None = None
    satisfaction: int | None = Field(default=None, ge=1, le=5)


class BudgetLine(Part):
    """`amount` in the minor unit of `currency`, so that sums are exact. `funder_id`: the
    organisation that pays; null: nobody has said so yet. `delegation`: the region whose delegation
    to a task-force meeting it is for."""

    kind: CostKind
    label: str
    amount: int = Field(ge=0, description="in cents of the currency")
    currency: Currency = Currency.EUR
    funder_id: UUID | None = None
    state: BudgetState
    in_kind: bool = False
    delegation: Region | None = None


class Approvals(Part):
    """When each side said yes; null: not yet. Who proposes says yes by it. Where there is no
    school, the coordinator is the other side."""

    school: datetime | None = None
    host: datetime | None = None
    coordinator: datetime | None = None


class DateProposal(Part):
    """Another slot, which one side proposes for what has one: it becomes the activity's once all
    others whose yes it needs have agreed; until then the old one stands. Whoever proposes says yes
    by it."""

    slot: Slot
    proposed_by: Side
    proposed_at: datetime
    answer_by: datetime
    approvals: Approvals = Approvals()


class Suspension(Part):
    """A side, or the partnership, is suspended: nothing is done with what is planned until it is
    reinstated; where its date comes before that, it is called off."""

    since: datetime
    cause: Cause


class Activity(Aggregate):
    """`host_id` is who receives or comes: a company, mostly. A task-force meeting has no school.

    `slot_changes` rises with each change of the slot (iCalendar SEQUENCE).
    `answer_by` is the deadline of a proposal. `capacity` is in persons.
    `offer_id` is the host's offer that it was made from; with `unpartnered` a school asked from it
    that has no partnership with the host, and needs none for it. `wished` are the slots that would
    suit the asking side, the best first: until there is a slot, the first one says when it counts.
    """

    format: ActivityFormat
    state: ActivityState
    title: str
    school_year: SchoolYear
    host_id: UUID
    school_id: UUID | None = None
    partnership_id: UUID | None = None
    proposed_by: Side
    levels: tuple[Isced, ...] = ()
    subjects: tuple[str, ...] = ()
    capacity: int | None = Field(default=None, ge=1)
    drafted_at: datetime
    proposed_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    approvals: Approvals = Approvals()
    slot: Slot | None = None
    date_proposal: DateProposal | None = None
    slot_changes: int = Field(default=0, ge=0)
    postponements: int = Field(default=0, ge=0)
    confirmed_at: datetime | None = None
    started_at: datetime | None = None
    to_report_at: datetime | None = Field(
        default=None, description="since when its report is missing; null: it is not, or not yet"
    )
    report_reminded: int | None = Field(
        default=None,
        ge=1,
        description="days after its end: the latest stage of its region (setting "
        "`reporting.reminder_days`) on which who must report was reminded",
    )
    unreported: bool = Field(default=False, description="closed without a report")
    delivered_at: datetime | None = Field(default=None, description="when it was reported")
    delivered_on: date | None = Field(
        default=None,
        description="the day on which it took place, or ended, where it was: figures count it then",
    )
    outcome: DeliveryOutcome | None = None
    attendance: tuple[Attendance, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: ActivityReason | None = None
    ended_by: Side | None = Field(default=None, description="who declined, withdrew or cancelled")
    cause: Cause | None = Field(
        default=None, description="what happened to a side, or to the partnership, that ended it"
    )
    suspension: Suspension | None = None
    late: bool = Field(default=False, description="cancelled after the format's limit")
    places: int | None = Field(default=None, ge=1, description="null: as many as the capacity")
    bookings: tuple[Booking, ...] = ()
    schools: tuple[TakingPart, ...] = Field(
        default=(), description="where several take part: each, the first being `school_id`"
    )
    lesson: Lesson | None = None
    visit: Visit | None = None
    masterclass: Masterclass | None = None
    registration: Registration | None = None
    offer_id: UUID | None = None
    unpartnered: bool = False
    wished: tuple[Slot, ...] = ()
    archived_at: datetime | None = Field(default=None, description="then it is in no usual list")
    hidden_at: datetime | None = Field(
        default=None, description="then its sides and the coordinator alone see it"
    )
    hidden_reason: ReportCategory | None = None
    parent_id: UUID | None = Field(default=None, description="of a final: what it is the final of")
    stage: ChallengeStage | None = None
    challenge: Challenge | None = None
    research: Research | None = None
    task_force: TaskForce | None = None


class ActivityEvent(Event):
    owner: ClassVar[str] = "activities"
    topic: ClassVar[str] = "activities.activities"
    activity: Activity
    by: Role

    @property
    def aggregate(self) -> Activity:
        return self.activity


class ActivityDrafted(ActivityEvent):
    """Somebody began to write it down."""


class ActivityEdited(ActivityEvent):
    """The draft's or the proposal's details changed."""


class ActivityProposed(ActivityEvent):
    """The other side is asked and answers before `activity.answer_by`; what the coordinator
    proposes to a school and a host, both answer."""


class ActivityPartiallyAccepted(ActivityEvent):
    """One side said yes to what the coordinator proposed; the other has not answered yet."""


class ActivityAccepted(ActivityEvent):
    """Both sides have said yes."""


class ActivityDeclined(ActivityEvent):
    """The asked side said no; `activity.reason` says why."""


class ActivityWithdrawn(ActivityEvent):
    """The asking side took it back."""


class ActivityExpired(ActivityEvent):
    """Nobody answered before the deadline."""


class ActivityScheduled(ActivityEvent):
    """It has a slot."""


class ActivityConfirmed(ActivityEvent):
    """The head of school said yes and the preconditions are ticked."""


class ActivityStarted(ActivityEvent):
    """It is happening."""


class ActivityToReport(ActivityEvent):
    """It is over, and nobody has said how it went: once for each stage of its region's reminders,
    in days after its end; of those that are due at once the latest alone. With the `last` the
    coordinator should hear of it, too."""

    after_days: int | None = Field(default=None, ge=1)
    last: bool = False


class ActivityDelivered(ActivityEvent):
    """It took place, in full, in part, or nobody came; attendance is counted."""


class ActivityCorrected(ActivityEvent):
    """The attendance or outcome was put right within 48 hours after the end; or later, by the
    coordinator, who says why."""

    reason: CorrectionReason | None = None


class ActivityEvaluationRecorded(ActivityEvent):
    """One side evaluated; the other has not yet."""


class ActivityEvaluated(ActivityEvent):
    """Both sides evaluated."""


class ActivityClosed(ActivityEvent):
    """Nothing more is expected, whether evaluated or not; `activity.unreported`: nobody said how it
    went."""


class ActivityCancelled(ActivityEvent):
    """It will not take place; `ended_by`, `reason` and `late` tell the rest."""


class ActivitySuspended(ActivityEvent):
    """What it hangs on is suspended, as `activity.suspension` says: it keeps its date, and is
    called off if nothing changes until then."""


class ActivityResumed(ActivityEvent):
    """What it hangs on is reinstated: it goes on as it was."""


class ActivityGuestsLeft(ActivityEvent):
    """These took part beside the two sides, and have left the platform or were closed: they have no
    places, delegations and visits in it any more."""

    organisation_ids: tuple[UUID, ...]


class ActivityPostponed(ActivityEvent):
    """It got another slot; `previous` is the one it had."""

    previous: Slot


class ActivityDateProposed(ActivityEvent):
    """One side would like another date, `activity.date_proposal`; the old one stands until all have
    agreed, which is said by `ActivityPostponed`."""


class ActivityDatePartiallyAgreed(ActivityEvent):
    """One of two whose yes the proposed date needs has agreed."""


class ActivityDateDeclined(ActivityEvent):
    """A side that was asked said no to another date, and why: the old one stands."""

    refused: DateProposal
    reason: ActivityReason


class ActivityDateWithdrawn(ActivityEvent):
    """Who proposed another date took it back: the old one stands."""

    refused: DateProposal


class ActivityDateLapsed(ActivityEvent):
    """Not all agreed to another date in time: the old one stands."""

    refused: DateProposal


class ActivityLeft(ActivityEvent):
    """One side left in time what was accepted: it will not take place; `ended_by` and `reason` tell
    who and why."""


class ActivityArchived(ActivityEvent):
    """It is over, and no usual list shows it any more."""


class ActivityUnarchived(ActivityEvent):
    """Usual lists show it again."""


class ActivityHidden(ActivityEvent):
    """The coordinator took it out of the sight of everybody but its sides;
    `activity.hidden_reason` says why."""


class ActivityShown(ActivityEvent):
    """Everybody who may see it does so again."""


class ActivityBudgetSet(ActivityEvent):
    """The cost lines changed."""
