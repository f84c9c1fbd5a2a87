"""School calendars of regions, as the registry told them."""

from collections import defaultdict
from collections.abc import Collection

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.calendars.rules import Calendar, SchoolYear
from triskel.activities.calendars.tables import CalendarRow
from triskel.contracts.days import zone_of

_YEAR = TypeAdapter(SchoolYear)


async def calendars_of(
    session: AsyncSession, regions: Collection[str], otherwise: str = "UTC"
) -> dict[str, Calendar]:
    """One query, however many regions. `otherwise` is the time zone of a region that has no
    calendar and whose country is not listed."""
    column = CalendarRow.__table__.c
    rows = await session.scalars(
        select(CalendarRow)
        .where(column.region.in_(sorted(regions)))
        .order_by(column.region, column.school_year)
    )
    known: dict[str, list[CalendarRow]] = defaultdict(list)
    for row in rows:
        known[row.region].append(row)
    return {region: _calendar(region, known[region], otherwise) for region in regions}


def _calendar(region: str, rows: list[CalendarRow], otherwise: str) -> Calendar:
    zone = rows[-1].time_zone if rows else zone_of(region, otherwise)
    return Calendar(zone, tuple(_YEAR.validate_python(row.model_dump()) for row in rows))


async def calendar_of(session: AsyncSession, region: str, otherwise: str) -> Calendar:
    """One region's, with every school year that is known."""
    return (await calendars_of(session, [region], otherwise))[region]
