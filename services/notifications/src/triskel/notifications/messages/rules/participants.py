"""Who takes part in an activity beside its two sides: they hear of its dates, and its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from triskel.contracts import activities
from triskel.contracts.codes import BookingState

DATES: tuple[type[activities.ActivityEvent], ...] = (
    activities.ActivityScheduled,
    activities.ActivityConfirmed,
    activities.ActivityPostponed,
    activities.ActivityCancelled,
    activities.ActivityLeft,
    activities.ActivitySuspended,
    activities.ActivityResumed,
)
"""What is news for everybody who takes part: a date, a place, and that there is none any more."""

_LIVE = {BookingState.BOOKED, BookingState.OFFERED, BookingState.WAITING}


@dataclass(frozen=True)
class Participants:
    """Whole organisations, and single people; no names, ids alone."""

    organisations: frozenset[UUID]
    contacts: frozenset[UUID]


def participants_of(activity: activities.Activity) -> Participants:
    """Who has a place or waits for one, the schools of a challenge's teams with its mentors and its
    jury, and who comes to a meeting. Who has left, or was taken off, is not among them."""
    organisations = {*_with_a_place(activity), *_in_a_challenge(activity), *_at_a_meeting(activity)}
    contacts = {
        booking.contact_id
        for booking in activity.bookings
        if booking.state in _LIVE and booking.contact_id is not None
    }
    if activity.challenge is not None:
        contacts |= {*activity.challenge.mentors, *activity.challenge.jury}
    return Participants(
        frozenset(organisations) - {activity.school_id, activity.host_id}, frozenset(contacts)
    )


def _with_a_place(activity: activities.Activity) -> Iterator[UUID]:
    """A class is its school's affair; a teacher comes alone."""
    for booking in activity.bookings:
        if booking.state in _LIVE and booking.contact_id is None:
            yield booking.organisation_id


def _in_a_challenge(activity: activities.Activity) -> Iterator[UUID]:
    for team in activity.challenge.teams if activity.challenge is not None else ():
        if team.school_id is not None:
            yield team.school_id


def _at_a_meeting(activity: activities.Activity) -> Iterator[UUID]:
    if activity.task_force is not None:
        yield from (each.organisation_id for each in activity.task_force.delegations)
        yield from (each.organisation_id for each in activity.task_force.guests)
        yield from (each.organisation_id for each in activity.task_force.visits)
