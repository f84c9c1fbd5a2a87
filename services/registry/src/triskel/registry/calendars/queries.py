"""What is read of school calendars: by people, and for counting a region's school time."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts import registry as contract
from triskel.registry.calendars.refusals import CalendarUnknown
from triskel.registry.calendars.rules import Calendar, SchoolYear, calendar_id
from triskel.registry.calendars.tables import CALENDAR, CalendarRow
from triskel.registry.regions.queries import settings_of

_YEAR = TypeAdapter(SchoolYear)
_own = CalendarRow.__table__.c


async def get(session: AsyncSession, region: str, school_year: str) -> contract.SchoolCalendar:
    """Raises `CalendarUnknown`."""
    row = await session.get(CalendarRow, calendar_id(region, school_year))
    if row is None:
        raise CalendarUnknown(region=region, school_year=school_year, value=school_year)
    return _public(row)


async def calendar_of(session: AsyncSession, region: str) -> Calendar:
    """All known school years of a region; of a region without one every weekday is school."""
    of_region = select(CalendarRow).where(_own.region == region).order_by(_own.school_year)
    rows = await session.scalars(of_region)
    years = tuple(_YEAR.validate_python(row.model_dump()) for row in rows)
    return Calendar(years, await settings_of(session, region))


@dataclass(frozen=True)
class CalendarFilter:
    """What is looked for; None does not filter."""

    region: str | None = None
    school_year: str | None = None


async def search(
    session: AsyncSession, wanted: CalendarFilter, page: PageRequest
) -> tuple[list[contract.SchoolCalendar], str | None]:
    """A page of calendars, and the cursor of the next."""
    statement = select(CalendarRow)
    for name, value in vars(wanted).items():
        if value is not None:
            statement = statement.where(_own[name] == value)
    keys = [_own.region, _own.school_year]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [_public(row) for (row,) in rows], following


def _public(row: CalendarRow) -> contract.SchoolCalendar:
    return CALENDAR.answer(contract.SchoolCalendar, CALENDAR.to_domain(row))
