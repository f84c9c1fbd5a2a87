"""The official school calendars that ship with the registry: a file for each region.

`FRH0.csv`, Bretagne, is zone B of the French national calendar. A row of kind `year` has the first
and the last day of school and the legal text; `holiday` has the first and the last day without
school; `public` one public holiday (those in the summer are outside the school year).
"""

from datetime import date
from functools import cache
from importlib.resources import files
from itertools import groupby

from triskel.chassis.csvrows import CsvRows
from triskel.registry.calendars.rules import Holiday, PublicHoliday, SchoolYear

_TIME_ZONES = {"FR": "Europe/Paris"}


@cache
def official_calendars(region: str) -> tuple[SchoolYear, ...]:
    """A region's school years, the oldest first; none where no file ships."""
    file = files("triskel.registry") / "calendars" / "official" / f"{region}.csv"
    if not file.is_file():
        return ()
    rows = [row for _, row in CsvRows(file.read_bytes())]
    return tuple(
        _year(region, school_year, list(of_year))
        for school_year, of_year in groupby(rows, key=lambda row: row["school_year"])
    )


def _year(region: str, school_year: str, rows: list[dict[str, str]]) -> SchoolYear:
    (year,) = (row for row in rows if row["what"] == "year")
    return SchoolYear(
        school_year=school_year,
        time_zone=_TIME_ZONES[region[:2]],
        first_day=date.fromisoformat(year["first"]),
        last_day=date.fromisoformat(year["last"]),
        holidays=tuple(
            Holiday(row["title"], date.fromisoformat(row["first"]), date.fromisoformat(row["last"]))
            for row in rows
            if row["what"] == "holiday"
        ),
        public_holidays=tuple(
            PublicHoliday(row["title"], date.fromisoformat(row["first"]))
            for row in rows
            if row["what"] == "public"
        ),
        source=year["title"],
    )
