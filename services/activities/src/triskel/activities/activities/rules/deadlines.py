"""Until when what may be done: the clock rules, which guards ask and answers show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.calendars.rules import Calendar
from triskel.contracts.codes import ActivityState, DeliveryOutcome
from triskel.contracts.days import days_later
from triskel.contracts.registry import RegionSettings

_S = ActivityState

BEFORE_DELIVERED = frozenset(
    {_S.DRAFT, _S.PROPOSED, _S.ACCEPTED, _S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS}
)
"""From the first word to the last moment that it can still be called off."""
AHEAD = BEFORE_DELIVERED - {_S.DRAFT, _S.IN_PROGRESS}
"""Others know of it, and it has not begun."""
ASKED = frozenset({_S.DRAFT, _S.PROPOSED})
"""Nobody has said yes yet."""
DATED = frozenset({_S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS})
"""It has a date, and has not been reported."""
AGREED = frozenset({_S.ACCEPTED, _S.SCHEDULED, _S.CONFIRMED})
"""All have said yes, and it has not begun."""
BEGUN = frozenset({_S.IN_PROGRESS})
REPORTED = frozenset({_S.DELIVERED, _S.EVALUATED, _S.CLOSED})
"""It was held, as somebody said, or by the clock."""
GONE = frozenset({_S.DECLINED, _S.WITHDRAWN, _S.EXPIRED, _S.CANCELLED})
"""It will not take place."""


@dataclass(frozen=True)
class Deadlines:
    """The last moments of what the state of an activity allows; null where there is none.
    `cancel_by`: later it is allowed and counts as late. `evaluate_by` and `report_by`: then it
    closes by itself."""

    answer_by: datetime | None = None
    confirm_by: datetime | None = None
    cancel_by: datetime | None = None
    correct_by: datetime | None = None
    evaluate_by: datetime | None = None
    report_by: datetime | None = None


def answer_deadline(
    now: datetime, settings: RegionSettings, calendar: Calendar, days: int | None = None
) -> datetime:
    """So many days later, as many as the region has where nobody has said how many, and never less
    than the school days that it leaves every request."""
    return max(
        days_later(now, days or settings.activity_answer_days, calendar.time_zone),
        calendar.school_days_later(now, settings.answers.least_school_days),
    )


def confirm_by(activity: Activity, settings: RegionSettings) -> datetime:
    assert activity.slot is not None
    days = settings.limits(activity.format).confirmation_days
    return days_later(activity.slot.starts_at, -days, activity.time_zone)


def cancel_by(activity: Activity, settings: RegionSettings) -> datetime | None:
    """Without a slot no cancellation is late."""
    if activity.slot is None:
        return None
    days = settings.limits(activity.format).cancellation_days
    return days_later(activity.slot.starts_at, -days, activity.time_zone)


def correct_by(activity: Activity, settings: RegionSettings) -> datetime:
    assert activity.slot is not None
    return activity.slot.ends_at + timedelta(hours=settings.reporting.correction_hours)


def evaluate_by(activity: Activity, settings: RegionSettings) -> datetime | None:
    """Whole days after its delivery, where it takes place, it closes by itself."""
    if activity.delivered_at is None:
        return None
    days = settings.reporting.close_after_days
    return days_later(activity.delivered_at, days, activity.time_zone)


def report_by(activity: Activity, settings: RegionSettings) -> datetime | None:
    """Whole days after its end it closes by itself, without a report."""
    if activity.slot is None:
        return None
    days = settings.reporting.close_after_days
    return days_later(activity.slot.ends_at, days, activity.time_zone)


def reminder_due(activity: Activity, settings: RegionSettings, now: datetime) -> int | None:
    """The latest stage of its region's reminders, in days after its end, that is due and was not
    reached yet; None where there is none. What was reminded on is kept as a number of days, so
    that no stage comes twice however the region changes them."""
    assert activity.slot is not None
    ended, reached = activity.slot.ends_at, activity.report_reminded or 0
    return max(
        (
            days
            for days in settings.reporting.reminder_days
            if days > reached and days_later(ended, days, activity.time_zone) <= now
        ),
        default=None,
    )


def deadlines(activity: Activity, settings: RegionSettings) -> Deadlines:
    """Those of its state."""
    reported = activity.state in {_S.DELIVERED, _S.EVALUATED}
    evaluating = activity.state is _S.DELIVERED and activity.outcome is not DeliveryOutcome.NO_SHOW
    return Deadlines(
        answer_by=activity.answer_by if activity.state is _S.PROPOSED else None,
        confirm_by=confirm_by(activity, settings) if activity.state is _S.SCHEDULED else None,
        cancel_by=cancel_by(activity, settings) if activity.state in BEFORE_DELIVERED else None,
        correct_by=correct_by(activity, settings) if reported else None,
        evaluate_by=evaluate_by(activity, settings) if evaluating else None,
        report_by=report_by(activity, settings) if activity.state in DATED else None,
    )
