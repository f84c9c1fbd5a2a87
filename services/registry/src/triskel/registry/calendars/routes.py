"""`/v1/calendars`: school calendars, per region and school year."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Events,
    IfMatchWhereKnown,
    Page,
    Paging,
    Router,
    Session,
    example,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import Day, OneLine, Region, SchoolYear, TimeZone
from triskel.chassis.paging import paginate
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.registry.calendars import commands as usecases
from triskel.registry.calendars import rules
from triskel.registry.calendars.tables import CalendarRow

router = Router(prefix="/v1/calendars", tags=["calendars"])

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Anybody = Annotated[Caller, allow()]
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

    def decided(self, school_year: str) -> rules.SchoolYear:
        return rules.SchoolYear(
            school_year=school_year,
            time_zone=self.time_zone,
            first_day=self.first_day,
            last_day=self.last_day,
            holidays=tuple(rules.Holiday(**h.model_dump()) for h in self.holidays),
            public_holidays=tuple(
                rules.PublicHoliday(**p.model_dump()) for p in self.public_holidays
            ),
            source=self.source,
        )


@router.get("", summary="Find school calendars")
async def find(
    page: Paging,
    _: Anybody,
    session: Session,
    region: Annotated[Region | None, Query()] = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
) -> Page[said.SchoolCalendar]:
    column = CalendarRow.__table__.c
    statement = select(CalendarRow)
    for name, value in {"region": region, "school_year": school_year}.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    keys = [column.region, column.school_year]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return Page(items=[usecases.state_of(row) for (row,) in rows], next=following)


@router.get("/{region}/{school_year}", summary="One region's school year")
async def show(
    _: Anybody,
    region: Annotated[Region, Path()],
    school_year: Annotated[SchoolYear, Path()],
    session: Session,
    response: Response,
) -> said.SchoolCalendar:
    row = await usecases.one(session, region, school_year)
    set_etag(response, row.version)
    return usecases.state_of(row)


@router.put("/{region}/{school_year}", summary="Set one region's school year")
async def put(
    caller: Coordinator,
    region: Annotated[Region, Path()],
    school_year: Annotated[SchoolYear, Path()],
    body: GivenCalendar,
    seen: IfMatchWhereKnown,
    request: Request,
    session: Session,
    events: Events,
    response: Response,
) -> said.SchoolCalendar:
    """With If-Match where there is one already."""
    caller.require_region(region)
    home_region(request, region)
    year = body.decided(school_year)
    calendar = await usecases.put(session, events, region, year, seen, Role.COORDINATOR)
    set_etag(response, calendar.version)
    return calendar
