"""Until when what may be done: the clock rules, which guards ask and answers show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from triskel.activities.activities.rules.activity import Activity
from triskel.contracts.codes import ActivityState, DeliveryOutcome
from triskel.contracts.days import days_later

CORRECTION_WINDOW = timedelta(hours=48)
_S = ActivityState

BEFORE_DELIVERED = frozenset(
    {_S.DRAFT, _S.PROPOSED, _S.ACCEPTED, _S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS}
)
"""From the first word to the last moment that it can still be called off."""


@dataclass(frozen=True)
class Deadlines:
    """The last moments of what the state of an activity allows; null where there is none.
    `cancel_by`: later it is allowed and counts as late. `evaluate_by`: then it closes by itself."""

    answer_by: datetime | None = None
    confirm_by: datetime | None = None
    cancel_by: datetime | None = None
    correct_by: datetime | None = None
    evaluate_by: datetime | None = None


def confirm_by(a: Activity) -> datetime:
    assert a.slot is not None
    return days_later(a.slot.starts_at, -a.form.confirmation_days, a.time_zone)


def cancel_by(a: Activity) -> datetime | None:
    """Without a slot no cancellation is late."""
    if a.slot is None:
        return None
    return days_later(a.slot.starts_at, -a.form.cancellation_days, a.time_zone)


def correct_by(a: Activity) -> datetime:
    assert a.slot is not None
    return a.slot.ends_at + CORRECTION_WINDOW


def evaluate_by(a: Activity, close_after: timedelta) -> datetime | None:
    """Whole days after its delivery it closes by itself."""
    if a.delivered_at is None:
        return None
    return days_later(a.delivered_at, close_after.days, a.time_zone)


def deadlines(a: Activity, close_after: timedelta) -> Deadlines:
    """Those of its state. `close_after` its delivery an activity closes without evaluation."""
    reported = a.state in {_S.DELIVERED, _S.EVALUATED}
    evaluating = a.state is _S.DELIVERED and a.outcome is not DeliveryOutcome.NO_SHOW
    return Deadlines(
        answer_by=a.answer_by if a.state is _S.PROPOSED else None,
        confirm_by=confirm_by(a) if a.state is _S.SCHEDULED else None,
        cancel_by=cancel_by(a) if a.state in BEFORE_DELIVERED else None,
        correct_by=correct_by(a) if reported else None,
        evaluate_by=evaluate_by(a, close_after) if evaluating else None,
    )
