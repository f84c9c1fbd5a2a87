"""What an activity becomes when people take places, wait, leave or are marked as present."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, Attendance, Facts
from triskel.activities.activities.rules.details import Booking, Lesson, Masterclass, Visit
from triskel.activities.activities.rules.places import (
    ENDED_KEPT,
    HOLDING,
    KIND_OF,
    LIVE,
    MOST_BOOKINGS,
    class_refusal,
    free,
    offered,
    places_of,
    speaks_for,
    taken,
    visit_refusal,
    with_booking,
)
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    BookingKind,
    BookingState,
    DeliveryOutcome,
)
from triskel.contracts.folding import compared
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound

_B = BookingState
_MARKED = frozenset({_B.BOOKED, _B.ATTENDED, _B.ABSENT})


def set_places(a: Activity, actor: Actor, facts: Facts, now: datetime, places: int) -> Activity:
    following = begin("set-places", a, actor, facts, now)
    if places < taken(a):
        raise Conflict(
            "places-taken",
            f"{taken(a)} places are taken: somebody must leave first.",
            field="places",
            value=places,
        )
    return replace(following, places=places)


def set_lesson(a: Activity, actor: Actor, facts: Facts, now: datetime, lesson: Lesson) -> Activity:
    return replace(begin("set-lesson", a, actor, facts, now), lesson=lesson)


def set_visit(a: Activity, actor: Actor, facts: Facts, now: datetime, visit: Visit) -> Activity:
    """What a confirmed visit asks for stays met."""
    following = replace(begin("set-visit", a, actor, facts, now), visit=visit)
    if a.state is ActivityState.CONFIRMED and (refused := visit_refusal(following)):
        raise refused
    return following


def set_masterclass(
    a: Activity, actor: Actor, facts: Facts, now: datetime, masterclass: Masterclass
) -> Activity:
    return replace(begin("set-masterclass", a, actor, facts, now), masterclass=masterclass)


def book(a: Activity, actor: Actor, facts: Facts, now: datetime, asked: Booking) -> Activity:
    """Booked if all of it fits, else on the waiting list as a whole."""
    following = begin("book", a, actor, facts, now)
    _check_asked(a, actor, asked)
    places = places_of(a)
    assert places is not None
    if asked.size > places:
        raise Invalid(
            "larger-than-the-places",
            f"There are {places} places in all.",
            field="size",
            value=asked.size,
        )
    if asked.size <= free(a):
        asked = replace(asked, state=_B.BOOKED)
        _check_ready(a, asked)
    ended = [b.id for b in a.bookings if b.state in (_B.LEFT, _B.LAPSED)]
    forgotten = ended[: max(0, len(ended) - ENDED_KEPT)]
    kept = tuple(b for b in a.bookings if b.id not in forgotten)
    return replace(following, bookings=(*kept, asked))


def _check_asked(a: Activity, actor: Actor, asked: Booking) -> None:
    if not speaks_for(actor, asked):
        raise Forbidden(
            "not-your-booking",
            "You book for your own school.",
            field="organisation_id",
            value=str(asked.organisation_id),
        )
    if KIND_OF[a.format] is BookingKind.CLASS:
        if asked.label is None or asked.contact_id is not None:
            raise Invalid(
                "class-label-missing",
                'A class books by its label, such as "2nde 4".',
                field="label",
            )
        if asked.organisation_id != a.school_id:
            raise Invalid(
                "class-of-another-school",
                "The classes are of the school that takes part.",
                field="organisation_id",
                value=str(asked.organisation_id),
            )
    elif asked.contact_id is None or asked.label is not None or asked.size != 1 or asked.adults:
        raise Invalid(
            "teacher-missing", "A teacher books by contact id, for one place.", field="contact_id"
        )
    live = [b for b in a.bookings if b.state in LIVE]
    # a teacher is one person, whichever school books
    same = [
        b
        for b in live
        if _who(b) == _who(asked)
        or (asked.contact_id is not None and b.contact_id == asked.contact_id)
    ]
    if same:
        raise Conflict(
            "booked-already",
            f"It has a booking here, which is {same[0].state}.",
            field="label" if asked.label else "contact_id",
        )
    if len(live) >= MOST_BOOKINGS:
        raise Conflict(
            "too-many-bookings", f"{MOST_BOOKINGS} book or wait here at most.", field="bookings"
        )
    _check_consents(asked)


def _who(b: Booking) -> tuple[UUID, UUID | None, str | None]:
    """However its label is spelt, a class is one class."""
    return b.organisation_id, b.contact_id, None if b.label is None else compared(b.label)


def _check_consents(b: Booking) -> None:
    if b.consents > b.size:
        raise Invalid(
            "more-consents-than-pupils",
            f"The class has {b.size} pupils.",
            field="consents",
            value=b.consents,
        )


def _check_ready(a: Activity, b: Booking) -> None:
    """Whoever comes to a visit that is confirmed already meets what it was confirmed with."""
    confirmed = a.format is ActivityFormat.COMPANY_VISIT and a.state is ActivityState.CONFIRMED
    if confirmed and (refused := class_refusal(a, b)):
        raise refused


def _own(a: Activity, actor: Actor, number: UUID) -> Booking:
    """Raises `NotFound`, and `Forbidden` for somebody else's."""
    found = next((b for b in a.bookings if b.id == number), None)
    if found is None:
        raise NotFound(
            "booking-unknown", "There is no such booking here.", field="booking", value=str(number)
        )
    if not speaks_for(actor, found):
        raise Forbidden("not-your-booking", "It is another school's booking.")
    return found


def _own_live(a: Activity, actor: Actor, number: UUID) -> Booking:
    found = _own(a, actor, number)
    if found.state not in LIVE:
        raise Conflict(
            "booking-has-ended", f"The booking is {found.state}.", field="state", value=found.state
        )
    return found


def change_booking(
    a: Activity, actor: Actor, facts: Facts, now: datetime, number: UUID, changes: dict[str, Any]
) -> Activity:
    """It may shrink, and grow where there is room; who waits keeps its turn."""
    begin("change-booking", a, actor, facts, now)
    before = _own_live(a, actor, number)
    after = replace(before, **changes)
    if after == before:
        raise Conflict("booking-unchanged", "That is how it is.", field="size", value=after.size)
    grows = after.size - before.size
    places = places_of(a) or 0
    if after.size > places or (after.state in HOLDING and grows > max(0, free(a))):
        raise Conflict(
            "no-room-to-grow",
            f"{free(a)} places are free.",
            field="size",
            value=after.size,
        )
    _check_consents(after)
    if after.state is _B.BOOKED:
        _check_ready(a, after)
    return with_booking(a, after)


def leave(a: Activity, actor: Actor, facts: Facts, now: datetime, number: UUID) -> Activity:
    begin("leave", a, actor, facts, now)
    left = _own_live(a, actor, number)
    return with_booking(a, replace(left, state=_B.LEFT, answer_by=None))


def accept_place(a: Activity, actor: Actor, facts: Facts, now: datetime, number: UUID) -> Activity:
    begin("accept-place", a, actor, facts, now)
    found = _own(a, actor, number)
    if not offered(found, now):
        raise Conflict(
            "no-place-offered",
            f"The booking is {found.state}; no place is offered now.",
            field="state",
            value=found.state,
        )
    booked = replace(found, state=_B.BOOKED, answer_by=None)
    _check_ready(a, booked)
    return with_booking(a, booked)


def mark(
    a: Activity,
    outcome: DeliveryOutcome,
    attendance: Collection[Attendance],
    present: Collection[UUID] | None,
    now: datetime,
) -> tuple[Booking, ...]:
    """Bookings as attended or absent. Who was attended and is absent after a correction loses the
    certificate. More may have come than had booked; null marks nobody."""
    if present is None:
        return a.bookings
    unknown = set(present) - {b.id for b in a.bookings if b.state in _MARKED}
    if unknown:
        raise Invalid(
            "not-booked",
            "Only who had a place is marked as present.",
            field="attended",
            value=str(min(unknown)),
        )
    if outcome is DeliveryOutcome.NO_SHOW and present:
        raise Invalid("no-show-has-attendance", "Nobody came.", field="attended")
    people = sum(row.people for row in attendance)
    if KIND_OF.get(a.format) is BookingKind.TEACHER and len(present) > people:
        raise Invalid(
            "fewer-counted-than-marked",
            f"{people} are counted, but {len(present)} are marked as present.",
            field="attended",
            value=len(present),
        )
    return tuple(_marked(b, b.id in present, now) if b.state in _MARKED else b for b in a.bookings)


def _marked(b: Booking, present: bool, now: datetime) -> Booking:
    if present:
        return replace(b, state=_B.ATTENDED, revoked_at=None)
    revoked = now if b.state is _B.ATTENDED else b.revoked_at
    return replace(b, state=_B.ABSENT, revoked_at=revoked)
