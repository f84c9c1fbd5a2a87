"""Distances in queries: `triskel.contracts.distances`, in SQL."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    and_,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

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

    def nearest(
        self,
        latitude: ColumnElement[float],
        longitude: ColumnElement[float],
        sites: ColumnElement[Any],
    ) -> ColumnElement[float]:
        """How far the nearest is of that place and of `sites`, a JSON list of what has a
        `position`, in km; null where none is known."""
        site = (
            func.jsonb_array_elements(sites)
            .table_valued(column("value", JSONB))
            .render_derived(name="site")
        )
        at = [
            cast(site.c.value[("position", name)].astext, Double)
            for name in ("latitude", "longitude")
        ]
        of_sites = select(func.min(self.distance(*at))).select_from(site).scalar_subquery()
        return func.least(self.distance(latitude, longitude), of_sites)

    def holds(
        self,
        latitude: ColumnElement[float],
        longitude: ColumnElement[float],
        sites: ColumnElement[Any],
    ) -> tuple[ColumnElement[bool], ...]:
        """Conditions: one of them is in the circle. First the box, and who has sites at all, each
        of which an index knows."""
        high, wide = box_around(self.latitude, self.km)
        in_the_box = and_(
            latitude.between(self.latitude - high, self.latitude + high),
            longitude.between(self.longitude - wide, self.longitude + wide),
        )
        return (
            or_(in_the_box, sites != literal_column("'[]'::jsonb", JSONB)),
            self.nearest(latitude, longitude, sites) <= self.km,
        )
