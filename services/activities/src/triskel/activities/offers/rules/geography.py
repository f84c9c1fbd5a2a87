"""Where things are, and how far apart."""

from dataclasses import dataclass
from typing import Protocol

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
    """What has a place, or none."""

    latitude: float | None
    longitude: float | None


def position_of(row: Located) -> Position | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Position(row.latitude, row.longitude)
