"""Days as people mean them: of a time zone, and through its changes of clocks.

A moment is an aware datetime. Its day is that of somewhere, and "fourteen days later" is the same
time of the clock there, which is an hour more or less than fourteen times 24 hours when the clocks
change between. No other module takes the date of a moment, or adds days to one.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

# NUTS codes begin with the country; what lies in another zone than its capital stands by itself
_ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CH": "Europe/Zurich",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "EL": "Europe/Athens",
    "ES": "Europe/Madrid",
    "ES70": "Atlantic/Canary",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "FRY1": "America/Guadeloupe",
    "FRY2": "America/Martinique",
    "FRY3": "America/Cayenne",
    "FRY4": "Indian/Reunion",
    "FRY5": "Indian/Mayotte",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome",
    "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "PT20": "Atlantic/Azores",
    "PT30": "Atlantic/Madeira",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
    "UK": "Europe/London",
}


def zone_of(region: str, otherwise: str = "UTC") -> str:
    """The time zone of a region that has not said one; `otherwise` where the country is not
    listed."""
    return next((_ZONES[region[:n]] for n in (4, 2) if region[:n] in _ZONES), otherwise)


def day_in(moment: datetime, zone: str | tzinfo) -> date:
    """The day that it is there."""
    return moment.astimezone(_zone(zone)).date()


def latest_day(now: datetime) -> date:
    """The latest day that it is in any region: what is due nowhere today is not due on it."""
    return max(day_in(now, zone) for zone in _ZONES.values())


def days_later(moment: datetime, days: int, zone: str | tzinfo) -> datetime:
    """So many days later there, or earlier, at the same time of the clock. A time that the clocks
    skip is an hour later by the new clock; of one that comes twice it is the one that `moment`
    is, else the first."""
    there = moment.astimezone(_zone(zone))
    day = there.date() + timedelta(days=days)
    return datetime.combine(day, there.timetz()).astimezone(UTC)


def _zone(zone: str | tzinfo) -> tzinfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone
