"""What callers send of offers and get."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from triskel.activities.activities.refusals import ValueMissing
from triskel.activities.activities.schemas import (
    AnswerDays,
    Body,
    PlaceName,
    Subject,
    Title,
)
from triskel.activities.offers.actions import ACTIONS
from triskel.activities.offers.rules.geography import Position
from triskel.activities.offers.rules.offer import OfferAttempt, Season
from triskel.activities.offers.tables import OFFER
from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Language, Lines, Moment, OneLine, SchoolYear
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, HalfDay, Isced, OfferState, PlaceKind, Role

Description = Annotated[str, Lines(shortest=10, longest=4000)]
Note = Annotated[str, OneLine(longest=200)]
Equipment = Annotated[str, Lines(longest=1000, shortest=0)]
Message = Annotated[str, Lines(longest=1000, shortest=0)]
Weekday = Annotated[int, Field(ge=1, le=7)]
WEEKDAYS = [1, 2, 3, 4, 5]
MAY_BE_NULL = {"position", "radius_km", "equipment", "without_partner"}


class GivenPosition(Body):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class GivenSeason(Body):
    """From `first` to `last`, both included. `weekdays`: 1 is Monday (ISO 8601)."""

    first: Day
    last: Day
    weekdays: list[Weekday] = Field(default=WEEKDAYS, min_length=1, max_length=7)
    half_days: list[HalfDay] = Field(default=list(HalfDay), min_length=1, max_length=2)
    activities: int = Field(ge=1, le=1000, description="how many the host takes in it")

    def to_domain(self) -> Season:
        return Season(
            self.first,
            self.last,
            tuple(sorted(set(self.weekdays))),
            tuple(half for half in HalfDay if half in self.half_days),
            self.activities,
        )


class DetailsBody(Body):
    """What may be said of an offer; all optional, as in a change."""

    model_config = example(capacity=30, radius_km=40)

    title: Title | None = None
    description: Description | None = None
    levels: list[Isced] | None = Field(default=None, max_length=9, description="none: all")
    subjects: list[Subject] | None = Field(default=None, max_length=10)
    languages: list[Language] | None = Field(default=None, max_length=10)
    capacity: int | None = Field(default=None, ge=1, le=10_000, description="persons per activity")
    places: list[PlaceKind] | None = Field(default=None, min_length=1, max_length=4)
    position: GivenPosition | None = Field(
        default=None, description="the host's own position in the directory, if not given"
    )
    radius_km: int | None = Field(default=None, ge=1, le=1000)
    seasons: list[GivenSeason] | None = Field(default=None, max_length=12)
    lead_days: int | None = Field(default=None, ge=0, le=365)
    preconditions: list[Note] | None = Field(default=None, max_length=20)
    equipment: Equipment | None = None
    without_partner: bool | None = Field(
        default=None,
        description="whether schools without a partnership ask for it; null: as the region decides",
    )

    def given(self) -> dict[str, Any]:
        """The fields that were sent, as the domain has them. Raises `Invalid` for one that
        cannot be empty."""
        found: dict[str, Any] = {}
        for field in self.model_fields_set & DetailsBody.model_fields.keys():
            value = getattr(self, field)
            match field:
                case "seasons" if value is not None:
                    value = tuple(season.to_domain() for season in value)
                case "position":
                    value = Position(**value.model_dump()) if value else None
                case _ if isinstance(value, list):
                    value = tuple(dict.fromkeys(value))
            if value is None and field not in MAY_BE_NULL:
                raise ValueMissing(name=field, field=field)
            found[field] = value
        return found


class NewOfferBody(DetailsBody):
    model_config = example(
        host_id="0199a1b2-0002-7000-8000-000000000002",
        format="company-visit",
        title="Visite de l'atelier d'optique",
        description="Une demi-journée avec ceux qui polissent et mesurent.",
        levels=["2", "3"],
        subjects=["physique-chimie"],
        languages=["fr", "en"],
        capacity=35,
        places=["company"],
        seasons=[
            {
                "first": "2025-11-03",
                "last": "2026-06-26",
                "weekdays": [2, 4],
                "half_days": ["morning"],
                "activities": 6,
            }
        ],
        lead_days=21,
        preconditions=["Chaussures fermées"],
    )

    host_id: UUID
    format: ActivityFormat
    title: Title
    description: Description
    capacity: int = Field(ge=1, le=10_000, description="persons per activity")
    places: list[PlaceKind] = Field(min_length=1, max_length=4)


class OfferAnswer(contract.Offer):
    """An offer, with what this caller may do with it now. `next_free` is the first day that a
    request made today could have; null: none."""

    allowed_actions: tuple[str, ...] = ()
    next_free: date | None = None
    distance_km: float | None = None

    @classmethod
    def of(
        cls, attempt: OfferAttempt, next_free: date | None, distance: float | None = None
    ) -> Self:
        """`distance` in km."""
        return OFFER.answer(
            cls,
            attempt.subject,
            allowed_actions=ACTIONS.allowed(attempt),
            next_free=next_free,
            distance_km=None if distance is None else round(distance, 2),
        )


class OfferStep(BaseModel):
    version: int
    action: str
    state: OfferState
    by: Role
    at: datetime
    changed: list[str]


class SeasonUseAnswer(contract.Season):
    """`free` is what is neither agreed nor asked for; `next_free` is its first free day that a
    request made today could have."""

    booked: int
    asked: int
    free: int
    next_free: date | None


class CapacityAnswer(BaseModel):
    offer_id: UUID
    next_free: date | None
    seasons: list[SeasonUseAnswer]


class Wish(Body):
    """A slot that would suit; without `place` it is the offer's first."""

    starts_at: Moment
    ends_at: Moment
    place: PlaceKind | None = None
    place_name: PlaceName | None = None


class RequestBody(Body):
    model_config = example(
        school_id="0199a1b2-0001-7000-8000-000000000001",
        school_year="2025-2026",
        partnership_id="0199a1b2-0014-7000-8000-000000000014",
        wished=[
            {
                "starts_at": "2025-11-18T09:00:00+01:00",
                "ends_at": "2025-11-18T12:00:00+01:00",
            }
        ],
        pupils=28,
        levels=["3"],
        message="Une classe de seconde, option sciences de l'ingénieur.",
    )

    school_id: UUID | None = None
    school_year: SchoolYear
    partnership_id: UUID | None = None
    wished: list[Wish] = Field(
        min_length=1, max_length=5, description="the best first: that one counts until it is agreed"
    )
    pupils: int = Field(
        ge=1, le=10_000, description="or teachers or parents: the format's audience"
    )
    levels: list[Isced] = Field(default=[], max_length=9)
    message: Message | None = Field(default=None, description="for the other side only")
    answer_days: AnswerDays = None
