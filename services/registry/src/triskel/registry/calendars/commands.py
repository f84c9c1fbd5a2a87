"""School calendars are set, and set anew by who has seen them."""

from dataclasses import replace

from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.registry.calendars.rules import SchoolCalendar, SchoolYear, calendar_id, check
from triskel.registry.calendars.tables import CALENDAR, CalendarRow


async def set_calendar(
    context: Context, region: str, year: SchoolYear, seen: Seen | None
) -> contract.SchoolCalendar:
    """A region's school year. The same again changes nothing and says nothing. Of two who set the
    first at once the slower breaks the rule of the table, and begins again. Raises what is said of
    a version that was not seen, and what is wrong with the year."""
    session, known_id = context.session, calendar_id(region, year.school_year)
    row = await session.get(CalendarRow, known_id, with_for_update=True)
    version = row.version if row else 0
    check_version(seen, version)
    check(year)
    calendar = SchoolCalendar(**vars(year), id=known_id, region=region, version=version + 1)
    if row is None:
        session.add(CalendarRow(**CALENDAR.to_columns(calendar)))
    elif replace(calendar, version=version) == (known := CALENDAR.to_domain(row)):
        return CALENDAR.answer(contract.SchoolCalendar, known)
    else:
        for name, value in CALENDAR.to_columns(calendar).items():
            setattr(row, name, value)
    event = contract.SchoolCalendarSet(calendar=CALENDAR.to_public(calendar), by=Role.COORDINATOR)
    await context.outbox.record(session, event)
    return event.calendar
