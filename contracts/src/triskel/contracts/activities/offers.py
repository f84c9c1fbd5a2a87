"""What the activities service says of offers: a host's templates of many dated activities."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import (
    ActivityFormat,
    HalfDay,
    Isced,
    Language,
    OfferState,
    PlaceKind,
    Role,
    TimeZone,
)
from triskel.contracts.event import Aggregate, Event, Part
from triskel.contracts.registry.organisations import Position

IsoWeekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday, 7 is Sunday (ISO 8601)")]


class Season(Part):
    """From `first` to `last`, both included, the host takes `activities` of them, on these
    weekdays and half days."""

    first: date
    last: date
    weekdays: tuple[IsoWeekday, ...]
    half_days: tuple[HalfDay, ...]
    activities: int = Field(ge=1)


class Offer(Aggregate):
    """It lives in the host's region. `capacity` is in persons per activity; no `levels`: all.

    `position` is where the host receives and where its people start from, `radius_km` how far
    they go to a school. `without_partner`: whether schools that have no partnership with the host
    ask for it, too; null: as their region decides. `lead_days` pass at least between a request and
    its day. Days are those of `time_zone`. How much of a season is taken follows from the
    activities that name the offer.
    """

    host_id: UUID
    format: ActivityFormat
    state: OfferState
    title: str
    description: str
    levels: tuple[Isced, ...] = ()
    subjects: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    capacity: int = Field(ge=1)
    places: tuple[PlaceKind, ...]
    position: Position | None = None
    radius_km: int | None = Field(default=None, ge=1)
    seasons: tuple[Season, ...] = ()
    lead_days: int = Field(default=0, ge=0)
    preconditions: tuple[str, ...] = ()
    equipment: str | None = None
    without_partner: bool | None = None
    time_zone: TimeZone
    drafted_at: datetime
    published_at: datetime | None = None


class OfferEvent(Event):
    owner: ClassVar[str] = "activities"
    topic: ClassVar[str] = "activities.offers"
    offer: Offer
    by: Role

    @property
    def aggregate(self) -> Offer:
        return self.offer


class OfferDrafted(OfferEvent):
    """A host began to write it down; schools do not see it."""


class OfferPublished(OfferEvent):
    """Schools find it and may request activities from it."""


class OfferUpdated(OfferEvent):
    """Its details changed; `changed` names the fields."""

    changed: tuple[str, ...] = ()


class OfferPaused(OfferEvent):
    """Schools no longer find it for the time being; what was agreed stays agreed."""


class OfferResumed(OfferEvent):
    """Schools find it again."""


class OfferRetired(OfferEvent):
    """It will not come back; what was agreed stays agreed."""
