"""Official files of figures, row by row; what cannot be a figure says why."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from triskel.chassis.csvrows import CsvRows
from triskel.contracts.codes import IdentifierScheme, Isced
from triskel.contracts.metrics import Enrolment, ReferenceFigure, SexCount, SpecialityChoices

Dataset = Literal["fr-specialites", "fr-effectifs-colleges"]

MINISTRY = "Ministère de l'éducation nationale (DEPP), Licence Ouverte 2.0"
_SPECIALITY = re.compile(r"^(\d{4})_.*_(filles|garcons)$")
_GRADE = re.compile(r"^nombre_de_[3456]emes_(filles|garcons)$")
_UAI = re.compile(r"^\d{7}[A-Z]$")
_YEAR = re.compile(r"^20\d\d$")


@dataclass
class Entry:
    """One row. `figure` has version 1 and the region's name; null when `refusals` says why."""

    number: int
    figure: ReferenceFigure | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, column: str, value: str, rule: str, detail: str) -> None:
        self.refusals.append({"field": column, "value": value, "rule": rule, "detail": detail})

    def count(self, row: dict[str, str], column: str) -> int:
        value = row.get(column, "")
        if value.isdecimal() and len(value) <= 6:
            return int(value)
        # `<5` and `ns` are not numbers, and neither is nothing
        self.refuse(column, value[:40], "count-invalid", "A whole number of pupils is needed.")
        return 0


@dataclass(frozen=True)
class Figures:
    """A file's rows, and how it was written."""

    entries: Iterator[Entry]
    encoding: str
    separator: str


def read(dataset: Dataset, content: bytes, region: str) -> Figures:
    """The figures of a file. Raises `Invalid` for a file that is not of its dataset; going through
    the entries does at the line that is damaged."""
    rows = CsvRows(content)
    make: Callable[[Entry, dict[str, str], str], None]
    if dataset == "fr-specialites":
        rows.require("rentree_scolaire", "uai", "effectif_total_filles", "effectif_total_garcons")
        rows.require("0613_mathematiques_filles", "0613_mathematiques_garcons")
        make = _specialities
    else:
        rows.require("rentree_scolaire", "numero_du_college")
        rows.require("nombre_de_6emes_filles", "nombre_de_3emes_garcons")
        make = _college
    entries = (_entry(number, row, region, make) for number, row in rows)
    return Figures(entries, rows.encoding, rows.separator)


def _entry(
    number: int,
    row: dict[str, str],
    region: str,
    make: Callable[[Entry, dict[str, str], str], None],
) -> Entry:
    entry = Entry(number)
    make(entry, row, region)
    if entry.refusals:
        entry.figure = None
    return entry


def _specialities(entry: Entry, row: dict[str, str], region: str) -> None:
    choices: dict[str, dict[str, int]] = {}
    for column in row:
        if found := _SPECIALITY.match(column):
            by_sex = choices.setdefault(found[1], {"filles": 0, "garcons": 0})
            by_sex[found[2]] += entry.count(row, column)
    pupils = SexCount(
        girls=entry.count(row, "effectif_total_filles"),
        boys=entry.count(row, "effectif_total_garcons"),
    )
    known = _common(entry, row, "uai", "fr-specialites", region)
    if known:
        entry.figure = SpecialityChoices(
            **known,
            level=Isced.UPPER_SECONDARY,
            pupils=pupils,
            choices={
                code: SexCount(girls=count["filles"], boys=count["garcons"])
                for code, count in sorted(choices.items())
            },
        )


def _college(entry: Entry, row: dict[str, str], region: str) -> None:
    pupils = {"filles": 0, "garcons": 0}
    for column in row:
        if found := _GRADE.match(column):
            pupils[found[1]] += entry.count(row, column)
    known = _common(entry, row, "numero_du_college", "fr-effectifs-colleges", region)
    if known:
        entry.figure = Enrolment(
            **known,
            level=Isced.LOWER_SECONDARY,
            pupils=SexCount(girls=pupils["filles"], boys=pupils["garcons"]),
        )


def _common(
    entry: Entry, row: dict[str, str], school: str, dataset: str, region: str
) -> dict[str, Any] | None:
    code, year = row[school].upper(), row["rentree_scolaire"]
    if not _UAI.match(code):
        entry.refuse(school, code[:40], "uai-malformed", "A UAI is seven digits and a letter.")
    if not _YEAR.match(year):
        entry.refuse(
            "rentree_scolaire", year[:40], "year-invalid", "A year such as 2023 is needed."
        )
    if entry.refusals:
        return None
    school_year = f"{year}-{int(year) + 1}"
    return {
        "id": figure_id(dataset, code, school_year),
        "region": region,
        "version": 1,
        "dataset": dataset,
        "source": MINISTRY,
        "country": "FR",
        "school_scheme": IdentifierScheme.UAI,
        "school_code": code,
        "school_year": school_year,
        "area": row.get("departement") or None,
    }


def figure_id(dataset: str, school_code: str, school_year: str) -> UUID:
    """The same figure has the same id whoever imports it, whenever."""
    return uuid5(NAMESPACE_URL, f"urn:triskel:reference:{dataset}:{school_code}:{school_year}")
