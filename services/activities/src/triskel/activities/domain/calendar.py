"""When school is out: dates that an activity may not have, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triskel.activities.domain.formats import Format
from triskel.contracts.refusals import Invalid


@dataclass(frozen=True)
class Holiday:
    """From `first` to `last`, both included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Calendar:
    """One region's: its time zone and its school holidays."""

    time_zone: str
    holidays: Sequence[Holiday] = ()

    def holiday_on(self, day: date) -> Holiday | None:
        return next((h for h in self.holidays if h.first <= day <= h.last), None)


def check_slot(
    form: Format, calendar: Calendar, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    """Raises `Invalid` for a slot in the past, in holidays, in the wrong order or too long."""
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise Invalid(
            "time-without-zone", "Times carry a zone, such as +01:00.", field="slot.starts_at"
        )
    if starts_at <= now:
        raise Invalid(
            "date-in-the-past",
            "An activity is planned for a time to come.",
            field="slot.starts_at",
            value=starts_at.isoformat(),
        )
    if ends_at <= starts_at:
        raise Invalid(
            "slot-ends-before-it-starts",
            "An activity ends after it starts.",
            field="slot.ends_at",
            value=ends_at.isoformat(),
        )
    if ends_at - starts_at > form.longest:
        raise Invalid(
            "slot-too-long",
            f"This format lasts {form.longest} at most.",
            field="slot.ends_at",
            value=ends_at.isoformat(),
        )
    if form.in_holidays:
        return
    zone = ZoneInfo(calendar.time_zone)
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if holiday := calendar.holiday_on(moment.astimezone(zone).date()):
            raise Invalid(
                "date-in-school-holidays",
                f"School is out: {holiday.name}, {holiday.first} to {holiday.last}.",
                field=f"slot.{name}",
                value=moment.isoformat(),
            )
