"""What becomes of an activity because of what it hangs on: its sides and its partnership."""

from collections.abc import Set
from dataclasses import replace
from uuid import UUID

from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    Suspension,
    becomes,
)
from triskel.activities.activities.rules.meeting import TaskForce
from triskel.activities.calendars.rules import Calendar
from triskel.activities.places.rules.places import LIVE, offer_places
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityReason, ActivityState, BookingState, Cause
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


def guests_with_plans(activity: Activity) -> frozenset[UUID]:
    """Who has something in it beside the two sides: places, the right to take some, a delegation, a
    study visit."""
    found = {each.organisation_id for each in activity.bookings if each.state in LIVE}
    found |= set(activity.further_schools)
    if activity.task_force is not None:
        found |= {each.organisation_id for each in activity.task_force.delegations}
        found |= {each.organisation_id for each in activity.task_force.visits}
    return frozenset(found) - {activity.host_id, activity.school_id}


def lose_guests(
    attempt: ActivityAttempt, gone: Set[UUID], calendar: Calendar
) -> list[ActivityChange]:
    """Of these guests, who are no more, nothing is expected; the places that they leave are offered
    on. Action items stay: what was agreed is not undone by it."""
    activity = attempt.subject
    lost = tuple(sorted(guests_with_plans(activity) & gone))
    if not lost:
        return []
    following = becomes(
        activity,
        bookings=tuple(
            replace(each, state=BookingState.LEFT, answer_by=None)
            if each.state in LIVE and each.organisation_id in lost
            else each
            for each in activity.bookings
        ),
        further_schools=tuple(each for each in activity.further_schools if each not in lost),
        task_force=activity.task_force and _without(activity.task_force, lost),
    )
    told = {"organisation_ids": lost}
    return [
        Change(following, contract.ActivityGuestsLeft, told),
        *offer_places(following, attempt.now, calendar),
    ]


def _without(task_force: TaskForce, lost: tuple[UUID, ...]) -> TaskForce:
    """What a region's delegation would have led, when it has none any more, nobody leads yet."""
    delegations = tuple(each for each in task_force.delegations if each.organisation_id not in lost)
    regions = {each.region for each in delegations}
    return replace(
        task_force,
        delegations=delegations,
        visits=tuple(each for each in task_force.visits if each.organisation_id not in lost),
        agenda=tuple(
            each if each.by in regions else replace(each, by=None) for each in task_force.agenda
        ),
    )
