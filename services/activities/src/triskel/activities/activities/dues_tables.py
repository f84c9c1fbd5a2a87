"""What is due on a day, as lists and reminders look for it; the activity itself is the truth."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import moment


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
