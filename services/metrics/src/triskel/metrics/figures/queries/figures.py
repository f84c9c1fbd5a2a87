"""The figures of a region: counted from the projections, decided by the domain."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from triskel.chassis.regions import settings_in
from triskel.contracts.registry import RegionSettings
from triskel.metrics.figures.queries import counts
from triskel.metrics.figures.rules import participation, pupils, uptake
from triskel.metrics.figures.rules.figures import Figure, Frame
from triskel.metrics.projections import RegionRow


async def settings_of(session: AsyncSession, region: str) -> RegionSettings:
    """What the region decides for itself, or what its country has."""
    known = await session.scalar(select(RegionRow).where(RegionRow.region == region))
    return settings_in(region, known)


async def figures_of(
    session: AsyncSession,
    region: str,
    own: RegionSettings,
    as_of: date,
    *,
    school_year: str | None = None,
    schools: bool = False,
) -> list[Figure]:
    """All figures of a region, with its `own` settings, as of the end of a day, of one school year
    or of every one that it has facts of. `schools` adds the rows of single schools (indicator 8).
    """
    found: list[Figure] = []
    for year in await counts.years(session, region):
        first, last = own.days_of(year)
        if school_year in (None, year) and first <= as_of:
            # a year that is over is looked at on its last day
            frame = Frame(region, year, min(as_of, last))
            found += await _of_the_platform(session, frame, _where(frame, own))
    for year in await counts.choice_years(session, region[:2]):
        if school_year in (None, year):
            frame = Frame(region, year, as_of)
            lycees = await counts.lycees(session, _where(frame, own), region[:2])
            found += uptake.figures(frame, lycees)
            if schools:
                found += uptake.by_school(frame, lycees)
    return found


async def _of_the_platform(
    session: AsyncSession, frame: Frame, where: counts.Where
) -> Sequence[Figure]:
    return [
        *participation.school_figures(frame, *await counts.schools(session, where)),
        *participation.partnership_figures(frame, await counts.partnerships(session, where)),
        *pupils.figures(
            frame,
            *await counts.pupils(session, where),
            await counts.enrolment(session, where),
            await counts.references(session, where),
        ),
        *participation.format_figures(frame, await counts.delivered_by_format(session, where)),
        *participation.message_figures(frame, await counts.messages(session, where)),
    ]


def _where(frame: Frame, own: RegionSettings) -> counts.Where:
    year, zone = int(frame.school_year[:4]), ZoneInfo(own.time_zone)
    first, last = own.days_of(frame.school_year)
    return {
        "region": frame.region,
        "year": frame.school_year,
        "previous": f"{year - 1}-{year}",
        "since": _midnight(first, zone),
        "until": _midnight(frame.as_of + timedelta(days=1), zone),
        "as_of": frame.as_of,
        "zone": own.time_zone,
        "over": frame.as_of >= last,
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
