"""Families register themselves for a parents' day: counts, a quota, a last moment; no person."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.details import Registration
from triskel.activities.activities.rules.places import OPEN
from triskel.contracts.codes import BookingState
from triskel.contracts.refusals import Conflict, Invalid


@dataclass(frozen=True)
class Party:
    """One family that waits."""

    id: UUID
    size: int


def open_registration(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    quota: int,
    until: datetime,
    booked: int,
    waiting: int,
) -> Activity:
    """Again is allowed: another link, the families that are registered stay."""
    following = begin("open-registration", a, actor, facts, now)
    _check(a, now, quota, until, booked)
    return replace(following, registration=Registration(now, until, quota, booked, waiting))


def change_registration(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    quota: int | None,
    until: datetime | None,
    booked: int,
    waiting: int,
) -> Activity:
    following = begin("change-registration", a, actor, facts, now)
    assert a.registration is not None
    changed = replace(
        a.registration,
        quota=quota or a.registration.quota,
        until=until or a.registration.until,
        booked=booked,
        waiting=waiting,
    )
    _check(a, now, changed.quota, changed.until, booked)
    return replace(following, registration=changed)


def close_registration(
    a: Activity, actor: Actor, facts: Facts, now: datetime, booked: int, waiting: int
) -> Activity:
    following = begin("close-registration", a, actor, facts, now)
    assert a.registration is not None
    closed = replace(a.registration, booked=booked, waiting=waiting, closed_at=now)
    return replace(following, registration=closed)


def count(a: Activity, booked: int, waiting: int) -> Activity:
    """One version on, with what is counted now."""
    assert a.registration is not None
    counted = replace(a.registration, booked=booked, waiting=waiting)
    return replace(a, version=a.version + 1, registration=counted)


def _check(a: Activity, now: datetime, quota: int, until: datetime, booked: int) -> None:
    assert a.slot is not None
    if not now < until <= a.slot.starts_at:
        raise Invalid(
            "until-not-before-the-start",
            "Families register from now until it starts at the latest.",
            field="until",
            value=until.isoformat(),
        )
    if a.capacity is not None and quota > a.capacity:
        raise Invalid(
            "quota-over-capacity", f"There is room for {a.capacity}.", field="quota", value=quota
        )
    if quota < booked:
        raise Conflict(
            "quota-taken", f"{booked} people are registered.", field="quota", value=quota
        )


def check_open(a: Activity, until: datetime, now: datetime) -> None:
    """Raises `Conflict` when it is too late, or when it will not take place."""
    held = a.state in OPEN and a.slot is not None and now < a.slot.starts_at
    if not held or now > until:
        raise Conflict("registration-over", "It is not possible to register any more.")


def state_of_new(size: int, quota: int, booked: int, waiting: int) -> BookingState:
    """A family has its places at once or waits as a whole: all or nothing, as for a class. Raises
    `Invalid` for more than there are places, `Conflict` when as many wait as there are places."""
    if size > quota:
        raise Invalid("larger-than-the-places", f"There are {quota} places in all.", field="adults")
    if size <= quota - booked:
        return BookingState.BOOKED
    if waiting + size > quota:
        raise Conflict("waiting-list-full", "It is full, and so is the waiting list.")
    return BookingState.WAITING
