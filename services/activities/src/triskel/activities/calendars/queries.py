"""School calendars of regions, as the registry told them."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.calendars.rules import Calendar, SchoolYear
from triskel.activities.calendars.tables import CalendarRow
from triskel.activities.projections import RegionRow
from triskel.chassis.regions import settings_in
from triskel.contracts.days import zone_of

_YEAR = TypeAdapter(SchoolYear)


async def calendars_of(
    session: AsyncSession, regions: Collection[str], otherwise: str = "UTC"
) -> dict[str, Calendar]:
    """One query, however many regions. `otherwise` is the time zone of a region that is
    not known and whose country is not listed."""
    year, setting = CalendarRow.__table__.c, RegionRow.__table__.c
    wanted = sorted(regions)
    found = await session.execute(
        select(CalendarRow, RegionRow)
        .join(RegionRow, setting.region == year.region, full=True)
        .where(year.region.in_(wanted) | setting.region.in_(wanted))
    )
    years: dict[str, list[CalendarRow]] = defaultdict(list)
    settings: dict[str, RegionRow] = {}
    for calendar, region in found:
        if calendar is not None:
            years[calendar.region].append(calendar)
        if region is not None:
            settings[region.region] = region
    return {
        region: calendar_from(region, years[region], settings.get(region), otherwise)
        for region in regions
    }


def calendar_from(
    region: str, rows: Sequence[CalendarRow], settings: RegionRow | None, otherwise: str
) -> Calendar:
    """A region's calendar, of its rows."""
    rows = sorted(rows, key=lambda row: row.school_year)
    decided = settings_in(region, settings)
    unsaid = decided.time_zone if settings else zone_of(region, otherwise)
    return Calendar(
        rows[-1].time_zone if rows else unsaid,
        tuple(_YEAR.validate_python(row.model_dump()) for row in rows),
        decided,
    )


async def calendar_of(session: AsyncSession, region: str, otherwise: str) -> Calendar:
    """One region's, with every school year that is known."""
    return (await calendars_of(session, [region], otherwise))[region]
