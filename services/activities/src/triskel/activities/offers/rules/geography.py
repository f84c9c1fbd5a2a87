"""Where things are, and how far apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from triskel.contracts import distances


@dataclass(frozen=True)
class Position:
    """WGS 84 degrees."""

    latitude: float
    longitude: float


def kilometres(here: Position, there: Position) -> float:
    """As the crow flies."""
    return distances.kilometres(here.latitude, here.longitude, there.latitude, there.longitude)


class Located(Protocol):
    """What has a place, or none, and perhaps other sites, each with a position."""

    latitude: float | None
    longitude: float | None
    sites: list[dict[str, Any]]


def position_of(row: Located) -> Position | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Position(row.latitude, row.longitude)


def places_of(row: Located) -> tuple[Position, ...]:
    """Its own place and those of its sites, as far as they are known."""
    own = position_of(row)
    sites = tuple(Position(**site["position"]) for site in row.sites)
    return sites if own is None else (own, *sites)


def places_of_offer(position: Position | None, host: Located | None) -> tuple[Position, ...]:
    """Where it may take place: what is offered at the host's own place is so at each of its
    sites."""
    if host is not None and position == position_of(host):
        return places_of(host)
    return () if position is None else (position,)


def apart(ones: Sequence[Position], others: Sequence[Position]) -> float | None:
    """Kilometres between the nearest of them; None where one side has no place."""
    return min((kilometres(one, other) for one in ones for other in others), default=None)
