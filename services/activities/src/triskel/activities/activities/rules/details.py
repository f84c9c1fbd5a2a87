"""What single formats add to an activity: places and who takes them, expert, site, hours."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from triskel.contracts.codes import BookingKind, BookingState, Transport


@dataclass(frozen=True)
class Booking:
    """A class or a teacher that takes places or waits for them. `label` is a class's, such as
    "2nde 4"; `consents` counts the pupils of the class whose parents agreed."""

    id: UUID
    kind: BookingKind
    organisation_id: UUID
    size: int
    state: BookingState
    asked_at: datetime
    contact_id: UUID | None = None
    label: str | None = None
    adults: int = 0
    consents: int = 0
    answer_by: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Lesson:
    """`expert_id` is a contact of the host."""

    expert_id: UUID
    subject: str


@dataclass(frozen=True)
class Visit:
    """What the site asks of a class."""

    pupils_per_adult: int
    transport: Transport | None = None
    safety_equipment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Masterclass:
    hours: float


@dataclass(frozen=True)
class Registration:
    """Families' own registration, as counted when it was last published: people, never persons."""

    opened_at: datetime
    until: datetime
    quota: int
    booked: int = 0
    waiting: int = 0
    closed_at: datetime | None = None
