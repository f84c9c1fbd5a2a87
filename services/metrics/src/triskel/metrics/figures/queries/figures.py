"""The figures of a region: counted from the projections, decided by the domain."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.metrics.figures.queries import counts
from triskel.metrics.figures.rules import participation, pupils, uptake
from triskel.metrics.figures.rules.figures import Figure, Frame


async def figures_of(
    session: AsyncSession,
    region: str,
    as_of: date,
    zone: ZoneInfo,
    *,
    school_year: str | None = None,
    schools: bool = False,
) -> list[Figure]:
    """All figures of a region as of the end of a day, of one school year or of every one that it
    has facts of. `schools` adds the rows of single schools (indicator 8)."""
    found: list[Figure] = []
    for year in await counts.years(session, region):
        first, last = _first_and_last(year)
        if school_year in (None, year) and first <= as_of:
            # a year that is over is looked at on its last day
            found += await _of_the_platform(session, Frame(region, year, min(as_of, last)), zone)
    for year in await counts.choice_years(session, region[:2]):
        if school_year in (None, year):
            frame = Frame(region, year, as_of)
            lycees = await counts.lycees(session, _where(frame, zone), region[:2])
            found += uptake.figures(frame, lycees)
            if schools:
                found += uptake.by_school(frame, lycees)
    return found


async def _of_the_platform(session: AsyncSession, frame: Frame, zone: ZoneInfo) -> Sequence[Figure]:
    where = _where(frame, zone)
    since = _midnight(_first_and_last(frame.school_year)[0], zone)
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
        *participation.message_figures(frame, await counts.messages(session, where, since)),
    ]


def _where(frame: Frame, zone: ZoneInfo) -> counts.Where:
    first = int(frame.school_year[:4])
    return {
        "region": frame.region,
        "year": frame.school_year,
        "previous": f"{first - 1}-{first}",
        "until": _midnight(frame.as_of + timedelta(days=1), zone),
    }


def _first_and_last(school_year: str) -> tuple[date, date]:
    """1 September to 31 August (contracts.codes)."""
    first = int(school_year[:4])
    return date(first, 9, 1), date(first + 1, 8, 31)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
