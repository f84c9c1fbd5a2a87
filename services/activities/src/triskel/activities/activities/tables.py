"""Activities, their history, and what is due on a day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.database import Table
from triskel.activities.places.rules.places import next_deadline, positions, pupils_by_school
from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document, moment, optional_document
from triskel.contracts import activities as contract


class ActivityRow(Table, table=True):
    """`data` is the whole state; the other columns are what queries look for. `offer_day` is the
    local day on which it counts in its offer; `guests` are the organisations beside school and host
    that take part."""

    __tablename__ = "activities"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    format: str
    state: str
    school_year: str
    host_id: UUID
    school_id: UUID | None
    partnership_id: UUID | None
    drafted_at: datetime = moment()
    answer_by: datetime | None = moment()
    date_answer_by: datetime | None = moment()
    suspended_at: datetime | None = moment()
    starts_at: datetime | None = moment()
    ends_at: datetime | None = moment()
    delivered_at: datetime | None = moment()
    place_answer_by: datetime | None = moment()
    offer_id: UUID | None
    offer_day: date | None
    parent_id: UUID | None
    dossier_id: UUID | None = None
    archived: bool = False
    hidden: bool = False
    guests: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    data: dict[str, Any] = document()


class StepRow(Table, table=True):
    """Who, by role, did what and when; a postponed activity keeps its earlier slots here.

    `message` is what one side wrote to the other: people write names, so no event carries it.
    """

    __tablename__ = "activity_steps"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    version: int = Field(primary_key=True)
    action: str
    state: str
    by: str
    at: datetime = moment()
    reason: str | None
    message: str | None = None
    slot: dict[str, Any] | None = optional_document()


class DueRow(Table, table=True):
    """A milestone, or an action item with its owner. `due_at` is the end of the day `due_on` where
    the activity takes place."""

    __tablename__ = "dues"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    kind: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    region: str
    title: str
    owner_id: UUID | None
    due_on: date
    due_at: datetime = moment()
    done_at: datetime | None = moment()
    missed_at: datetime | None = moment()


def _columns(activity: Activity) -> dict[str, Any]:
    """What queries look for."""
    return {
        "id": activity.id,
        "version": activity.version,
        "region": activity.region,
        "format": activity.format,
        "state": activity.state,
        "school_year": activity.school_year,
        "host_id": activity.host_id,
        "school_id": activity.school_id,
        "partnership_id": activity.partnership_id,
        "drafted_at": activity.drafted_at,
        "answer_by": activity.answer_by,
        "date_answer_by": activity.date_proposal and activity.date_proposal.answer_by,
        "suspended_at": activity.suspension and activity.suspension.since,
        "starts_at": activity.slot.starts_at if activity.slot else None,
        "ends_at": activity.slot.ends_at if activity.slot else None,
        "delivered_at": activity.delivered_at,
        "place_answer_by": next_deadline(activity),
        "offer_id": activity.offer_id,
        "offer_day": activity.day if activity.offer_id is not None else None,
        "parent_id": activity.parent_id,
        "dossier_id": activity.dossier_id,
        "archived": activity.archived_at is not None,
        "hidden": activity.hidden_at is not None,
        "guests": sorted(activity.guests),
    }


def _derive(activity: Activity, told: dict[str, Any]) -> None:
    """The turn of each booking that waits, and what figures need: the day that a delivery counts
    on, and whether its people were counted before."""
    turns = positions(activity)
    for booking in told["bookings"]:
        booking["position"] = turns.get(booking["id"])
    told["schools"] = pupils_by_school(activity)
    told["delivered_on"] = activity.delivered_on
    for row in told["attendance"]:
        row["counted_before"] = activity.final


ACTIVITY = Shape(
    Activity,
    ActivityRow,
    contract.Activity,
    document="data",
    columns=_columns,
    # marks of single jurors, and what people wrote; schools are told with their pupils
    untold={"challenge.sheets", "task_force.minutes.text", "further_schools"},
    derived={
        *("bookings.position", "delivered_on", "attendance.counted_before"),
        *("schools", "schools.school_id", "schools.pupils", "schools.waiting"),
    },
    derive=_derive,
)
