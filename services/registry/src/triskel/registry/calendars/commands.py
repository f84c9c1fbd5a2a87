"""School calendars: set one, take the official ones over, and know a region's school time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.registry.calendars.refusals import CalendarUnknown
from triskel.registry.calendars.rules import Calendar, SchoolYear, calendar_id, check
from triskel.registry.calendars.tables import CalendarRow
from triskel.registry.gateways.calendars import official_calendars

_YEAR = TypeAdapter(SchoolYear)
_UNSAID = 0
"""The version of a row whose first event is not recorded yet: never seen outside a transaction."""


def state_of(row: CalendarRow) -> said.SchoolCalendar:
    return said.SchoolCalendar.model_validate(row.model_dump())


async def one(session: AsyncSession, region: str, school_year: str) -> CalendarRow:
    """Raises `NotFound`."""
    row = await session.get(CalendarRow, calendar_id(region, school_year))
    if row is None:
        raise CalendarUnknown(region=region, school_year=school_year, value=school_year)
    return row


async def calendar_of(session: AsyncSession, region: str) -> Calendar:
    """All known school years of a region; of a region without one every weekday is school."""
    rows = await session.scalars(
        select(CalendarRow)
        .where(col(CalendarRow.region) == region)
        .order_by(CalendarRow.school_year)
    )
    return Calendar(tuple(_YEAR.validate_python(row.model_dump()) for row in rows))


async def put(
    session: AsyncSession,
    outbox: Outbox,
    region: str,
    year: SchoolYear,
    expected: Seen | None,
    by: Role,
) -> said.SchoolCalendar:
    """Set a region's school year. One that is there is changed by who has seen it (`expected`);
    the same again changes nothing and says nothing."""
    check(year)
    new = await _begin(session, region, year)
    row = await session.get(
        CalendarRow, calendar_id(region, year.school_year), with_for_update=True
    )
    assert row is not None
    if not new or expected is not None:
        check_version(expected, 0 if new else row.version)
    columns = _columns(year)
    if not new and {name: getattr(row, name) for name in columns} == columns:
        return state_of(row)
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    await outbox.record(session, said.SchoolCalendarSet(calendar=state_of(row), by=by))
    return state_of(row)


def _columns(year: SchoolYear) -> dict[str, Any]:
    known = asdict(year)
    dumped = _YEAR.dump_python(year, mode="json")
    return known | {name: dumped[name] for name in ("holidays", "public_holidays")}


async def _begin(session: AsyncSession, region: str, year: SchoolYear) -> bool:
    """Make the row if there is none; of two who set the first at once, the second waits here."""
    made = await session.execute(
        insert(CalendarRow)
        .values(
            id=calendar_id(region, year.school_year),
            version=_UNSAID,
            region=region,
            **_columns(year),
        )
        .on_conflict_do_nothing()
        .returning(col(CalendarRow.id))
    )
    return made.first() is not None


def take_over(regions: Sequence[str]) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker that takes over the official calendars of the home regions which nobody has set:
    each once, and never over what a coordinator has set."""

    async def run(database: Database, outbox: Outbox, _: Clock) -> int:
        done = 0
        async with database.transaction() as session:
            for region in regions:
                for year in official_calendars(region):
                    if await _begin(session, region, year):
                        row = await one(session, region, year.school_year)
                        row.version += 1
                        event = said.SchoolCalendarSet(calendar=state_of(row), by=Role.SYSTEM)
                        await outbox.record(session, event)
                        done += 1
        return done

    return run
