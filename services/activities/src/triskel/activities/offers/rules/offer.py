"""An offer: its states, who may do what with it, and what must hold together in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import HostNotReady, NotAParticipant
from triskel.activities.activities.rules.activity import Why
from triskel.activities.activities.rules.formats import FORMATS, Format
from triskel.activities.calendars.rules import Calendar
from triskel.activities.offers.refusals import (
    HostOnly,
    RadiusWithoutSchool,
    SeasonEndsBeforeItBegins,
    SeasonsMissing,
    SeasonsOverlap,
    SeasonsTooLong,
)
from triskel.activities.offers.rules.geography import Position
from triskel.chassis.actions import Attempt, Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import (
    ActivityFormat,
    HalfDay,
    Isced,
    OfferState,
    PlaceKind,
    Side,
)
from triskel.contracts.days import day_in
from triskel.contracts.refusals import StateDoesNotAllow

MOST_DAYS = 800
"""Of all seasons of an offer: two school years."""

_S = OfferState


@dataclass(frozen=True)
class Season:
    first: date
    last: date
    weekdays: tuple[int, ...]
    half_days: tuple[HalfDay, ...]
    activities: int

    def days(self, since: date) -> Iterable[date]:
        first = max(self.first, since)
        for number in range((self.last - first).days + 1):
            day = first + timedelta(days=number)
            if day.isoweekday() in self.weekdays:
                yield day


@dataclass(frozen=True)
class Offer:
    """The whole state; the fields are those of the contract."""

    id: UUID
    region: str
    version: int
    host_id: UUID
    format: ActivityFormat
    state: OfferState
    title: str
    description: str
    capacity: int
    places: tuple[PlaceKind, ...]
    time_zone: str
    drafted_at: datetime
    levels: tuple[Isced, ...] = ()
    subjects: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    position: Position | None = None
    radius_km: int | None = None
    seasons: tuple[Season, ...] = ()
    lead_days: int = 0
    preconditions: tuple[str, ...] = ()
    equipment: str | None = None
    without_partner: bool | None = None
    published_at: datetime | None = None

    @property
    def form(self) -> Format:
        return FORMATS[self.format]

    def today(self, now: datetime) -> date:
        return day_in(now, self.time_zone)

    def season_on(self, day: date) -> Season | None:
        return next((season for season in self.seasons if season.first <= day <= season.last), None)


@dataclass(frozen=True)
class Taken:
    """How many activities of an offer are agreed, and asked for, on each day."""

    booked: dict[date, int]
    asked: dict[date, int]

    def add(self, day: date, count: int, *, asked: bool) -> None:
        of = self.asked if asked else self.booked
        of[day] = of.get(day, 0) + count

    def within(self, season: Season) -> tuple[int, int]:
        """(booked, asked) of a season."""
        booked, asked = (
            sum(count for day, count in of.items() if season.first <= day <= season.last)
            for of in (self.booked, self.asked)
        )
        return booked, asked


@dataclass(frozen=True)
class Counted:
    """What searches must know of an offer, beside itself: what is taken of it, when there is
    school, whether its host is listed, how the host answers, between 0, at once, and 1, and where
    the host is: its own `place` and its other `sites`."""

    taken: Taken
    calendar: Calendar
    listed: bool
    rank: float
    place: Position | None
    sites: list[dict[str, Any]]


@dataclass(frozen=True)
class OfferFacts:
    """What a decision needs beside the offer, and what follows from it. `host`: why its host cannot
    take part; `counted` is null of what nobody finds yet."""

    host: Why | None = None
    counted: Counted | None = None


OfferAttempt = Attempt[Offer, OfferFacts]
OfferChange = Change[Offer]


def host_side(attempt: OfferAttempt) -> HostOnly | None:
    """The host, and the coordinator of its region."""
    return None if {Side.HOST, Side.COORDINATOR} & attempt.actor.sides else HostOnly()


def any_side(attempt: OfferAttempt) -> NotAParticipant | None:
    """Any school may ask, and the host itself."""
    return None if attempt.actor.sides else NotAParticipant()


def open_to_requests(attempt: OfferAttempt) -> StateDoesNotAllow | None:
    """Its own host may still make activities from an offer that schools do not find."""
    state, sources = attempt.subject.state, [_S.PUBLISHED]
    if Side.HOST in attempt.actor.sides:
        sources.append(_S.PAUSED)
    if state in sources:
        return None
    return StateDoesNotAllow(
        action="request", state=state, sources=" / ".join(sorted(sources)), value=state
    )


def host_ready(attempt: OfferAttempt) -> HostNotReady | None:
    """Schools are shown offers of approved, open hosts."""
    why = attempt.facts.host
    return None if why is None else HostNotReady(why=why, value=str(attempt.subject.host_id))


def with_seasons(attempt: OfferAttempt) -> SeasonsMissing | None:
    return None if attempt.subject.seasons else SeasonsMissing()


def update(attempt: OfferAttempt, changes: Mapping[str, Any]) -> list[OfferChange]:
    """The same values again change nothing. Raises what does not hold together."""
    offer = attempt.subject
    changed = replace(offer, version=offer.version + 1, **changes)
    check(changed)
    if changed.state is not _S.DRAFT and not changed.seasons:
        raise SeasonsMissing
    names = sorted(name for name in changes if getattr(offer, name) != getattr(changed, name))
    if not names:
        return []
    return [Change(changed, contract.OfferUpdated, {"changed": tuple(names)})]


def publish(attempt: OfferAttempt) -> OfferChange:
    published = _becomes(attempt.subject, _S.PUBLISHED, published_at=attempt.now)
    return Change(published, contract.OfferPublished)


def pause(attempt: OfferAttempt) -> OfferChange:
    return Change(_becomes(attempt.subject, _S.PAUSED), contract.OfferPaused)


def resume(attempt: OfferAttempt) -> OfferChange:
    return Change(_becomes(attempt.subject, _S.PUBLISHED), contract.OfferResumed)


def retire(attempt: OfferAttempt) -> OfferChange:
    return Change(_becomes(attempt.subject, _S.RETIRED), contract.OfferRetired)


def request(attempt: OfferAttempt) -> list[OfferChange]:
    """It stays as it is: what is made is an activity."""
    return []


def _becomes(offer: Offer, state: OfferState, **more: Any) -> Offer:
    return replace(offer, version=offer.version + 1, state=state, **more)


def check(offer: Offer) -> None:
    """Raises `Invalid` for seasons or places that do not hold together."""
    days = 0
    ordered = sorted(offer.seasons, key=lambda season: season.first)
    for season in ordered:
        if season.last < season.first:
            raise SeasonEndsBeforeItBegins(value=season.last.isoformat())
        days += (season.last - season.first).days + 1
    if days > MOST_DAYS:
        raise SeasonsTooLong(most=MOST_DAYS, value=days)
    for earlier, later in pairwise(ordered):
        if later.first <= earlier.last:
            raise SeasonsOverlap(value=later.first.isoformat())
    if offer.radius_km is not None and PlaceKind.SCHOOL not in offer.places:
        raise RadiusWithoutSchool(value=offer.radius_km)
