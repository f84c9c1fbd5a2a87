"""School calendars, as the registry told them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from triskel.activities.database import Table


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
    holidays: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    public_holidays: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
