"""One row of a directory as the registry would keep it, and what all directories share."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.refusals import Invalid
from triskel.registry.contacts.rules.addresses import normalised_email
from triskel.registry.organisations.rules.identifiers import normalised


@dataclass(frozen=True)
class Area:
    """Where a row lies: `nuts` is as fine as its codes tell, the country where they tell nothing
    (`FRH03`, `FRK2`, `NL`); `value` is what the column has."""

    column: str
    value: str
    nuts: str

    @property
    def nuts3(self) -> str | None:
        return self.nuts if len(self.nuts) == NUTS3_CHARACTERS else None


@dataclass
class Entry:
    """One row as the registry would keep it: `details` are the API's fields. `refusals` says why
    it cannot be kept; then `details` counts for nothing. `remarks` says which cells could not be
    read, or were put right. What is null, or empty, was not said: what is known stays. `open` is
    null where a state is not told. `mailbox` is its official address, which is not public."""

    number: int
    scheme: IdentifierScheme | None = None
    identifier: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    area: Area | None = None
    open: bool | None = True
    mailbox: str | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, column: str, value: str | None, rule: str, detail: str) -> None:
        self.refusals.append(_problem(column, value, rule, detail))

    def remark(self, column: str, value: str, rule: str, detail: str) -> None:
        self.remarks.append(_problem(column, value, rule, detail))


@dataclass(frozen=True)
class Directory:
    """A file's entries, to be gone through as often as one likes, and how it was written."""

    entries: Callable[[], Iterator[Entry]]
    encoding: str
    separator: str

    def __iter__(self) -> Iterator[Entry]:
        return self.entries()


def _problem(column: str, value: str | None, rule: str, detail: str) -> dict[str, Any]:
    shown = value if value is None or len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
    return {"field": column, "value": shown, "rule": rule, "detail": detail}


NUTS3_CHARACTERS = 5
LONGEST_SHOWN = 200
LONGEST_NAME = 200
MOST_PUPILS = 100_000
MOST_PARTNERSHIPS = 1_000
# as a spreadsheet writes a number that it took for one
_WHOLE = re.compile(r"(\d{1,18})(?:[.,]0+)?", re.ASCII)


def mailbox(entry: Entry, row: dict[str, str], *columns: str) -> str | None:
    """The official address, under any of its names. One that cannot be read is told, without
    repeating it, and left out: the row counts."""
    for column in columns:
        if given := row.get(column, ""):
            try:
                return normalised_email(given)
            except Invalid as refused:
                entry.remark(column, "…", refused.rule, refused.sentence)
    return None


def identified(entry: Entry, column: str, scheme: IdentifierScheme, value: str) -> str | None:
    try:
        return normalised(scheme, value)
    except Invalid as refused:
        entry.refuse(column, value, refused.rule, refused.sentence)
        return None


def named(entry: Entry, column: str, value: str) -> str:
    """The name, which every organisation has."""
    if not value:
        entry.refuse(column, "", "name-missing", "an organisation has a name")
    return value[:LONGEST_NAME]


def legal_unit(
    entry: Entry, row: dict[str, str], column: str, schemes: tuple[IdentifierScheme, ...]
) -> dict[str, Any] | None:
    """A number that may be missing, of the first scheme that it fits."""
    text = row.get(column, "")
    if not text:
        return None
    written = _WHOLE.fullmatch(text)
    refused = None
    for scheme in schemes:
        try:
            value = normalised(scheme, written[1] if written else text)
        except Invalid as why:
            refused = refused or why
            continue
        if written and written[1] != text:
            words = f"a spreadsheet wrote it as a decimal number; it was read as {value}"
            entry.remark(column, text, "cell-put-right", words)
        return {"scheme": scheme, "value": value}
    rule, words = "cell-unreadable", refused.sentence if refused else ""
    if re.fullmatch(r"\d([.,]\d+)?[eE]\+?\d+", text):
        rule, words = "digits-lost", "a spreadsheet has rounded it, so its digits are lost"
    entry.remark(column, text, rule, words)
    return None


def whole(entry: Entry, row: dict[str, str], column: str, least: int, most: int) -> int | None:
    """A whole number that may be missing; blanks may stand between its thousands."""
    text = row.get(column, "")
    if not text:
        return None
    found = _WHOLE.fullmatch(text.replace(" ", ""))
    if found is None or not least <= int(found[1]) <= most:
        words = f"it must be a whole number from {least} to {most}"
        entry.remark(column, text, "cell-unreadable", words)
        return None
    return int(found[1])


def cell(entry: Entry, row: dict[str, str], column: str) -> str | None:
    """A text that may be missing; one that is too long is left out."""
    text = row.get(column, "")
    if len(text) > LONGEST_NAME:
        words = f"it has {LONGEST_NAME} characters at most"
        entry.remark(column, text, "cell-too-long", words)
        return None
    return text or None
