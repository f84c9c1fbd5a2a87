"""An offer: its states, who may do what with it, and what must hold together in it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import HostNotReady
from triskel.activities.activities.rules.activity import Why
from triskel.activities.activities.rules.formats import FORMATS, Format
from triskel.activities.offers.rules.geography import Position
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    HalfDay,
    Isced,
    OfferState,
    PlaceKind,
    Side,
)
from triskel.contracts.days import day_in
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, Refusal

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
    published_at: datetime | None = None

    @property
    def form(self) -> Format:
        return FORMATS[self.format]

    def today(self, now: datetime) -> date:
        return day_in(now, self.time_zone)

    def season_on(self, day: date) -> Season | None:
        return next((s for s in self.seasons if s.first <= day <= s.last), None)


@dataclass(frozen=True)
class Taken:
    """How many activities of an offer are agreed, and asked for, on each day."""

    booked: dict[date, int]
    asked: dict[date, int]

    def within(self, season: Season) -> tuple[int, int]:
        """(booked, asked) of a season."""
        booked, asked = (
            sum(n for day, n in of.items() if season.first <= day <= season.last)
            for of in (self.booked, self.asked)
        )
        return booked, asked


NOTHING_TAKEN = Taken({}, {})


_MANAGED: dict[str, tuple[frozenset[OfferState], OfferState | None]] = {
    "update": (frozenset({_S.DRAFT, _S.PUBLISHED, _S.PAUSED}), None),
    "publish": (frozenset({_S.DRAFT}), _S.PUBLISHED),
    "pause": (frozenset({_S.PUBLISHED}), _S.PAUSED),
    "resume": (frozenset({_S.PAUSED}), _S.PUBLISHED),
    "retire": (frozenset({_S.DRAFT, _S.PUBLISHED, _S.PAUSED}), _S.RETIRED),
}
"""From which states an action leads to which; None: the state stays."""
_SHOWN = frozenset({"publish", "resume", "request"})
"""Only an approved, open host does these."""


def refusal(action: str, offer: Offer, actor: Actor, host: Why | None) -> Refusal | None:
    """Why an action is not allowed; None when it is. `host`: why the host cannot take part."""
    if action == "request":
        # its own host may still make activities from an offer that schools do not find
        own = {_S.PUBLISHED, _S.PAUSED} if Side.HOST in actor.sides else {_S.PUBLISHED}
        sources, sides = frozenset(own), set(Side)
    else:
        sources, sides = _MANAGED[action][0], {Side.HOST, Side.COORDINATOR}
    if not sides & actor.sides:
        return Forbidden(
            "host-only", f"Only the host and its region's coordinator may {action} an offer."
        )
    if offer.state not in sources:
        return Conflict(
            "state-does-not-allow",
            f"An offer that is {offer.state} does not allow {action!r}: it must be "
            f"{' or '.join(sorted(sources))}.",
            field="state",
            value=offer.state,
        )
    if action in _SHOWN and host is not None:
        return HostNotReady(why=host, value=str(offer.host_id))
    if action == "publish" and not offer.seasons:
        return Conflict(
            "seasons-missing", "Say in which seasons the host takes activities.", field="seasons"
        )
    return None


def allowed_actions(offer: Offer, actor: Actor, host: Why | None) -> list[str]:
    return [a for a in (*_MANAGED, "request") if refusal(a, offer, actor, host) is None]


def act(action: str, offer: Offer, actor: Actor, host: Why | None, now: datetime) -> Offer:
    """Publish, pause, resume or retire. Raises its refusal."""
    if refused := refusal(action, offer, actor, host):
        raise refused
    state = _MANAGED[action][1]
    assert state is not None
    published = now if action == "publish" else offer.published_at
    return replace(offer, version=offer.version + 1, state=state, published_at=published)


def update(
    offer: Offer, actor: Actor, host: Why | None, changes: dict[str, Any], taken: Taken
) -> Offer:
    """Raises its refusal, or one for what does not hold together or was promised already."""
    if refused := refusal("update", offer, actor, host):
        raise refused
    changed = replace(offer, version=offer.version + 1, **changes)
    check(changed)
    if changed.state is not _S.DRAFT and not changed.seasons:
        raise Conflict("seasons-missing", "A published offer keeps a season.", field="seasons")
    for season in changed.seasons:
        promised = sum(taken.within(season))
        if promised > season.activities:
            raise Conflict(
                "season-below-taken",
                f"{promised} activities are agreed or asked for from "
                f"{season.first} to {season.last}.",
                field="seasons.activities",
                value=season.activities,
            )
    return changed


def check(offer: Offer) -> None:
    """Raises `Invalid` for seasons or places that do not hold together."""
    days = 0
    ordered = sorted(offer.seasons, key=lambda s: s.first)
    for season in ordered:
        if season.last < season.first:
            raise Invalid(
                "season-ends-before-it-begins",
                "A season ends on its first day or later.",
                field="seasons.last",
                value=season.last.isoformat(),
            )
        days += (season.last - season.first).days + 1
    if days > MOST_DAYS:
        raise Invalid(
            "seasons-too-long",
            f"All seasons together last {MOST_DAYS} days at most.",
            field="seasons",
            value=days,
        )
    for earlier, later in pairwise(ordered):
        if later.first <= earlier.last:
            raise Invalid(
                "seasons-overlap",
                "A day belongs to one season.",
                field="seasons.first",
                value=later.first.isoformat(),
            )
    if offer.radius_km is not None and PlaceKind.SCHOOL not in offer.places:
        raise Invalid(
            "radius-without-school",
            "A radius is for activities at schools.",
            field="radius_km",
            value=offer.radius_km,
        )
