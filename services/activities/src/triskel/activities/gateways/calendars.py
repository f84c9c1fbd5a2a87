"""School calendars, one file per region: data, not code.

`FRH0.csv` is zone B of the French calendar (arrêtés du ministre de l'éducation nationale of
7 December 2022 and later, calendrier scolaire); `first` and `last` are both days without school.
"""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from triskel.activities.domain.calendar import Calendar, Holiday

_TIME_ZONES = {"FR": "Europe/Paris", "NL": "Europe/Amsterdam", "DK": "Europe/Copenhagen"}
_TIME_ZONES |= {"ES": "Europe/Madrid", "BE": "Europe/Brussels"}


@cache
def calendar_of(region: str, otherwise: str) -> Calendar:
    """A region's calendar. A region without a file has no holidays; `otherwise` is the time zone
    of a country that is not listed."""
    time_zone = _TIME_ZONES.get(region[:2], otherwise)
    file = files("triskel.activities") / "calendars" / f"{region}.csv"
    if not file.is_file():
        return Calendar(time_zone)
    with file.open(encoding="utf-8") as lines:
        holidays = [
            Holiday(row["name"], date.fromisoformat(row["first"]), date.fromisoformat(row["last"]))
            for row in csv.DictReader(lines)
        ]
    return Calendar(time_zone, tuple(holidays))
