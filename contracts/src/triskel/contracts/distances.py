"""How far apart two places are, as the crow flies; in degrees of WGS 84 and kilometres."""

from math import asin, cos, degrees, radians, sin, sqrt

EARTH_KM = 6371.0088
"""The mean radius (IUGG)."""
ROUNDING_DEGREES = 1e-6


def kilometres(latitude: float, longitude: float, latitude_to: float, longitude_to: float) -> float:
    """Haversine, on a sphere: at most 0.6 % from the ellipsoid."""
    half = (
        sin(radians(latitude_to - latitude) / 2) ** 2
        + cos(radians(latitude))
        * cos(radians(latitude_to))
        * sin(radians(longitude_to - longitude) / 2) ** 2
    )
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def box_around(latitude: float, km: float) -> tuple[float, float]:
    """Half the height and half the width, in degrees, of a box that holds the circle around a place
    of this latitude, short of the date line. It is for indexes: what is in the box may still be too
    far."""
    high = degrees(km / EARTH_KM)
    if abs(latitude) + high >= 90:
        return high, 180.0  # a pole is in it, and so are all longitudes
    wide = degrees(asin(min(1.0, sin(km / EARTH_KM) / cos(radians(latitude)))))
    # a little more, for the rounding of both
    return high + ROUNDING_DEGREES, wide + ROUNDING_DEGREES
