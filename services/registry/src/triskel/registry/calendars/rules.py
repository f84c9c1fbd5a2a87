"""School calendars: what makes one sound, and how much school lies between two days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from triskel.contracts.days import day_in
from triskel.contracts.refusals import years_of
from triskel.contracts.registry import RegionSettings
from triskel.registry.calendars.refusals import (
    DayOutsideSchoolYear,
    HolidayEndsBeforeItStarts,
    HolidayOutsideSchoolYear,
    HolidaysOutOfOrder,
    HolidaysOverlap,
)
from triskel.registry.regions.rules import check_time_zone

DAYS_OF_A_SCHOOL_WEEK = 5
_SATURDAY = 5


@dataclass(frozen=True)
class Holiday:
    """From `first` to `last`, both included."""

    title: str
    first: date
    last: date


@dataclass(frozen=True)
class PublicHoliday:
    title: str
    day: date


@dataclass(frozen=True)
class SchoolYear:
    """One school year of one region; `first_day` and `last_day` are days of school."""

    school_year: str
    time_zone: str
    first_day: date
    last_day: date
    holidays: tuple[Holiday, ...]
    public_holidays: tuple[PublicHoliday, ...]
    source: str


@dataclass(frozen=True)
class SchoolCalendar(SchoolYear):
    """A school year as a region has set it. Nothing is done with it but reading it and setting it
    anew, so it has no states."""

    id: UUID
    region: str
    version: int


@dataclass(frozen=True)
class Calendar:
    """A region's school years, as far as they are known, and what it decides for itself."""

    years: tuple[SchoolYear, ...]
    settings: RegionSettings = field(default_factory=RegionSettings)

    @cached_property
    def _off(self) -> frozenset[date]:
        days = {public.day for year in self.years for public in year.public_holidays}
        for year in self.years:
            for holiday in year.holidays:
                length = (holiday.last - holiday.first).days + 1
                days |= {holiday.first + timedelta(days=days_on) for days_on in range(length)}
        return frozenset(days)

    def is_school_day(self, day: date) -> bool:
        """Monday to Friday within a school year, outside holidays. Of a school year that nobody has
        set yet every Monday to Friday counts."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """A public holiday, in holidays, or in the summer after a known school year, whether or not
        the next is known."""
        if day in self._off:
            return True
        if any(year.first_day <= day <= year.last_day for year in self.years):
            return False
        known = {year.school_year for year in self.years}
        return self.settings.school_year_of(day) in known

    def school_days(self, since: datetime, until: datetime) -> int:
        """How many days of school have begun between two moments, where the region is."""
        first, last = (day_in(each, self.settings.time_zone) for each in (since, until))
        days = (first + timedelta(days=days_on) for days_on in range(1, (last - first).days + 1))
        return sum(map(self.is_school_day, days))

    def hours_without_holidays(self, since: datetime, until: datetime) -> float:
        """From one moment to another, without those that lie in holidays."""
        zone = ZoneInfo(self.settings.time_zone)
        day, passed = day_in(since, zone), until - since
        while day <= day_in(until, zone):
            begins = datetime.combine(day, time(), zone).astimezone(UTC)
            day += timedelta(days=1)
            ends = datetime.combine(day, time(), zone).astimezone(UTC)
            if self.is_holiday(day - timedelta(days=1)):
                passed -= min(until, ends) - max(since, begins)
        return passed / timedelta(hours=1)


def school_weeks(calendar: Calendar, since: date, until: date) -> int:
    """How many whole weeks of school lie between two days: five days of school are a week, counted
    from `since` on and before `until`, wherever holidays cut them. 0 when `until` is not later."""
    days = (since + timedelta(days=days_on) for days_on in range((until - since).days))
    return sum(map(calendar.is_school_day, days)) // DAYS_OF_A_SCHOOL_WEEK


def calendar_id(region: str, school_year: str) -> UUID:
    """The same wherever it is made: nobody sets one region's year twice."""
    return uuid5(NAMESPACE_URL, f"urn:triskel:calendar:{region}:{school_year}")


def check(year: SchoolYear) -> None:
    """Raises `Invalid`, naming what is wrong: the year from autumn to the next, holidays inside it,
    in order, not overlapping."""
    first, second = years_of(year.school_year)
    check_time_zone(year.time_zone)
    for name, of in (("first_day", first), ("last_day", second)):
        day: date = getattr(year, name)
        if day.year != of:
            raise DayOutsideSchoolYear(
                name=name,
                school_year=year.school_year,
                year=of,
                field=name,
                value=day.isoformat(),
            )
    holidays = [(holiday.title, holiday.first, holiday.last) for holiday in year.holidays]
    _check_spans(year, "holidays", holidays)
    public = [(holiday.title, holiday.day, holiday.day) for holiday in year.public_holidays]
    _check_spans(year, "public_holidays", public)


def _check_spans(year: SchoolYear, field: str, spans: Sequence[tuple[str, date, date]]) -> None:
    before: tuple[str, date, date] | None = None
    for place, (title, first, last) in enumerate(spans):
        at = f"{field}.{place}.{'first' if field == 'holidays' else 'day'}"
        if last < first:
            raise HolidayEndsBeforeItStarts(
                title=title,
                first=first,
                last=last,
                field=f"{field}.{place}.last",
                value=last.isoformat(),
            )
        given: dict[str, Any] = {
            "title": title,
            "first": first,
            "field": at,
            "value": first.isoformat(),
        }
        if first < year.first_day or last > year.last_day:
            raise HolidayOutsideSchoolYear(
                last=last, first_day=year.first_day, last_day=year.last_day, **given
            )
        if before is not None and first < before[1]:
            raise HolidaysOutOfOrder(other=before[0], other_first=before[1], **given)
        if before is not None and first <= before[2]:
            raise HolidaysOverlap(other=before[0], other_last=before[2], **given)
        before = (title, first, last)
