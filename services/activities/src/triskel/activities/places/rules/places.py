"""Places: who has them, who waits, who comes next; and what a class needs before it may come.

All or nothing: a class is placed only if every pupil fits, else it waits as a whole.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from triskel.activities.activities.refusals import NoShowHasAttendance
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    Attendance,
    becomes,
)
from triskel.activities.activities.rules.details import Booking
from triskel.activities.calendars.rules import Calendar
from triskel.activities.places.refusals import (
    ConsentsMissing,
    FewerCountedThanMarked,
    NotBooked,
    TooFewAdults,
    TransportMissing,
)
from triskel.chassis.actions import Actor, Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    BookingKind,
    BookingState,
    DeliveryOutcome,
    Role,
)
from triskel.contracts.days import day_in
from triskel.contracts.registry import RegionSettings

_S, _F, _B = ActivityState, ActivityFormat, BookingState

KIND_OF = {
    _F.GUEST_LESSON: BookingKind.CLASS,
    _F.COMPANY_VISIT: BookingKind.CLASS,
    _F.TEACHER_MASTERCLASS: BookingKind.TEACHER,
}
"""The formats whose people take places, and who they are; families register by themselves."""
HOLDING = frozenset({_B.BOOKED, _B.OFFERED, _B.ATTENDED, _B.ABSENT})
LIVE = frozenset({_B.BOOKED, _B.OFFERED, _B.WAITING})
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


def places_of(activity: Activity) -> int | None:
    return activity.places if activity.places is not None else activity.capacity


def taken(activity: Activity) -> int:
    return sum(booking.size for booking in activity.bookings if booking.state in HOLDING)


def free(activity: Activity) -> int:
    """Less than none when the capacity was lowered."""
    return (places_of(activity) or 0) - taken(activity)


def queue(activity: Activity) -> list[Booking]:
    """Who waits, in the order of asking."""
    return [booking for booking in activity.bookings if booking.state is _B.WAITING]


def positions(activity: Activity) -> dict[UUID, int]:
    return {booking.id: number for number, booking in enumerate(queue(activity), 1)}


def pupils_by_school(activity: Activity) -> list[dict[str, Any]]:
    """Each of several schools, the activity's own first, with the pupils of its classes: those who
    have places, and those who wait. Empty where there is one school alone."""
    if not activity.further_schools:
        return []
    found: dict[UUID | None, dict[str, Any]] = {
        school_id: {"school_id": school_id, "pupils": 0, "waiting": 0}
        for school_id in (activity.school_id, *activity.further_schools)
    }
    for booking in activity.bookings:
        if booking.state in HOLDING:
            found[booking.organisation_id]["pupils"] += booking.size
        elif booking.state is _B.WAITING:
            found[booking.organisation_id]["waiting"] += booking.size
    return list(found.values())


def with_booking(activity: Activity, changed: Booking) -> Activity:
    """The activity one version on, with one booking changed."""
    bookings = tuple(
        changed if booking.id == changed.id else booking for booking in activity.bookings
    )
    return becomes(activity, bookings=bookings)


def offer_places(
    activity: Activity, now: datetime, calendar: Calendar
) -> Iterator[Change[Activity]]:
    """Free places are offered, one booking and one version after the other, and held for as long as
    the region of this calendar says. What somebody does brings it about, and nobody does it."""
    if activity.state not in OPEN or activity.slot is None or now >= activity.slot.starts_at:
        return
    answer_by = min(_held_until(now, calendar, activity.time_zone), activity.slot.starts_at)
    for booking in promotions(queue(activity), free(activity)):
        offered = replace(booking, state=_B.OFFERED, answer_by=answer_by)
        activity = with_booking(activity, offered)
        yield Change(
            activity,
            contract.ActivityPlaceOffered,
            {"booking_id": booking.id},
            action="offer-place",
            by=Role.SYSTEM,
        )


def _held_until(now: datetime, calendar: Calendar, time_zone: str) -> datetime:
    """The hours of days without school do not count: what is offered on a Friday waits for Monday,
    or for the end of the holidays."""
    hold, moment = timedelta(hours=calendar.settings.places.hold_hours), now
    while hold > timedelta():
        day = day_in(moment, time_zone)
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
        left = midnight.astimezone(UTC) - moment
        if calendar.school_day(day):
            left = min(left, hold)
            hold -= left
        moment += left
    return moment


def next_deadline(activity: Activity) -> datetime | None:
    """When the first offer lapses; null where nobody is offered anything."""
    if activity.state not in OPEN:
        return None
    return min(
        (
            booking.answer_by
            for booking in activity.bookings
            if booking.state is _B.OFFERED and booking.answer_by
        ),
        default=None,
    )


def preconditions(activity: Activity) -> tuple[str, ...]:
    """What is ticked before it is confirmed: the format's, and what the site asks for."""
    asked = (
        ("safety-equipment-ready",) if activity.visit and activity.visit.safety_equipment else ()
    )
    return (*activity.form.preconditions, *asked)


def class_refusal(
    activity: Activity, booking: Booking, settings: RegionSettings
) -> TooFewAdults | ConsentsMissing | None:
    """Why a class may not come to a visit: too few adults, or parents who have not agreed."""
    visit = activity.visit
    pupils = visit.pupils_per_adult if visit else settings.places.pupils_per_adult
    needed = ceil(booking.size / pupils)
    if booking.adults < needed:
        return TooFewAdults(
            pupils=pupils,
            size=booking.size,
            needed=needed,
            value=booking.adults,
        )
    if booking.consents < booking.size:
        return ConsentsMissing(consents=booking.consents, size=booking.size, value=booking.consents)
    return None


def visit_refusal(
    activity: Activity, settings: RegionSettings
) -> TransportMissing | TooFewAdults | ConsentsMissing | None:
    """Why a visit is not ready: transport, adults, consents."""
    if activity.format is not _F.COMPANY_VISIT:
        return None
    if activity.visit is not None and activity.visit.transport is None:
        return TransportMissing()
    refusals = (
        class_refusal(activity, booking, settings)
        for booking in activity.bookings
        if booking.state is _B.BOOKED
    )
    return next((refused for refused in refusals if refused), None)


def visit_ready(
    attempt: ActivityAttempt,
) -> TransportMissing | TooFewAdults | ConsentsMissing | None:
    return visit_refusal(attempt.subject, attempt.facts.settings)


def may_join(activity: Activity, actor: Actor) -> bool:
    """A masterclass is open to the teachers of every school of its region, a lesson or a visit to
    the further schools that it has; unless it is hidden."""
    if activity.hidden_at is not None:
        return False
    if actor.school in activity.further_schools:
        return True
    return activity.format is _F.TEACHER_MASTERCLASS and actor.school is not None


OPEN = frozenset({_S.SCHEDULED, _S.CONFIRMED})
"""Places are given once it has a date."""
HELD = frozenset({_S.IN_PROGRESS, _S.DELIVERED, _S.EVALUATED, _S.CLOSED})
"""It takes or took place."""
_MARKED = frozenset({_B.BOOKED, _B.ATTENDED, _B.ABSENT})


def mark(
    activity: Activity,
    outcome: DeliveryOutcome,
    attendance: Collection[Attendance],
    present: Collection[UUID] | None,
    now: datetime,
) -> tuple[Booking, ...]:
    """Bookings as attended or absent. Who was attended and is absent after a correction loses the
    certificate. More may have come than had booked; null marks nobody."""
    if present is None:
        return activity.bookings
    unknown = set(present) - {
        booking.id for booking in activity.bookings if booking.state in _MARKED
    }
    if unknown:
        raise NotBooked(value=str(min(unknown)))
    if outcome is DeliveryOutcome.NO_SHOW and present:
        raise NoShowHasAttendance(field="attended")
    people = sum(row.people for row in attendance)
    if KIND_OF.get(activity.format) is BookingKind.TEACHER and len(present) > people:
        raise FewerCountedThanMarked(people=people, marked=len(present), value=len(present))
    return tuple(
        _marked(booking, booking.id in present, now) if booking.state in _MARKED else booking
        for booking in activity.bookings
    )


def _marked(booking: Booking, present: bool, now: datetime) -> Booking:
    if present:
        return replace(booking, state=_B.ATTENDED, revoked_at=None)
    revoked = now if booking.state is _B.ATTENDED else booking.revoked_at
    return replace(booking, state=_B.ABSENT, revoked_at=revoked)


def asked_again(
    activity: Activity, answer_by: datetime
) -> tuple[tuple[Booking, ...], tuple[UUID, ...]]:
    """The bookings for another date, and the ids of those that say whether they still come: they
    keep their places until `answer_by`. The school of the activity has agreed to the date for its
    own classes. Parents consent anew, and who waits keeps its turn."""
    asked = {
        booking.id: replace(booking, state=_B.OFFERED, answer_by=answer_by)
        for booking in activity.bookings
        if booking.state is _B.OFFERED
        or (booking.state is _B.BOOKED and booking.organisation_id != activity.school_id)
    }
    bookings = tuple(
        replace(asked.get(booking.id, booking), consents=0) if booking.state in LIVE else booking
        for booking in activity.bookings
    )
    return bookings, tuple(asked)
