"""What the activities service says of places and of families who register."""

from uuid import UUID

from triskel.contracts.activities.activities import ActivityEvent


class ActivityPlacesAskedAgain(ActivityEvent):
    """The date is another: these have their places until the booking's `answer_by`, and say whether
    they still come."""

    booking_ids: tuple[UUID, ...]


class ActivityPlacesSet(ActivityEvent):
    """There are so many places."""


class ActivitySchoolsSet(ActivityEvent):
    """Other schools may bring classes, too; `added` are those that could not before."""

    added: tuple[UUID, ...] = ()


class ActivityDetailsSet(ActivityEvent):
    """What its format needs was said: the expert, what the site asks for, or the hours."""


class ActivityPlaceBooked(ActivityEvent):
    """A class or a teacher has its places, at once or by taking an offer."""

    booking_id: UUID


class ActivityPlaceWaitlisted(ActivityEvent):
    """It does not fit as a whole and waits."""

    booking_id: UUID


class ActivityPlaceOffered(ActivityEvent):
    """Who waited is offered places, held until the booking's `answer_by`."""

    booking_id: UUID


class ActivityPlaceChanged(ActivityEvent):
    """A booking has another size, other adults or consents."""

    booking_id: UUID


class ActivityPlaceLeft(ActivityEvent):
    """A booking was given up."""

    booking_id: UUID


class ActivityPlaceLapsed(ActivityEvent):
    """An offer was not taken in time."""

    booking_id: UUID


class ActivityRegistrationOpened(ActivityEvent):
    """Families may register themselves, by a secret link."""


class ActivityRegistrationChanged(ActivityEvent):
    """The quota or the last moment to register is another."""


class ActivityRegistrationClosed(ActivityEvent):
    """The link does not work any more."""


class ActivityRegistrationCounted(ActivityEvent):
    """So many people are registered and wait: said now and then, not for each family."""
