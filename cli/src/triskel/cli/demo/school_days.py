"""On which days of the demo's year there is school, as the registry's API tells it."""

from dataclasses import dataclass
from datetime import date, timedelta

from triskel.contracts.registry import SchoolCalendar

_SATURDAY = 5


@dataclass(frozen=True)
class SchoolDays:
    """Monday to Friday from `first` to `last`, both days of school, but for those of `holidays`."""

    first: date
    last: date
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, calendar: SchoolCalendar) -> "SchoolDays":
        """The school days of one region's calendar of one school year."""
        holidays = {
            holiday.first + timedelta(days=number)
            for holiday in calendar.holidays
            for number in range((holiday.last - holiday.first).days + 1)
        }
        holidays |= {public.day for public in calendar.public_holidays}
        return cls(calendar.first_day, calendar.last_day, frozenset(holidays))

    def __contains__(self, day: date) -> bool:
        return (
            self.first <= day <= self.last
            and day.weekday() < _SATURDAY
            and day not in self.holidays
        )
