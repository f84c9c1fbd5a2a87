"""Conditions of taking places, waiting and leaving: each refuses with its reason, or does not."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import NotAParticipant
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt
from triskel.activities.activities.rules.details import Booking
from triskel.activities.places.refusals import (
    BookingUnknown,
    CoordinatorApproves,
    HostPublishes,
    HostSays,
    NoPlaceOffered,
    NoSuchBooking,
    NotYourBooking,
    PlacesClosed,
    PlacesNotSet,
    SchoolAnswersFirst,
    SchoolBooks,
)
from triskel.activities.places.rules.places import may_join, places_of
from triskel.chassis.actions import Actor
from triskel.contracts.codes import BookingState, Side

_B = BookingState


def speaks_for(actor: Actor, booking: Booking) -> bool:
    return Side.COORDINATOR in actor.sides or actor.school == booking.organisation_id


def side_or_teacher(attempt: ActivityAttempt) -> NotAParticipant | None:
    """The sides, and whoever may take a place beside them."""
    if attempt.actor.sides or may_join(attempt.subject, attempt.actor):
        return None
    return NotAParticipant()


def hosting(attempt: ActivityAttempt) -> HostSays | None:
    return None if {Side.HOST, Side.COORDINATOR} & attempt.actor.sides else HostSays()


def publishing(attempt: ActivityAttempt) -> HostPublishes | None:
    """Its own yes is all that it needs, so nobody gives it for the host."""
    return None if Side.HOST in attempt.actor.sides else HostPublishes()


def of_the_host_alone(
    attempt: ActivityAttempt,
) -> SchoolAnswersFirst | CoordinatorApproves | None:
    """No school and no coordinator has a say in it."""
    if attempt.subject.school_id is not None:
        return SchoolAnswersFirst(value=str(attempt.subject.school_id))
    asked = attempt.facts.settings.masterclasses_by_coordinator
    return CoordinatorApproves() if asked else None


def booking_side(attempt: ActivityAttempt) -> SchoolBooks | None:
    activity, actor = attempt.subject, attempt.actor
    if Side.COORDINATOR in actor.sides or may_join(activity, actor):
        return None
    if actor.school is not None and actor.school == activity.school_id:
        return None
    return SchoolBooks()


def before_start(attempt: ActivityAttempt) -> PlacesClosed | None:
    slot = attempt.subject.slot
    assert slot is not None
    if attempt.now < slot.starts_at:
        return None
    return PlacesClosed(value=slot.starts_at.isoformat())


def places_known(attempt: ActivityAttempt) -> PlacesNotSet | None:
    return None if places_of(attempt.subject) is not None else PlacesNotSet()


def has_own(*states: BookingState) -> Callable[[ActivityAttempt], NoSuchBooking | None]:
    """There is a booking in one of these states that this actor speaks for."""

    def guard(attempt: ActivityAttempt) -> NoSuchBooking | None:
        if any(
            booking.state in states and speaks_for(attempt.actor, booking)
            for booking in attempt.subject.bookings
        ):
            return None
        return NoSuchBooking(states=" / ".join(states))

    return guard


def has_offer(attempt: ActivityAttempt) -> NoPlaceOffered | None:
    if any(
        is_offered(attempt, booking) and speaks_for(attempt.actor, booking)
        for booking in attempt.subject.bookings
    ):
        return None
    return NoPlaceOffered()


def is_offered(attempt: ActivityAttempt, booking: Booking) -> bool:
    return (
        booking.state is _B.OFFERED
        and booking.answer_by is not None
        and attempt.now <= booking.answer_by
    )


def for_its_school(
    attempt: ActivityAttempt, asked: Booking, *given: Any, **named: Any
) -> NotYourBooking | None:
    """A school books for its own, the coordinator for any."""
    if speaks_for(attempt.actor, asked):
        return None
    return NotYourBooking(field="organisation_id", value=str(asked.organisation_id))


def own_booking(
    attempt: ActivityAttempt, booking_id: UUID, *given: Any, **named: Any
) -> BookingUnknown | NotYourBooking | None:
    """A booking that is there, and this actor's."""
    booking = find_booking(attempt.subject, booking_id)
    if booking is None:
        return BookingUnknown(value=str(booking_id))
    return None if speaks_for(attempt.actor, booking) else NotYourBooking()


def find_booking(activity: Activity, booking_id: UUID) -> Booking | None:
    return next((each for each in activity.bookings if each.id == booking_id), None)
