"""What the activities service says of places: bookings, waiting lists, families' registration."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import BookingKind, BookingState, Transport
from triskel.contracts.event import Part


class Booking(Part):
    """A class or a teacher that takes places or waits for them.

    `label` is a class's, such as "2nde 4", never a person's; `contact_id` is a teacher's id.
    `position` is the turn among those that wait. `answer_by` ends an offer, which holds the places
    meanwhile. `revoked_at`: marked as present, then put right: a certificate is void.
    """

    id: UUID
    kind: BookingKind
    organisation_id: UUID
    size: int = Field(ge=1)
    state: BookingState
    asked_at: datetime
    contact_id: UUID | None = None
    label: str | None = None
    adults: int = Field(default=0, ge=0, description="who come with a class")
    consents: int = Field(default=0, ge=0, description="pupils whose parents agreed")
    answer_by: datetime | None = None
    revoked_at: datetime | None = None
    position: int | None = Field(default=None, ge=1)


class TakingPart(Part):
    """One of several schools of a lesson or a visit, and its pupils: of the classes that have their
    places, and of those that wait."""

    school_id: UUID
    pupils: int = Field(default=0, ge=0)
    waiting: int = Field(default=0, ge=0)


class Lesson(Part):
    """`expert_id` is a contact of the host."""

    expert_id: UUID
    subject: str


class Visit(Part):
    """What the site asks of a class."""

    pupils_per_adult: int = Field(default=15, ge=1)
    transport: Transport | None = None
    safety_equipment: tuple[str, ...] = ()


class Masterclass(Part):
    hours: float = Field(gt=0)


class Registration(Part):
    """Families' own registration: people as counted when it was last published, never persons."""

    opened_at: datetime
    until: datetime
    quota: int = Field(ge=1)
    booked: int = Field(default=0, ge=0)
    waiting: int = Field(default=0, ge=0)
    closed_at: datetime | None = None
