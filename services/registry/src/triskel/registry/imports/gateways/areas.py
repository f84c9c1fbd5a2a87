"""Where a row of a directory lies: the area of NUTS 2021 that its own codes stand for.

`areas.csv` has the code of each: all départements of France, its académies and regions, and the
Dutch provinces. A département is an area of NUTS 3, the others are larger. Sources: the areas of
Commission Delegated Regulation (EU) 2019/1755; départements and regions by INSEE's Code officiel
géographique, académies by the ministry of education, provinces by CBS.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files

from triskel.chassis.csvrows import CsvRows
from triskel.contracts.folding import folded
from triskel.registry.imports.gateways.entries import Area, Entry

# the finest first
_FRENCH = (
    ("code_departement", "departement"),
    ("code_commune", "departement"),
    ("code_academie", "academie"),
    ("code_region", "region"),
)
# ISO 3166-1 and NUTS call them differently
_COUNTRIES = {"GR": "EL", "GB": "UK"}


@cache
def _areas() -> dict[tuple[str, str], str]:
    """By kind of code and code, folded."""
    file = files("triskel.registry") / "imports" / "gateways" / "areas.csv"
    rows = CsvRows(file.read_bytes())
    return {(row["kind"], folded(row["code"])): row["nuts"] for _, row in rows}


def french_area(entry: Entry, row: dict[str, str]) -> Area:
    """By the département, the commune's number, which begins with it, the académie or the region,
    whichever is there first. What stands for no area is told; where nothing else tells, the row is
    refused: it lies where no region of NUTS is."""
    unknown = None
    for column, kind in _FRENCH:
        if not (written := row.get(column, "")):
            continue
        if area := _french(column, kind, written):
            if unknown:
                entry.remark(*unknown)
            return area
        unknown = unknown or (column, written, "code-unknown", "no area of NUTS 2021 has this code")
    if unknown:
        entry.refuse(*unknown)
    return Area("code_departement", "", "FR")


@lru_cache(maxsize=4096)  # a directory has the same codes row after row
def _french(column: str, kind: str, written: str) -> Area | None:
    code = _department(written) if column == "code_commune" else _code(written)
    nuts = _areas().get((kind, folded(code)))
    return Area(column, written, nuts) if nuts else None


def dutch_area(entry: Entry, province: str) -> Area:
    """By the province, where the file has it."""
    if not province:
        return Area("PROVINCIE", "", "NL")
    nuts = _areas().get(("provincie", folded(province)))
    if nuts is None:
        entry.refuse("PROVINCIE", province, "code-unknown", "must be a province of the Netherlands")
    return Area("PROVINCIE", province, nuts or "NL")


def given_area(entry: Entry, row: dict[str, str]) -> Area:
    """By the code of NUTS 3 that a row has itself, which is of its country, or by the country."""
    country = _COUNTRIES.get(row["country"], row["country"])
    if not (code := row.get("nuts3", "").upper()):
        return Area("country", row["country"], country)
    if not re.fullmatch(rf"{re.escape(country)}[A-Z0-9]{{3}}", code):
        entry.refuse("nuts3", code, "code-unknown", f"must be a NUTS 3 code of {country}")
    return Area("nuts3", code, code)


def _code(written: str) -> str:
    """`035`, `35`, `35.0` and `1`, as directories and spreadsheets write them."""
    return re.sub(r"[.,]0+$", "", written).lstrip("0").zfill(2)


def _department(commune: str) -> str:
    """The département of a commune's number: three characters overseas, two elsewhere."""
    number = commune.zfill(5)
    return number[:3] if number.startswith(("97", "98")) else number[:2]
