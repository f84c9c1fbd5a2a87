"""The plain template, for directories of other countries."""

import re
from typing import Any

from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.registry.imports.gateways.areas import given_area
from triskel.registry.imports.gateways.entries import (
    MOST_PARTNERSHIPS,
    Entry,
    cell,
    identified,
    mailbox,
    named,
    whole,
)
from triskel.registry.imports.gateways.places import position

WITH_LINE_BREAKS = ("name", "street")
REQUIRED = ("kind", "name", "scheme", "identifier", "country")
COLUMNS = (
    *("kind", "name", "language", "scheme", "identifier", "street", "postcode", "municipality"),
    *("country", "nuts3", "latitude", "longitude", "levels", "sector", "capacity", "mailbox"),
)
_LANGUAGE = re.compile(r"^[a-z]{2}$")


def entry_of(line: int, row: dict[str, str]) -> Entry:
    """The plain template for directories of other countries; `levels` with blanks between."""
    entry = Entry(line)
    codes: dict[str, Any] = {}
    for column, values in (("kind", OrganisationKind), ("scheme", IdentifierScheme)):
        try:
            codes[column] = values(row[column])
        except ValueError:
            allowed = ", ".join(values)
            entry.refuse(column, row[column], "code-unknown", f"must be one of {allowed}")
    if "scheme" in codes:
        entry.scheme = codes["scheme"]
        entry.identifier = identified(entry, "identifier", codes["scheme"], row["identifier"])
    language = row.get("language") or "en"
    if not _LANGUAGE.match(language):
        entry.refuse("language", language, "code-unknown", "must be an ISO 639-1 code")
    if not re.fullmatch(r"[A-Z]{2}", row["country"]):
        entry.refuse("country", row["country"], "code-unknown", "must be an ISO 3166-1 code")
    entry.area = given_area(entry, row)
    levels = row.get("levels", "").split()
    if unknown := [level for level in levels if level not in set(Isced)]:
        entry.refuse("levels", unknown[0], "code-unknown", "must be ISCED levels, 0 to 8")
    entry.details = {
        "kind": codes.get("kind"),
        "names": {language: named(entry, "name", row["name"])},
        "identifiers": [{"scheme": entry.scheme, "value": entry.identifier}],
        "legal_unit": None,
        "levels": levels,
        "sector": cell(entry, row, "sector"),
        "address": {
            "street": cell(entry, row, "street"),
            "postcode": cell(entry, row, "postcode"),
            "municipality": cell(entry, row, "municipality"),
            "municipality_code": None,
            "country": row["country"],
        },
        "position": position(entry, row, row["country"]),
        "nuts3": entry.area.nuts3,
        "pupils": None,
        "priority_education": None,
        "public_sector": None,
        "partnership_capacity": whole(entry, row, "capacity", 0, MOST_PARTNERSHIPS),
    }
    entry.mailbox = mailbox(entry, row, "mailbox", "mail", "email")
    return entry
