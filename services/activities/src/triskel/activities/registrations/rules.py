"""Families register themselves for a parents' day: counts, a quota, a last moment; no person."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.details import Registration
from triskel.activities.places.refusals import LargerThanThePlaces
from triskel.activities.places.rules.places import OPEN
from triskel.activities.registrations.refusals import (
    PartyTooLarge,
    QuotaOverCapacity,
    QuotaTaken,
    RegistrationNotOpen,
    RegistrationOver,
    UntilNotBeforeTheStart,
    WaitingListFull,
)
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import BookingState
from triskel.contracts.registry import RegistrationLimits


@dataclass(frozen=True)
class Party:
    """One family that waits."""

    id: UUID
    size: int


@dataclass(frozen=True)
class Counted:
    """People who have places, and people who wait."""

    booked: int = 0
    waiting: int = 0


def registration_open(attempt: ActivityAttempt) -> RegistrationNotOpen | None:
    registration = attempt.subject.registration
    if registration is not None and registration.closed_at is None:
        return None
    return RegistrationNotOpen()


def open_registration(
    attempt: ActivityAttempt, quota: int, until: datetime, counted: Counted
) -> ActivityChange:
    """Again is allowed: another link, the families that are registered stay. Raises `Invalid`,
    `Conflict`."""
    _check(attempt, quota, until, counted)
    opened = Registration(attempt.now, until, quota, counted.booked, counted.waiting)
    return Change(_with(attempt.subject, opened), contract.ActivityRegistrationOpened)


def change_registration(
    attempt: ActivityAttempt, quota: int | None, until: datetime | None, counted: Counted
) -> ActivityChange:
    """Raises as `open_registration`."""
    known = _registration(attempt.subject)
    changed = replace(
        known,
        quota=quota or known.quota,
        until=until or known.until,
        booked=counted.booked,
        waiting=counted.waiting,
    )
    _check(attempt, changed.quota, changed.until, counted)
    return Change(_with(attempt.subject, changed), contract.ActivityRegistrationChanged)


def close_registration(attempt: ActivityAttempt, counted: Counted) -> ActivityChange:
    closed = replace(
        _registration(attempt.subject),
        booked=counted.booked,
        waiting=counted.waiting,
        closed_at=attempt.now,
    )
    return Change(_with(attempt.subject, closed), contract.ActivityRegistrationClosed)


def count(attempt: ActivityAttempt, counted: Counted) -> list[ActivityChange]:
    """What is counted now; nothing changes where that is known."""
    known = attempt.subject.registration
    if known is None or (known.booked, known.waiting) == (counted.booked, counted.waiting):
        return []
    changed = replace(known, booked=counted.booked, waiting=counted.waiting)
    return [Change(_with(attempt.subject, changed), contract.ActivityRegistrationCounted)]


def _registration(activity: Activity) -> Registration:
    assert activity.registration is not None
    return activity.registration


def _with(activity: Activity, registration: Registration) -> Activity:
    return becomes(activity, registration=registration)


def _check(attempt: ActivityAttempt, quota: int, until: datetime, counted: Counted) -> None:
    activity = attempt.subject
    assert activity.slot is not None
    if not attempt.now < until <= activity.slot.starts_at:
        raise UntilNotBeforeTheStart(value=until.isoformat())
    if activity.capacity is not None and quota > activity.capacity:
        raise QuotaOverCapacity(capacity=activity.capacity, value=quota)
    if quota < counted.booked:
        raise QuotaTaken(booked=counted.booked, value=quota)


def check_open(activity: Activity, until: datetime, now: datetime) -> None:
    """Raises `Conflict` when it is too late, or when it will not take place, or may not."""
    held = activity.state in OPEN and activity.slot is not None and now < activity.slot.starts_at
    if not held or now > until or activity.suspension is not None:
        raise RegistrationOver


def check_party(adults: int, children: int, limits: RegistrationLimits) -> None:
    """Raises `PartyTooLarge` for more than the region takes as one family."""
    for field, people in (("adults", adults), ("children", children)):
        most = getattr(limits, field)
        if people > most:
            raise PartyTooLarge(most=most, field=field, value=people)


def state_of_new(size: int, quota: int, booked: int, waiting: int) -> BookingState:
    """A family has its places at once or waits as a whole: all or nothing, as for a class. Raises
    `Invalid` for more than there are places, `Conflict` when as many wait as there are places."""
    if size > quota:
        raise LargerThanThePlaces(places=quota, field="adults")
    if size <= quota - booked:
        return BookingState.BOOKED
    if waiting + size > quota:
        raise WaitingListFull
    return BookingState.WAITING
