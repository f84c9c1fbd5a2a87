"""What a change of places is to people: to a class's school, to the very teacher who booked."""

from typing import Any, get_args
from uuid import UUID

from triskel.contracts import activities
from triskel.contracts.codes import BookingState

_PlaceNews = (
    activities.ActivityPlaceOffered
    | activities.ActivityPlaceWaitlisted
    | activities.ActivityPlaceLapsed
)
PLACE_NEWS: tuple[type[activities.ActivityEvent], ...] = get_args(_PlaceNews)
"""Who booked at once, or left, did it and need not be told."""
ASKED_AGAIN = activities.ActivityPlacesAskedAgain
"""Who has places and is asked whether they still come, because the date is another."""


def booking_of(event: activities.ActivityEvent) -> activities.Booking | None:
    """The booking that the news are about; null where they are about none."""
    if not isinstance(event, _PlaceNews):
        return None
    return next(b for b in event.activity.bookings if b.id == event.booking_id)


def asked_again(activity: activities.Activity) -> frozenset[UUID]:
    """The teachers, and the schools of classes, who keep their places until they have said so."""
    return frozenset(
        booking.contact_id or booking.organisation_id
        for booking in activity.bookings
        if booking.state is BookingState.OFFERED
    )


def answer_by_of(event: activities.ActivityEvent) -> dict[str, Any]:
    """Until when those who are asked again say whether they still come: all as long."""
    if not isinstance(event, ASKED_AGAIN):
        return {}
    asked = (each for each in event.activity.bookings if each.id in event.booking_ids)
    until = next((each.answer_by for each in asked if each.answer_by), None)
    return {"answer_by": until.isoformat()} if until else {}


def facts_of(booking: activities.Booking) -> dict[str, Any]:
    """`answer_by` is until when the places are held."""
    return booking.model_dump(
        mode="json", include={"answer_by", "position", "label", "size"}, exclude_none=True
    )
