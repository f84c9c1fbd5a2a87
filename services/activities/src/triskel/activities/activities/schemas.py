"""What callers send and get: bodies with their limits, answers with what is allowed now."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from triskel.activities.activities.rules.activity import Attendance, BudgetLine
from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Lines, Moment, OneLine, Region, SchoolYear
from triskel.contracts import activities as said
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
)
from triskel.contracts.format_codes import DueKind

Title = Annotated[str, OneLine(shortest=3, longest=200)]
Subject = Annotated[str, OneLine(shortest=2, longest=80)]
Line = Annotated[str, OneLine(longest=200)]
PlaceName = Annotated[str, OneLine(longest=200, shortest=0)]
Prose = Annotated[str, Lines(longest=4_000)]
DueOn = Annotated[Day, Field(ge=date(2020, 1, 1), lt=date(2100, 1, 1))]
DEFAULT_ANSWER_DAYS = 14


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewActivity(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "format": "company-visit",
                    "title": "Visite de l'atelier d'optique",
                    "school_year": "2025-2026",
                    "host_id": "0199a1b2-0002-7000-8000-000000000002",
                    "school_id": "0199a1b2-0001-7000-8000-000000000001",
                    "partnership_id": "0199a1b2-0014-7000-8000-000000000014",
                    "levels": ["3"],
                    "capacity": 35,
                }
            ]
        },
    )

    format: ActivityFormat
    title: Title
    school_year: SchoolYear
    host_id: UUID
    school_id: UUID | None = None
    partnership_id: UUID | None = None
    levels: list[Isced] = Field(default=[], max_length=9)
    subjects: list[Subject] = Field(default=[], max_length=10)
    capacity: int | None = Field(default=None, ge=1, le=10_000)


class Edit(Body):
    model_config = example(title="Visite de l'atelier d'optique", capacity=32)

    title: Title | None = None
    levels: list[Isced] | None = Field(default=None, max_length=9)
    subjects: list[Subject] | None = Field(default=None, max_length=10)
    capacity: int | None = Field(default=None, ge=1, le=10_000)


class Propose(Body):
    model_config = example(answer_days=14)

    answer_days: int = Field(default=DEFAULT_ANSWER_DAYS, ge=1, le=60)


class Why(Body):
    model_config = example(reason="date-unsuitable")

    reason: ActivityReason


class Confirm(Body):
    model_config = example(preconditions=["transport-booked", "adults-named"])

    preconditions: list[Subject] = Field(
        default=[], max_length=20, description="those that are met"
    )


class GivenSlot(Body):
    """Times carry a zone."""

    model_config = example(
        starts_at="2025-11-13T09:00:00+01:00", ends_at="2025-11-13T12:00:00+01:00", place="company"
    )

    starts_at: Moment
    ends_at: Moment
    place: PlaceKind
    place_name: PlaceName | None = None


class GivenAttendance(Body):
    audience: Audience = Audience.PUPILS
    level: Isced | None = None
    girls: int = Field(default=0, ge=0, le=10_000)
    boys: int = Field(default=0, ge=0, le=10_000)
    undeclared: int = Field(default=0, ge=0, le=10_000)

    def decided(self) -> Attendance:
        return Attendance(**self.model_dump())


class Delivered(Body):
    model_config = example(
        outcome="full", attendance=[{"level": "3", "girls": 14, "boys": 13, "undeclared": 1}]
    )

    outcome: DeliveryOutcome
    attendance: list[GivenAttendance] = Field(default=[], max_length=40)
    attended: list[UUID] | None = Field(
        default=None,
        max_length=200,
        description="bookings of who came; the others that had a place are absent; null marks none",
    )


class Ticks(Body):
    """The four ticks of a meaningful encounter (Gatsby), and additionality."""

    model_config = example(
        purpose=True, outcomes=True, two_way=True, reflection=False, satisfaction=4
    )

    purpose: bool
    outcomes: bool
    two_way: bool
    reflection: bool
    would_have_happened_anyway: bool | None = None
    satisfaction: int | None = Field(default=None, ge=1, le=5)


class GivenBudgetLine(Body):
    kind: CostKind
    label: Line
    amount: int = Field(ge=0, le=100_000_000, description="EUR cents")
    funder_id: UUID | None = None
    state: BudgetState
    in_kind: bool = False
    delegation: Region | None = Field(
        default=None, description="of a task-force meeting: the delegation that it is for"
    )

    def decided(self) -> BudgetLine:
        return BudgetLine(**self.model_dump())


class Budget(Body):
    model_config = example(
        lines=[{"kind": "transport", "label": "Car", "amount": 42000, "state": "planned"}]
    )

    lines: list[GivenBudgetLine] = Field(max_length=100)


class Overdue(BaseModel):
    """What should be done by now: a milestone, or an action item with its owner."""

    kind: DueKind
    number: int
    title: str
    owner_id: UUID | None
    due_on: date


class Deadlines(BaseModel):
    """Until when what the state allows may be done; null where there is no limit."""

    answer_by: datetime | None = None
    confirm_by: datetime | None = None
    cancel_by: datetime | None = Field(default=None, description="later it counts as late")
    correct_by: datetime | None = None
    evaluate_by: datetime | None = Field(default=None, description="then it closes by itself")


class Warned(BaseModel):
    """What could not be checked, although the request was accepted."""

    rule: str
    detail: str
    field: str


class Answer(said.Activity):
    """An activity, with what this caller may do with it now, and until when.

    `bookings` are everybody's for the sides, and for others those of their own organisation.
    `proposed_attendance` is what its teams, group or delegations let expect; a delivery that sends
    no attendance takes it.
    """

    places_free: int | None = None
    allowed_actions: tuple[str, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    proposed_attendance: tuple[said.Attendance, ...] = ()
    deadlines: Deadlines = Deadlines()
    warnings: tuple[Warned, ...] = ()


class Step(BaseModel):
    version: int
    action: str
    state: ActivityState
    by: Role
    at: datetime
    reason: ActivityReason | None
    message: str | None = Field(default=None, description="for the two sides and the coordinator")
    slot: said.Slot | None
