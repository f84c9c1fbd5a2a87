"""Coordinates as directories have them: in degrees, turned, in metres, or nothing but zeros."""

import math

from triskel.registry.imports.gateways.entries import Entry

Box = tuple[float, float, float, float]
"""South, north, west, east, in degrees."""

_FRANCE: tuple[Box, ...] = (
    (41.2, 51.3, -5.6, 9.8),  # in Europe
    (14.3, 18.2, -63.2, -60.7),  # Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy
    (2.0, 6.0, -54.8, -51.4),  # Guyane
    (-21.5, -20.7, 55.1, 56.0),  # La Réunion
    (-13.2, -12.4, 44.9, 45.4),  # Mayotte
    (46.6, 47.3, -56.6, -56.0),  # Saint-Pierre-et-Miquelon
    (-23.0, -19.0, 158.0, 172.2),  # Nouvelle-Calédonie
    (-28.0, -7.5, -155.0, -134.0),  # Polynésie française
    (-14.6, -13.0, -178.4, -175.9),  # Wallis-et-Futuna
)
_LAND: dict[str, tuple[Box, ...]] = {
    "FR": _FRANCE,
    "NL": ((50.7, 53.7, 3.2, 7.3), (11.9, 18.2, -70.2, -62.8)),
    "DK": ((54.4, 57.9, 7.9, 15.3),),
    "ES": ((35.1, 43.9, -9.5, 4.5), (27.4, 29.6, -18.3, -13.2)),
}
# the French survey's metres: X from 0 to 1,300 km, Y from 6,000 to 7,200 km (EPSG:2154)
_LAMBERT_X, _LAMBERT_Y = (0.0, 1_300_000.0), (6_000_000.0, 7_200_000.0)


def position(entry: Entry, row: dict[str, str], country: str) -> dict[str, float] | None:
    """WGS 84 degrees. What cannot be a place is left out with a remark; latitude and longitude that
    are in the country only when they are turned are turned, with one."""
    written = [row.get(name, "") for name in ("latitude", "longitude")]
    if not any(written):
        return None
    shown = " / ".join(written)
    numbers = [_number(text) for text in written]
    if numbers[0] is None or numbers[1] is None:
        return _left_out(entry, shown, "cell-unreadable", "two numbers are needed")
    latitude, longitude = numbers[0], numbers[1]
    if latitude == longitude == 0:
        return _left_out(entry, shown, "position-zero", "nothing but zeros stands for none")
    if _is_lambert(latitude, longitude) or _is_lambert(longitude, latitude):
        words = "these are metres in Lambert-93; degrees (WGS 84) are needed"
        return _left_out(entry, shown, "position-lambert-93", words)
    land = _LAND.get(country)
    if land and not _inside(land, latitude, longitude):
        if _inside(land, longitude, latitude):
            words = "latitude and longitude were swapped, and are turned"
            entry.remark("latitude, longitude", shown, "position-turned", words)
            return {"latitude": longitude, "longitude": latitude}
        return _left_out(entry, shown, "position-outside", f"this is not in {country}")
    if abs(latitude) > 90 or abs(longitude) > 180:
        words = "a latitude is from -90 to 90 degrees, a longitude from -180 to 180"
        return _left_out(entry, shown, "position-outside", words)
    return {"latitude": latitude, "longitude": longitude}


def _left_out(entry: Entry, shown: str, rule: str, words: str) -> dict[str, float] | None:
    entry.remark("latitude, longitude", shown, rule, words)
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    # Python reads 1_0 as ten
    return None if "_" in text or not math.isfinite(value) else value


def _is_lambert(x: float, y: float) -> bool:
    return _LAMBERT_X[0] < x < _LAMBERT_X[1] and _LAMBERT_Y[0] < y < _LAMBERT_Y[1]


def _inside(land: tuple[Box, ...], latitude: float, longitude: float) -> bool:
    return any(
        south <= latitude <= north and west <= longitude <= east
        for south, north, west, east in land
    )
