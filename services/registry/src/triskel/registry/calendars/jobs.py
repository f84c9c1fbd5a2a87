"""The official calendars of the home regions are taken over."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import Job
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.registry.calendars.gateways import official_calendars
from triskel.registry.calendars.rules import SchoolCalendar, calendar_id
from triskel.registry.calendars.tables import CALENDAR, CalendarRow


def take_over(regions: Sequence[str]) -> Job:
    """The job that takes over those which nobody has set: each once, and never over what a
    coordinator has set."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        done = 0
        official = [(region, year) for region in regions for year in official_calendars(region)]
        async with database.transaction() as session:
            for region, year in official:
                known_id = calendar_id(region, year.school_year)
                calendar = SchoolCalendar(**vars(year), id=known_id, region=region, version=1)
                made = await session.execute(
                    insert(CalendarRow)
                    .values(CALENDAR.to_columns(calendar))
                    .on_conflict_do_nothing()
                    .returning(col(CalendarRow.id))
                )
                if made.first():
                    public = CALENDAR.to_public(calendar)
                    event = contract.SchoolCalendarSet(calendar=public, by=Role.SYSTEM)
                    await outbox.record(session, event)
                    done += 1
        return done

    return run
