"""School calendars, as the registry told them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import document


class CalendarRow(Table, table=True):
    """Projection of registry.calendars."""

    __tablename__ = "calendars"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    school_year: str
    time_zone: str
    first_day: date
    last_day: date
    holidays: list[dict[str, Any]] = document()
    public_holidays: list[dict[str, Any]] = document()
