"""What is sent to `/v1/calendars`, and asked of it."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from triskel.chassis.http import example
from triskel.chassis.http.values import Day, OneLine, Region, SchoolYear, TimeZone
from triskel.registry.calendars import rules
from triskel.registry.calendars.queries import CalendarFilter

_YEAR = TypeAdapter(rules.SchoolYear)
Title = Annotated[str, OneLine(shortest=2, longest=120, pattern=r"^[^<>]*$")]
Source = Annotated[str, OneLine(shortest=3, longest=500, pattern=r"^[^<>]*$")]


class GivenHoliday(BaseModel):
    """Days without school, both included."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    first: Day
    last: Day


class GivenPublicHoliday(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title
    day: Day


class GivenCalendar(BaseModel):
    """The first and the last day of school, and what lies between: in order, not overlapping."""

    model_config = example(
        time_zone="Europe/Paris",
        first_day="2025-09-01",
        last_day="2026-07-03",
        holidays=[
            {
                "title": "vacances de la Toussaint",
                "first": "2025-10-18",
                "last": "2025-11-02",
            }
        ],
        public_holidays=[{"title": "Armistice de 1918", "day": "2025-11-11"}],
        source="Arrêté du 7 décembre 2022, zone B",
    )

    time_zone: TimeZone
    first_day: Day
    last_day: Day
    holidays: list[GivenHoliday] = Field(default=[], max_length=40)
    public_holidays: list[GivenPublicHoliday] = Field(default=[], max_length=40)
    source: Source

    def to_domain(self, school_year: str) -> rules.SchoolYear:
        return _YEAR.validate_python(self.model_dump() | {"school_year": school_year})


async def _wanted(
    region: Annotated[Region | None, Query()] = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
) -> CalendarFilter:
    return CalendarFilter(region, school_year)


Wanted = Annotated[CalendarFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
