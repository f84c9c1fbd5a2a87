"""Where things are, and how far apart."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

EARTH_KM = 6371.0088
"""The mean radius (IUGG)."""
KM_A_DEGREE = 111.2
"""Of latitude, rounded up: a box of so many degrees holds the circle."""


@dataclass(frozen=True)
class Position:
    """WGS 84 degrees."""

    latitude: float
    longitude: float


def kilometres(here: Position, there: Position) -> float:
    """As the crow flies (haversine)."""
    north, east = radians(there.latitude - here.latitude), radians(there.longitude - here.longitude)
    half = (
        sin(north / 2) ** 2
        + cos(radians(here.latitude)) * cos(radians(there.latitude)) * sin(east / 2) ** 2
    )
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


class Located(Protocol):
    """What has a place, or none."""

    latitude: float | None
    longitude: float | None


def position_of(row: Located) -> Position | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Position(row.latitude, row.longitude)
