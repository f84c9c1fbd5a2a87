"""Places: who has them, who waits, who comes next; and what a class needs before it may come.

All or nothing: a class is placed only if every pupil fits, else it waits as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol, TypeVar
from uuid import UUID

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.details import Booking, Visit
from triskel.activities.activities.rules.guards import Action, Guard
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    BookingKind,
    BookingState,
    Side,
)
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, Refusal

_S, _F, _B = ActivityState, ActivityFormat, BookingState

KIND_OF = {
    _F.GUEST_LESSON: BookingKind.CLASS,
    _F.COMPANY_VISIT: BookingKind.CLASS,
    _F.TEACHER_MASTERCLASS: BookingKind.TEACHER,
}
"""The formats whose people take places, and who they are; families register by themselves."""
HOLDING = frozenset({_B.BOOKED, _B.OFFERED, _B.ATTENDED, _B.ABSENT})
LIVE = frozenset({_B.BOOKED, _B.OFFERED, _B.WAITING})
MOST_BOOKINGS = 200
ENDED_KEPT = 50
"""Who left stays in the state for a while; history and events keep everybody."""


class Wanting(Protocol):
    @property
    def size(self) -> int: ...


Each = TypeVar("Each", bound=Wanting)


def promotions(queue: Sequence[Each], free: int) -> list[Each]:
    """Who gets free places: in the order of asking, and whoever does not fit is passed over.

    Waiting for the first to fit would leave places empty on a day that does not come again, and
    the places that go to a smaller class would not have been enough for the larger one.
    """
    found = []
    for each in queue:
        if each.size <= free:
            found.append(each)
            free -= each.size
    return found


def places_of(a: Activity) -> int | None:
    return a.places if a.places is not None else a.capacity


def taken(a: Activity) -> int:
    return sum(b.size for b in a.bookings if b.state in HOLDING)


def free(a: Activity) -> int:
    """Less than none when the capacity was lowered."""
    return (places_of(a) or 0) - taken(a)


def queue(a: Activity) -> list[Booking]:
    """Who waits, in the order of asking."""
    return [b for b in a.bookings if b.state is _B.WAITING]


def positions(a: Activity) -> dict[UUID, int]:
    return {b.id: number for number, b in enumerate(queue(a), 1)}


def with_booking(a: Activity, changed: Booking) -> Activity:
    """The activity one version on, with one booking changed."""
    bookings = tuple(changed if b.id == changed.id else b for b in a.bookings)
    return replace(a, version=a.version + 1, bookings=bookings)


def offers(a: Activity, now: datetime, hold: timedelta) -> Iterator[Activity]:
    """Free places are offered, one booking and one version after the other, and held meanwhile."""
    if a.state not in OPEN or a.slot is None or now >= a.slot.starts_at:
        return
    answer_by = min(now + hold, a.slot.starts_at)
    for booking in promotions(queue(a), free(a)):
        a = with_booking(a, replace(booking, state=_B.OFFERED, answer_by=answer_by))
        yield a


def lapses(a: Activity, now: datetime) -> Iterator[Activity]:
    """Offers that nobody took in time."""
    for booking in a.bookings:
        if booking.state is _B.OFFERED and booking.answer_by and booking.answer_by < now:
            a = with_booking(a, replace(booking, state=_B.LAPSED))
            yield a


def next_deadline(a: Activity) -> datetime | None:
    """When the first offer lapses; null where nobody is offered anything."""
    if a.state not in OPEN:
        return None
    return min(
        (b.answer_by for b in a.bookings if b.state is _B.OFFERED and b.answer_by), default=None
    )


def preconditions(a: Activity) -> tuple[str, ...]:
    """What is ticked before it is confirmed: the format's, and what the site asks for."""
    asked = ("safety-equipment-ready",) if a.visit and a.visit.safety_equipment else ()
    return (*a.form.preconditions, *asked)


def class_refusal(a: Activity, b: Booking) -> Refusal | None:
    """Why a class may not come to a visit: too few adults, or parents who have not agreed."""
    visit = a.visit or Visit()
    needed = ceil(b.size / visit.pupils_per_adult)
    if b.adults < needed:
        return Invalid(
            "too-few-adults",
            f"One adult for each {visit.pupils_per_adult} pupils: a class of {b.size} needs "
            f"{needed}.",
            field="adults",
            value=b.adults,
        )
    if b.consents < b.size:
        return Invalid(
            "consents-missing",
            f"Parents have agreed for {b.consents} of {b.size} pupils.",
            field="consents",
            value=b.consents,
        )
    return None


def visit_refusal(a: Activity) -> Refusal | None:
    """Why a visit is not ready: transport, adults, consents."""
    if a.format is not _F.COMPANY_VISIT:
        return None
    if a.visit is not None and a.visit.transport is None:
        return Invalid(
            "transport-missing", "Say how the classes get there.", field="visit.transport"
        )
    refusals = (class_refusal(a, b) for b in a.bookings if b.state is _B.BOOKED)
    return next((refused for refused in refusals if refused), None)


def visit_ready(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    return visit_refusal(a)


def speaks_for(actor: Actor, b: Booking) -> bool:
    return Side.COORDINATOR in actor.sides or actor.school == b.organisation_id


def may_join(a: Activity, actor: Actor) -> bool:
    """A masterclass is open to the teachers of every school of its region."""
    return a.format is _F.TEACHER_MASTERCLASS and actor.school is not None


def hosting(_: Activity, actor: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if {Side.HOST, Side.COORDINATOR} & actor.sides:
        return None
    return Forbidden("host-says", "The host says this.")


def booking_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if Side.COORDINATOR in actor.sides or may_join(a, actor):
        return None
    if actor.school is not None and actor.school == a.school_id:
        return None
    return Forbidden("school-books", "The school books places for its own.")


def before_start(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now < a.slot.starts_at:
        return None
    return Conflict(
        "places-closed",
        "Places change hands before it starts.",
        field="slot.starts_at",
        value=a.slot.starts_at.isoformat(),
    )


def places_known(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if places_of(a) is not None:
        return None
    return Conflict("places-not-set", "The host says first how many places there are.")


def has_own(*states: BookingState) -> Guard:
    """There is a booking in one of these states that this actor speaks for."""

    def guard(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
        if any(b.state in states and speaks_for(actor, b) for b in a.bookings):
            return None
        wanted = " or ".join(states)
        return Conflict("no-such-booking", f"You have no booking here that is {wanted}.")

    return guard


def has_offer(a: Activity, actor: Actor, _: Facts, now: datetime) -> Refusal | None:
    if any(offered(b, now) and speaks_for(actor, b) for b in a.bookings):
        return None
    return Conflict("no-place-offered", "No place is offered to you now.")


def offered(b: Booking, now: datetime) -> bool:
    return b.state is _B.OFFERED and b.answer_by is not None and now <= b.answer_by


def registration_open(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.registration is not None and a.registration.closed_at is None:
        return None
    return Conflict("registration-not-open", "Families cannot register here now.")


OPEN = frozenset({_S.SCHEDULED, _S.CONFIRMED})
"""Places are given once it has a date."""
HELD = frozenset({_S.IN_PROGRESS, _S.DELIVERED, _S.EVALUATED, _S.CLOSED})
"""It takes or took place."""
_PREPARING = OPEN | {_S.DRAFT, _S.PROPOSED, _S.ACCEPTED}
_PLACED = frozenset(KIND_OF)
_FAMILIES = frozenset({_F.PARENTS_DAY})
_CLASSES = frozenset(form for form, kind in KIND_OF.items() if kind is BookingKind.CLASS)

PLACES: dict[str, Action] = {
    "set-places": Action(_PREPARING, (hosting,), _PLACED),
    "set-lesson": Action(_PREPARING, (hosting,), frozenset({_F.GUEST_LESSON})),
    "set-visit": Action(_PREPARING, (), frozenset({_F.COMPANY_VISIT})),
    "set-masterclass": Action(_PREPARING, (hosting,), frozenset({_F.TEACHER_MASTERCLASS})),
    "book": Action(OPEN, (booking_side, before_start, places_known), _PLACED, may_join),
    "change-booking": Action(OPEN, (before_start, has_own(*LIVE)), _CLASSES),
    "leave": Action(OPEN, (before_start, has_own(*LIVE)), _PLACED, may_join),
    "accept-place": Action(OPEN, (before_start, has_offer), _PLACED, may_join),
    "open-registration": Action(OPEN, (before_start,), _FAMILIES),
    "change-registration": Action(OPEN, (before_start, registration_open), _FAMILIES),
    "close-registration": Action(OPEN, (registration_open,), _FAMILIES),
}
