"""Taking places, waiting, leaving: what becomes of the activity."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import SchoolNotReady
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    Slot,
    becomes,
)
from triskel.activities.activities.rules.details import Booking, Lesson, Masterclass, Visit
from triskel.activities.activities.rules.transitions import schedule
from triskel.activities.calendars.rules import Calendar
from triskel.activities.places.refusals import (
    BookedAlready,
    BookingHasEnded,
    BookingUnchanged,
    ClassLabelMissing,
    ClassOfAnotherSchool,
    LargerThanThePlaces,
    MoreConsentsThanPupils,
    NoPlaceOffered,
    NoRoomToGrow,
    PlacesTaken,
    SchoolHasClasses,
    SchoolTwice,
    TeacherMissing,
    TooManyBookings,
)
from triskel.activities.places.rules.guards import find_booking, is_offered
from triskel.activities.places.rules.places import (
    ENDED_KEPT,
    HOLDING,
    KIND_OF,
    LIVE,
    class_refusal,
    free,
    offer_places,
    places_of,
    taken,
    visit_refusal,
    with_booking,
)
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    BookingKind,
    BookingState,
    Role,
    Side,
    Transport,
)
from triskel.contracts.folding import compared

_B = BookingState


_UNKNOWN_SCHOOL = {
    "en": "Places are for approved schools of the region; this one is not known as such (yet: the "
    "directory arrives by events)",
    "fr": "Les places sont pour les établissements approuvés de la région ; celui-ci n'est pas "
    "(encore) connu comme tel : l'annuaire arrive par événements",
}


def set_places(attempt: ActivityAttempt, places: int, calendar: Calendar) -> list[ActivityChange]:
    """More places are offered to those who wait. Raises `Conflict`."""
    activity = attempt.subject
    if places < taken(activity):
        raise PlacesTaken(taken=taken(activity), value=places)
    changed = becomes(activity, places=places)
    return [
        Change(changed, contract.ActivityPlacesSet),
        *offer_places(changed, attempt.now, calendar),
    ]


def set_schools(
    attempt: ActivityAttempt, school_ids: Sequence[UUID], known: Collection[UUID]
) -> list[ActivityChange]:
    """All further schools; `known` are those of them that may take places here. The same again
    changes nothing. Raises `Invalid` and `Conflict`."""
    activity = attempt.subject
    seen = {activity.school_id}
    for school_id in school_ids:
        if school_id in seen:
            raise SchoolTwice(value=str(school_id))
        seen.add(school_id)
    before = set(activity.further_schools)
    for school_id in school_ids:
        # who takes part already is not asked again what it was asked once
        if school_id not in before and school_id not in known:
            raise SchoolNotReady(why=_UNKNOWN_SCHOOL, field="schools", value=str(school_id))
    for booking in activity.bookings:
        if booking.organisation_id not in seen and booking.state in LIVE:
            raise SchoolHasClasses(value=str(booking.organisation_id))
    if before == set(school_ids):
        return []
    gone = before - set(school_ids)
    bookings = tuple(each for each in activity.bookings if each.organisation_id not in gone)
    changed = becomes(activity, further_schools=tuple(school_ids), bookings=bookings)
    added = tuple(each for each in school_ids if each not in before)
    return [Change(changed, contract.ActivitySchoolsSet, {"added": added})]


def set_lesson(attempt: ActivityAttempt, lesson: Lesson) -> ActivityChange:
    return Change(becomes(attempt.subject, lesson=lesson), contract.ActivityDetailsSet)


def set_visit(
    attempt: ActivityAttempt,
    pupils_per_adult: int | None,
    transport: Transport | None,
    safety_equipment: tuple[str, ...],
) -> ActivityChange:
    """Where the host says nothing of adults, as many as the region asks for now. What a confirmed
    visit asks for stays met. Raises `Invalid`."""
    settings = attempt.facts.settings
    pupils = pupils_per_adult or settings.places.pupils_per_adult
    changed = becomes(attempt.subject, visit=Visit(pupils, transport, safety_equipment))
    if changed.state is ActivityState.CONFIRMED and (refused := visit_refusal(changed, settings)):
        raise refused
    return Change(changed, contract.ActivityDetailsSet)


def set_masterclass(attempt: ActivityAttempt, masterclass: Masterclass) -> ActivityChange:
    changed = becomes(attempt.subject, masterclass=masterclass)
    return Change(changed, contract.ActivityDetailsSet)


def publish(
    attempt: ActivityAttempt, slot: Slot | None = None, calendar: Calendar | None = None
) -> list[ActivityChange]:
    """The host's yes is the only one; with a slot teachers may come at once. Raises as
    `schedule`."""
    activity, now = attempt.subject, attempt.now
    published = becomes(
        activity,
        state=ActivityState.ACCEPTED,
        proposed_at=activity.proposed_at or now,
        answer_by=None,
        answered_at=now,
        approvals=activity.approvals.with_yes(Side.HOST, now),
    )
    accepted = Change(published, contract.ActivityAccepted)
    if slot is None or calendar is None:
        return [accepted]
    scheduled = schedule(replace(attempt, subject=published), slot, calendar)
    return [accepted, replace(scheduled, action="schedule")]


def book(attempt: ActivityAttempt, asked: Booking, known: bool = True) -> ActivityChange:
    """Booked if all of it fits, else on the waiting list as a whole. `known`: its school is an
    approved one of the region. Raises `Invalid` and `Conflict`."""
    activity, places = attempt.subject, places_of(attempt.subject)
    assert places is not None
    _check_asked(attempt, asked)
    if asked.size > places:
        raise LargerThanThePlaces(places=places, value=asked.size)
    fits = asked.size <= free(activity)
    if fits:
        asked = replace(asked, state=_B.BOOKED)
        _check_ready(attempt, asked)
    ended = [each.id for each in activity.bookings if each.state in (_B.LEFT, _B.LAPSED)]
    forgotten = ended[: max(0, len(ended) - ENDED_KEPT)]
    kept = tuple(each for each in activity.bookings if each.id not in forgotten)
    event = contract.ActivityPlaceBooked if fits else contract.ActivityPlaceWaitlisted
    if not known:
        raise SchoolNotReady(
            why=_UNKNOWN_SCHOOL, field="organisation_id", value=str(asked.organisation_id)
        )
    booked = becomes(activity, bookings=(*kept, asked))
    return Change(booked, event, {"booking_id": asked.id})


def change_booking(
    attempt: ActivityAttempt, booking_id: UUID, changes: Mapping[str, Any], calendar: Calendar
) -> list[ActivityChange]:
    """It may shrink, and grow where there is room; who waits keeps its turn. Places that it leaves
    are offered on. Raises `Conflict` and `Invalid`."""
    activity = attempt.subject
    before = _live(activity, booking_id)
    after = replace(before, **changes)
    if after == before:
        raise BookingUnchanged(value=after.size)
    grows = after.size - before.size
    too_large = after.size > (places_of(activity) or 0)
    if too_large or (after.state in HOLDING and grows > max(0, free(activity))):
        raise NoRoomToGrow(free=free(activity), value=after.size)
    _check_consents(after)
    if after.state is _B.BOOKED:
        _check_ready(attempt, after)
    changed = with_booking(activity, after)
    return [
        Change(changed, contract.ActivityPlaceChanged, {"booking_id": booking_id}),
        *offer_places(changed, attempt.now, calendar),
    ]


def leave(attempt: ActivityAttempt, booking_id: UUID, calendar: Calendar) -> list[ActivityChange]:
    """Its places are offered to the first who wait and fit. Raises `Conflict`."""
    booking = _live(attempt.subject, booking_id)
    left = with_booking(attempt.subject, replace(booking, state=_B.LEFT, answer_by=None))
    return [
        Change(left, contract.ActivityPlaceLeft, {"booking_id": booking_id}),
        *offer_places(left, attempt.now, calendar),
    ]


def accept_place(attempt: ActivityAttempt, booking_id: UUID) -> ActivityChange:
    """Raises `Conflict` and `Invalid`."""
    activity, booking = attempt.subject, find_booking(attempt.subject, booking_id)
    assert booking is not None
    if not is_offered(attempt, booking):
        raise NoPlaceOffered(field="state", value=booking.state)
    booked = replace(booking, state=_B.BOOKED, answer_by=None)
    _check_ready(attempt, booked)
    accepted = with_booking(activity, booked)
    return Change(accepted, contract.ActivityPlaceBooked, {"booking_id": booking_id})


def lapse(attempt: ActivityAttempt, calendar: Calendar) -> list[ActivityChange]:
    """Offers that nobody took in time end, and the places are offered to the next."""
    activity, changes = attempt.subject, []
    for booking in activity.bookings:
        late = booking.answer_by is not None and booking.answer_by < attempt.now
        if booking.state is _B.OFFERED and late:
            activity = with_booking(activity, replace(booking, state=_B.LAPSED))
            told = {"booking_id": booking.id}
            changes.append(Change(activity, contract.ActivityPlaceLapsed, told, by=Role.SYSTEM))
    return [*changes, *offer_places(activity, attempt.now, calendar)] if changes else []


def _live(activity: Activity, booking_id: UUID) -> Booking:
    booking = find_booking(activity, booking_id)
    assert booking is not None
    if booking.state not in LIVE:
        raise BookingHasEnded(state=booking.state, value=booking.state)
    return booking


def _check_asked(attempt: ActivityAttempt, asked: Booking) -> None:
    activity, most = attempt.subject, attempt.facts.settings.places.bookings
    if KIND_OF[activity.format] is BookingKind.CLASS:
        if asked.label is None or asked.contact_id is not None:
            raise ClassLabelMissing
        if asked.organisation_id not in (activity.school_id, *activity.further_schools):
            raise ClassOfAnotherSchool(value=str(asked.organisation_id))
    elif asked.contact_id is None or asked.label is not None or asked.size != 1 or asked.adults:
        raise TeacherMissing
    live = [each for each in activity.bookings if each.state in LIVE]
    # a teacher is one person, whichever school books
    same = [
        each
        for each in live
        if _who(each) == _who(asked)
        or (asked.contact_id is not None and each.contact_id == asked.contact_id)
    ]
    if same:
        raise BookedAlready(state=same[0].state, field="label" if asked.label else "contact_id")
    if len(live) >= most:
        raise TooManyBookings(most=most)
    _check_consents(asked)


def _who(booking: Booking) -> tuple[UUID, UUID | None, str | None]:
    """However its label is spelt, a class is one class."""
    label = None if booking.label is None else compared(booking.label)
    return booking.organisation_id, booking.contact_id, label


def _check_consents(booking: Booking) -> None:
    if booking.consents > booking.size:
        raise MoreConsentsThanPupils(size=booking.size, value=booking.consents)


def _check_ready(attempt: ActivityAttempt, booking: Booking) -> None:
    """Whoever comes to a visit that is confirmed already meets what it was confirmed with."""
    activity = attempt.subject
    visit = activity.format is ActivityFormat.COMPANY_VISIT
    confirmed = visit and activity.state is ActivityState.CONFIRMED
    if confirmed and (refused := class_refusal(activity, booking, attempt.facts.settings)):
        raise refused
