"""What the registry says of school calendars: one region's school year."""

from datetime import date
from typing import ClassVar

from triskel.contracts.codes import Role, SchoolYear, TimeZone
from triskel.contracts.event import Aggregate, Event, Part


class Holiday(Part):
    """Days without school, `first` and `last` included; `title` in the region's language."""

    title: str
    first: date
    last: date


class PublicHoliday(Part):
    title: str
    day: date


class SchoolCalendar(Aggregate):
    """A region's school year from `first_day` to `last_day`, both days of school. The id is
    made of region and school year, so whoever sets it first makes the same aggregate. `source` is
    the legal text."""

    school_year: SchoolYear
    time_zone: TimeZone
    first_day: date
    last_day: date
    holidays: tuple[Holiday, ...] = ()
    public_holidays: tuple[PublicHoliday, ...] = ()
    source: str


class CalendarEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.calendars"

    calendar: SchoolCalendar
    by: Role

    @property
    def aggregate(self) -> SchoolCalendar:
        return self.calendar


class SchoolCalendarSet(CalendarEvent):
    """The region's coordinator set it, or (`by` is `system`) the official one was taken over."""
