"""School calendars: a row for each region and school year."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document
from triskel.contracts import registry as contract
from triskel.registry.calendars.rules import SchoolCalendar
from triskel.registry.database import Table


class CalendarRow(Table, table=True):
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
    source: str


CALENDAR = Shape(SchoolCalendar, CalendarRow, contract.SchoolCalendar)
