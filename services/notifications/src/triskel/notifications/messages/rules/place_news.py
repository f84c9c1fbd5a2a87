"""What a change of places is to people: to a class's school, to the very teacher who booked."""

from typing import Any, get_args

from triskel.contracts import activities as a

_PlaceNews = a.ActivityPlaceOffered | a.ActivityPlaceWaitlisted | a.ActivityPlaceLapsed
PLACE_NEWS: tuple[type[a.ActivityEvent], ...] = get_args(_PlaceNews)
"""Who booked at once, or left, did it and need not be told."""


def booking_of(event: a.ActivityEvent) -> a.Booking | None:
    """The booking that the news are about; null where they are about none."""
    if not isinstance(event, _PlaceNews):
        return None
    return next(b for b in event.activity.bookings if b.id == event.booking_id)


def facts_of(booking: a.Booking) -> dict[str, Any]:
    """`answer_by` is until when the places are held."""
    return booking.model_dump(
        mode="json", include={"answer_by", "position", "label", "size"}, exclude_none=True
    )
