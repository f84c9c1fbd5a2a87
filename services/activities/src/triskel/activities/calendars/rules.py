"""When school is out: dates that an activity may not have, and why."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Protocol

from triskel.activities.calendars.refusals import (
    DateAtWeekend,
    DateInSchoolHolidays,
    DateInThePast,
    DateOutsideSchoolYear,
    SlotEndsBeforeItStarts,
    SlotTooLong,
    TimeWithoutZone,
)
from triskel.contracts.codes import ActivityFormat
from triskel.contracts.days import day_in, days_later
from triskel.contracts.refusals import Invalid
from triskel.contracts.registry import RegionSettings

_SATURDAY, _SUNDAY = 5, 6


class Timing(Protocol):
    """When a kind of activity may be. `in_holidays`: it needs no school, so it may be on any day.
    `on_saturdays`: it is not in school time. `code`: for how long at most its region says."""

    @property
    def in_holidays(self) -> bool: ...
    @property
    def on_saturdays(self) -> bool: ...
    @property
    def code(self) -> ActivityFormat: ...


@dataclass(frozen=True)
class Holiday:
    """From `first` to `last`, both included."""

    title: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.title}, {_span(self.first, self.last)}"


@dataclass(frozen=True)
class PublicHoliday:
    title: str
    day: date


@dataclass(frozen=True)
class SchoolYear:
    """One that is known; `first_day` and `last_day` are days of school."""

    school_year: str
    first_day: date
    last_day: date
    holidays: tuple[Holiday, ...] = ()
    public_holidays: tuple[PublicHoliday, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """One region's: its time zone and the school years that are known, the earliest first; and
    what it decides for itself, such as when a school year begins."""

    time_zone: str
    years: tuple[SchoolYear, ...] = ()
    settings: RegionSettings = field(default_factory=RegionSettings)

    def year(self, school_year: str) -> SchoolYear | None:
        return next((year for year in self.years if year.school_year == school_year), None)

    def year_on(self, day: date) -> SchoolYear | None:
        return next((year for year in self.years if year.first_day <= day <= year.last_day), None)

    def school_day(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and self.holiday_on(day) is None

    def school_days_later(self, moment: datetime, count: int) -> datetime:
        """At the same time of the clock, when so many school days have begun since."""
        day = first = day_in(moment, self.time_zone)
        while count:
            day += timedelta(days=1)
            count -= self.school_day(day)
        return days_later(moment, (day - first).days, self.time_zone)

    def holiday_on(self, day: date) -> Holiday | None:
        """A public holiday, holidays, or the summer between two known years."""
        return next((off for off in self._days_off if off.first <= day <= off.last), None)

    @cached_property
    def _days_off(self) -> tuple[Holiday, ...]:
        """Public holidays first: 1 November is one, in whatever holidays it lies."""
        one = timedelta(days=1)
        public = (each for year in self.years for each in year.public_holidays)
        return (
            *(Holiday(each.title, each.day, each.day) for each in public),
            *(holiday for year in self.years for holiday in year.holidays),
            *(
                Holiday(
                    f"between {year.school_year} and {following.school_year}",
                    year.last_day + one,
                    following.first_day - one,
                )
                for year, following in pairwise(self.years)
            ),
        )


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def check_slot(
    form: Timing,
    calendar: Calendar,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    school_year: str,
) -> None:
    """Raises `Invalid` for a slot in the past, in the wrong order or too long; and, unless the
    format may be in holidays, for one that starts or ends on a day without school.

    Of a school year whose calendar nobody has set only weekends are known. A date in it is allowed:
    the calendar of next year is published late, and a region that is new has none; who plans is
    told (`calendar.year` is null).
    """
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise TimeWithoutZone
    if starts_at <= now:
        raise DateInThePast(value=starts_at.isoformat())
    if ends_at <= starts_at:
        raise SlotEndsBeforeItStarts(value=ends_at.isoformat())
    longest = calendar.settings.longest(form.code)
    if ends_at - starts_at > longest:
        raise SlotTooLong(longest=longest, value=ends_at.isoformat())
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        day = day_in(moment, calendar.time_zone)
        if refused := without_school(form, calendar, day, school_year):
            refused.field, refused.value = f"slot.{name}", moment.isoformat()
            raise refused


def without_school(
    form: Timing, calendar: Calendar, day: date, school_year: str | None = None
) -> Invalid | None:
    """Why a format cannot be on a day, of one school year or of any. A format that needs no school
    may be on any day from the first that the region counts to the year until the last."""
    if not form.in_holidays and school_year is not None and (year := calendar.year(school_year)):
        first, last = year.first_day, year.last_day
    elif school_year is not None:
        first, last = calendar.settings.days_of(school_year)
    else:
        first = last = day
    if not first <= day <= last:
        return DateOutsideSchoolYear(
            why={
                "en": f"The school year {school_year} is from {first} to {last}",
                "fr": f"L'année scolaire {school_year} va du {first} au {last}",
            }
        )
    if form.in_holidays:
        return None
    if holiday := calendar.holiday_on(day):
        return DateInSchoolHolidays(holiday=holiday)
    if day.weekday() == _SUNDAY:
        return DateAtWeekend(
            why={"en": "School is out on Sundays", "fr": "Il n'y a pas école le dimanche"}
        )
    if day.weekday() == _SATURDAY and not form.on_saturdays:
        return DateAtWeekend(
            why={
                "en": "This format is not on Saturdays",
                "fr": "Ce format n'a pas lieu le samedi",
            }
        )
    return None
