"""DUO's files of Dutch secondary schools: sites (vestigingen), one school for each.

A file may have a row for each profile or school type of a site, as the exam results have: a site's
rows stand together and become one school, which teaches what any of them says.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.registry.gateways.entries import Entry, identified

Row = tuple[int, dict[str, str]]
# in the exam results, in the register of sites, and in older exports of either
ALIASES = {
    "site": ("vestigingscode", "vestigingsnummer"),
    "name": ("instellingsnaam_vestiging", "vestigingsnaam"),
    "municipality": ("plaatsnaam", "gemeentenaam"),
    "street": ("straatnaam",),
    "house": ("huisnummer_toevoeging",),
    "postcode": ("postcode",),
    "structure": ("onderwijstype_vo", "onderwijsstructuur"),
}
REQUIRED = ("site", "name", "structure")
_UPPER = ("HAVO", "VWO")


def columns(known: Iterable[str]) -> dict[str, str]:
    """Our name of each column that the file has, and the file's."""
    there = set(known)
    return {
        ours: found
        for ours, names in ALIASES.items()
        if (found := next((name for name in names if name in there), None))
    }


def read(rows: Iterable[Row], named: dict[str, str]) -> Iterator[Entry]:
    """An entry for each row; those of one site are alike, so it counts once."""
    for _, of_site in groupby(rows, key=lambda row: row[1].get(named["site"], "")):
        together = list(of_site)
        structures = {row.get(named["structure"], "").upper() for _, row in together}
        for line, row in together:
            yield _entry(
                line, {ours: row.get(name, "") for ours, name in named.items()}, structures
            )


def _entry(line: int, row: dict[str, str], structures: set[str]) -> Entry:
    entry = Entry(line, IdentifierScheme.BRIN)
    entry.identifier = identified(entry, "VESTIGINGSCODE", IdentifierScheme.BRIN, row["site"])
    if entry.identifier is not None and len(entry.identifier) != 6:
        entry.refuse("VESTIGINGSCODE", row["site"], "site-missing", "a BRIN with its site, 00AB01")
    if not row["name"]:
        entry.refuse("NAAM", "", "name-missing", "a school has a name")
    # every school has the lower years; havo and vwo go on to the upper ones (UNESCO, ISCED NL)
    upper = any(word in structure for structure in structures for word in _UPPER)
    street = " ".join(filter(None, (row.get("street"), row.get("house"))))
    entry.details = {
        "kind": OrganisationKind.SCHOOL,
        "names": {"nl": row["name"][:200]},
        "identifiers": [{"scheme": IdentifierScheme.BRIN, "value": entry.identifier}],
        "legal_unit": None,
        "levels": [Isced.LOWER_SECONDARY, *([Isced.UPPER_SECONDARY] if upper else [])],
        "sector": None,
        "address": {
            "street": street or None,
            "postcode": row.get("postcode") or None,
            "municipality": row.get("municipality") or None,
            "municipality_code": None,
            "country": "NL",
        },
        "position": None,
        "nuts3": None,
        "pupils": None,
        "priority_education": False,
        "public_sector": None,
    }
    return entry
