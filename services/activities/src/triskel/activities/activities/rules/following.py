"""What becomes of an activity because of what it hangs on: its sides and its partnership."""

from triskel.activities.activities.rules.activity import (
    ActivityAttempt,
    ActivityChange,
    Suspension,
    becomes,
)
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityReason, ActivityState, Cause
from triskel.contracts.refusals import NotDueYet


def going_on(attempt: ActivityAttempt) -> NotDueYet | None:
    return None if attempt.subject.suspension is None else NotDueYet()


def suspended(attempt: ActivityAttempt) -> NotDueYet | None:
    return NotDueYet() if attempt.subject.suspension is None else None


def suspend(attempt: ActivityAttempt, cause: Cause) -> ActivityChange:
    """It keeps its date, which may be after the suspension."""
    suspension = Suspension(since=attempt.now, cause=cause)
    return Change(becomes(attempt.subject, suspension=suspension), contract.ActivitySuspended)


def resume(attempt: ActivityAttempt) -> ActivityChange:
    return Change(becomes(attempt.subject, suspension=None), contract.ActivityResumed)


def call_off(attempt: ActivityAttempt, cause: Cause) -> ActivityChange:
    """What it hangs on is over, or was suspended when its date came: neither side is to blame, so
    it is never late."""
    called_off = becomes(
        attempt.subject,
        state=ActivityState.CANCELLED,
        cancelled_at=attempt.now,
        reason=ActivityReason.OTHER,
        cause=cause,
    )
    return Change(called_off, contract.ActivityCancelled)
