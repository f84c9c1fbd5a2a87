"""Distances in queries: `triskel.contracts.distances`, in SQL."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Double, cast, func

from triskel.contracts.distances import EARTH_KM, box_around


@dataclass(frozen=True)
class Around:
    """A place, in degrees of WGS 84, and how far from it, in km."""

    latitude: float
    longitude: float
    km: float

    def distance(
        self, latitude: ColumnElement[float], longitude: ColumnElement[float]
    ) -> ColumnElement[float]:
        """How far these columns are from the place, in km (haversine); null where they are."""
        half = func.pow(func.sin(func.radians(latitude - self.latitude) / 2), 2) + func.cos(
            func.radians(self.latitude)
        ) * func.cos(func.radians(latitude)) * func.pow(
            func.sin(func.radians(longitude - self.longitude) / 2), 2
        )
        return cast(2 * EARTH_KM * func.asin(func.sqrt(func.least(1.0, half))), Double)

    def holds(
        self, latitude: ColumnElement[float], longitude: ColumnElement[float]
    ) -> tuple[ColumnElement[bool], ...]:
        """Conditions: these columns are in the circle. First the box, which an index knows."""
        high, wide = box_around(self.latitude, self.km)
        return (
            latitude.between(self.latitude - high, self.latitude + high),
            longitude.between(self.longitude - wide, self.longitude + wide),
            self.distance(latitude, longitude) <= self.km,
        )
