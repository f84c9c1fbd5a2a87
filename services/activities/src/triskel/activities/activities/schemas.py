"""What callers send and get: bodies with their limits, answers with what is allowed now."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from triskel.activities.activities.actions import ACTIONS
from triskel.activities.activities.queries import ActivityFilter
from triskel.activities.activities.rules.activity import (
    ActivityAttempt,
    Attendance,
    BudgetLine,
    Slot,
)
from triskel.activities.activities.rules.coherence import proposed_attendance
from triskel.activities.activities.rules.deadlines import deadlines
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.activities.rules.transitions import Report
from triskel.activities.activities.tables import ACTIVITY
from triskel.activities.places.rules.places import free, places_of
from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Lines, Moment, OneLine, Region, SchoolYear
from triskel.contracts import activities as contract
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityReason,
    ActivityState,
    Audience,
    CorrectionReason,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.format_codes import DueKind
from triskel.contracts.money_codes import BudgetState, CostKind, Currency

Title = Annotated[str, OneLine(shortest=3, longest=200)]
Subject = Annotated[str, OneLine(shortest=2, longest=80)]
Line = Annotated[str, OneLine(longest=200)]
PlaceName = Annotated[str, OneLine(longest=200, shortest=0)]
Prose = Annotated[str, Lines(longest=4_000)]
DueOn = Annotated[Day, Field(ge=date(2020, 1, 1), lt=date(2100, 1, 1))]
AnswerDays = Annotated[
    int | None,
    Field(ge=1, le=60, description="within how many; null: `activity_answer_days` of its region"),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewActivity(Body):
    model_config = example(
        format="company-visit",
        title="Visite de l'atelier d'optique",
        school_year="2025-2026",
        host_id="0199a1b2-0002-7000-8000-000000000002",
        school_id="0199a1b2-0001-7000-8000-000000000001",
        partnership_id="0199a1b2-0014-7000-8000-000000000014",
        levels=["3"],
        capacity=35,
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

    def to_details(self, region: str, proposed_by: Side | None) -> dict[str, Any]:
        """The fields of a draft."""
        return self.model_dump() | {
            "region": region,
            "proposed_by": proposed_by,
            "levels": tuple(self.levels),
            "subjects": tuple(self.subjects),
        }


class EditBody(Body):
    model_config = example(title="Visite de l'atelier d'optique", capacity=32)

    title: Title | None = None
    levels: list[Isced] | None = Field(default=None, max_length=9)
    subjects: list[Subject] | None = Field(default=None, max_length=10)
    capacity: int | None = Field(default=None, ge=1, le=10_000)

    def to_changes(self) -> dict[str, Any]:
        """The fields that were given."""
        given = self.model_dump(exclude_unset=True)
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }


class ProposalBody(Body):
    model_config = example(answer_days=14)

    answer_days: AnswerDays = None


class ReasonBody(Body):
    model_config = example(reason="date-unsuitable")

    reason: ActivityReason


class ConfirmationBody(Body):
    model_config = example(preconditions=["transport-booked", "adults-named"])

    preconditions: list[Subject] = Field(
        default=[], max_length=20, description="those that are met"
    )


class SlotBody(Body):
    """Times carry a zone."""

    model_config = example(
        starts_at="2025-11-13T09:00:00+01:00", ends_at="2025-11-13T12:00:00+01:00", place="company"
    )

    starts_at: Moment
    ends_at: Moment
    place: PlaceKind
    place_name: PlaceName | None = None

    def to_domain(self, time_zone: str) -> Slot:
        return Slot(**self.model_dump(), time_zone=time_zone)


class GivenAttendance(Body):
    audience: Audience = Audience.PUPILS
    level: Isced | None = None
    girls: int = Field(default=0, ge=0, le=10_000)
    boys: int = Field(default=0, ge=0, le=10_000)
    undeclared: int = Field(default=0, ge=0, le=10_000)
    school_id: UUID | None = Field(default=None, description="whose, where several schools came")

    def to_domain(self) -> Attendance:
        return Attendance(**self.model_dump())


class ReportBody(Body):
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

    def to_domain(self) -> Report:
        return Report(
            self.outcome, tuple(row.to_domain() for row in self.attendance), self.attended
        )


class LateReportBody(ReportBody):
    """After its time, by the coordinator, who says why."""

    model_config = example(
        outcome="full",
        attendance=[{"level": "3", "girls": 14, "boys": 13, "undeclared": 1}],
        reason="reported-late",
    )

    reason: CorrectionReason


class EvaluationBody(Body):
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
    amount: int = Field(ge=0, le=100_000_000, description="in cents of the currency")
    currency: Currency = Currency.EUR
    funder_id: UUID | None = Field(
        default=None, description="the organisation that pays; null only while it is planned"
    )
    state: BudgetState
    in_kind: bool = False
    delegation: Region | None = Field(
        default=None, description="of a task-force meeting: the delegation that it is for"
    )

    def to_domain(self) -> BudgetLine:
        return BudgetLine(**self.model_dump())


class BudgetBody(Body):
    model_config = example(
        lines=[{"kind": "transport", "label": "Car", "amount": 42000, "state": "planned"}]
    )

    lines: list[GivenBudgetLine] = Field(max_length=100)

    def to_domain(self) -> list[BudgetLine]:
        return [line.to_domain() for line in self.lines]


class OverdueAnswer(BaseModel):
    """What should be done by now: a milestone, or an action item with its owner."""

    kind: DueKind
    number: int
    title: str
    owner_id: UUID | None
    due_on: date


class DeadlinesAnswer(BaseModel):
    """Until when what the state allows may be done; null where there is no limit."""

    answer_by: datetime | None = None
    confirm_by: datetime | None = Field(
        default=None, description="`formats.*.confirmation_days` of its region before it begins"
    )
    cancel_by: datetime | None = Field(
        default=None,
        description="later it counts as late; `formats.*.cancellation_days` before it begins",
    )
    correct_by: datetime | None = Field(
        default=None, description="`reporting.correction_hours` of its region after the end"
    )
    evaluate_by: datetime | None = Field(
        default=None,
        description="then it closes by itself: `reporting.close_after_days` after its report",
    )
    report_by: datetime | None = Field(
        default=None,
        description="then it closes by itself as not reported: `reporting.close_after_days` after "
        "its end",
    )


class UncheckedAnswer(BaseModel):
    """What could not be checked, although the request was accepted."""

    rule: str
    detail: str
    field: str


class ActivityAnswer(contract.Activity):
    """An activity, with what this caller may do with it now, and until when.

    `bookings` are everybody's for the sides, and for others those of their own organisation.
    `proposed_attendance` is what its teams, group or delegations let expect; a delivery that sends
    no attendance takes it.
    """

    places_free: int | None = None
    allowed_actions: tuple[str, ...] = ()
    overdue: tuple[OverdueAnswer, ...] = ()
    proposed_attendance: tuple[contract.Attendance, ...] = ()
    deadlines: DeadlinesAnswer = DeadlinesAnswer()
    warnings: tuple[UncheckedAnswer, ...] = ()

    @classmethod
    def of(cls, attempt: ActivityAttempt) -> Self:
        """Who is no side sees its own bookings only."""
        activity, actor = attempt.subject, attempt.actor
        answer = ACTIVITY.answer(
            cls,
            activity,
            places_free=None if places_of(activity) is None else max(0, free(activity)),
            allowed_actions=ACTIONS.allowed(attempt),
            overdue=[asdict(due) for due in dues_of(activity) if due.overdue(attempt.now)],
            proposed_attendance=[
                asdict(row) | {"counted_before": activity.final}
                for row in proposed_attendance(activity)
            ],
            deadlines=asdict(deadlines(activity, attempt.facts.settings)),
        )
        if actor.sides:
            return answer
        own = tuple(each for each in answer.bookings if each.organisation_id == actor.school)
        return answer.model_copy(update={"bookings": own})


class ActivityStep(BaseModel):
    version: int
    action: str
    state: ActivityState
    by: Role
    at: datetime
    reason: ActivityReason | None
    message: str | None = Field(default=None, description="for the two sides and the coordinator")
    slot: contract.Slot | None


async def _wanted(
    school_id: UUID | None = None,
    host_id: UUID | None = None,
    partnership_id: UUID | None = None,
    offer_id: UUID | None = None,
    parent_id: UUID | None = None,
    format: ActivityFormat | None = None,
    state: ActivityState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    starts_from: Annotated[Moment | None, Query()] = None,
    starts_before: Annotated[Moment | None, Query()] = None,
    archived: Annotated[bool, Query(description="also what is archived")] = False,
    sort: Annotated[
        Literal["drafted", "starts"],
        Query(description="`starts`: by date, and only what has one"),
    ] = "drafted",
) -> ActivityFilter:
    return ActivityFilter(
        school_id=school_id,
        host_id=host_id,
        partnership_id=partnership_id,
        offer_id=offer_id,
        parent_id=parent_id,
        format=format,
        state=state,
        school_year=school_year,
        starts_from=starts_from,
        starts_before=starts_before,
        archived=archived,
        by_date=sort == "starts",
    )


Wanted = Annotated[ActivityFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
