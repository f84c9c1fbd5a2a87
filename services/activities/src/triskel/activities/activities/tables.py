"""Activities and their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import moment


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
    starts_at: datetime | None = moment()
    delivered_at: datetime | None = moment()
    place_answer_by: datetime | None = moment()
    offer_id: UUID | None
    offer_day: date | None
    parent_id: UUID | None
    guests: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


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
    slot: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
