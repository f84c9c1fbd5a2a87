"""One row of a directory as the registry would keep it, and what all directories share."""

from dataclasses import dataclass, field
from typing import Any

from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.refusals import Invalid
from triskel.registry.domain.contact import normalised_email
from triskel.registry.domain.identifiers import normalised


@dataclass
class Entry:
    """One row as the registry would keep it: `details` are the API's fields. `refusals` says why
    it cannot be kept; then `details` counts for nothing. `mailbox` is its official address, which
    is not public."""

    number: int
    scheme: IdentifierScheme | None = None
    identifier: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    open: bool = True
    mailbox: str | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, column: str, value: str | None, rule: str, detail: str) -> None:
        self.refusals.append({"field": column, "value": value, "rule": rule, "detail": detail})


def mailbox(row: dict[str, str], *columns: str) -> str | None:
    """The official address, under any of its names; what is none says nothing of the row."""
    for column in columns:
        try:
            return normalised_email(row.get(column, ""))
        except Invalid:
            continue
    return None


def identified(entry: Entry, column: str, scheme: IdentifierScheme, value: str) -> str | None:
    try:
        return normalised(scheme, value)
    except Invalid as refused:
        entry.refuse(column, value, refused.rule, refused.sentence)
        return None


MOST_PUPILS = 100_000
MOST_PARTNERSHIPS = 1_000


def number(
    entry: Entry, row: dict[str, str], column: str, kind: type, least: float, most: float
) -> Any:
    text = row.get(column, "")
    if not text:
        return None
    try:
        value = kind(text.replace(",", "."))
        if not least <= value <= most:
            raise ValueError
    except ValueError:
        words = f"{column} must be a number from {least} to {most}"
        entry.refuse(column, text, "number-malformed", words)
        return None
    return value


def position(entry: Entry, row: dict[str, str]) -> dict[str, float] | None:
    latitude = number(entry, row, "latitude", float, -90, 90)
    longitude = number(entry, row, "longitude", float, -180, 180)
    if latitude is None or longitude is None:
        return None
    return {"latitude": latitude, "longitude": longitude}
