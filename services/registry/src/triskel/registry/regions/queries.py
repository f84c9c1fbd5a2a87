"""What is read of regions."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.regions import settings_in
from triskel.contracts.days import day_in
from triskel.contracts.registry import RegionSettings, region_id, region_settings
from triskel.registry.regions.rules import Region
from triskel.registry.regions.tables import REGION, RegionRow


async def home_regions(session: AsyncSession) -> list[Region]:
    """All that are at home here, by their codes: a deployment has a handful."""
    rows = await session.scalars(select(RegionRow).order_by(col(RegionRow.region)))
    return [REGION.to_domain(row) for row in rows]


async def settings_of(session: AsyncSession, region: str) -> RegionSettings:
    """What a region decides for itself, or what its country has where it is not known here."""
    return settings_in(region, await session.get(RegionRow, region_id(region)))


def school_year_began(region: ColumnElement[str], now: datetime) -> ColumnElement[str]:
    """The first year of the school year that it is now in the region of a row, such as `2025`; a
    region that is not open yet has a school year from September to August."""
    own = RegionRow.__table__.c
    starts, zone = (own.settings[name].astext for name in ("school_year_starts", "time_zone"))
    months, days = (func.substr(starts, first, 2).cast(Integer) - 1 for first in (1, 4))
    since = func.timezone(zone, now) - func.make_interval(0, months, 0, days)
    known = select(func.to_char(since, "YYYY")).where(own.region == region).scalar_subquery()
    usual = region_settings("")
    return func.coalesce(known, usual.school_year_of(day_in(now, usual.time_zone))[:4])
