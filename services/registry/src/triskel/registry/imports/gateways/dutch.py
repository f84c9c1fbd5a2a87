"""DUO's files of Dutch secondary schools: sites (vestigingen), one school for each.

A file may have a row for each profile or school type of a site, as the exam results have, together
or apart: a site's rows become one school, which teaches what any of them says. The site's number
stands behind the school's (00AB01) or in a column of its own (00AB and 1).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.registry.imports.gateways.areas import dutch_area
from triskel.registry.imports.gateways.entries import Entry, cell, identified, named

Row = tuple[int, dict[str, str]]
# in the exam results, in the register of sites, and in older exports of either
ALIASES = {
    "site": ("vestigingscode", "vestigingsnummer"),
    "school": ("brin_nummer", "brinnummer", "brin", "instellingscode"),
    "name": ("instellingsnaam_vestiging", "vestigingsnaam"),
    "municipality": ("plaatsnaam", "gemeentenaam"),
    "street": ("straatnaam",),
    "house": ("huisnummer_toevoeging",),
    "postcode": ("postcode",),
    "province": ("provincie", "provincienaam"),
    "structure": ("onderwijstype_vo", "onderwijsstructuur"),
}
REQUIRED = ("site", "name", "structure")
WITH_LINE_BREAKS = ("instellingsnaam_vestiging", "vestigingsnaam", "straatnaam")
_UPPER = ("HAVO", "VWO")


def columns(known: Iterable[str]) -> dict[str, str]:
    """Our name of each column that the file has, and the file's."""
    there = set(known)
    return {
        ours: found
        for ours, names in ALIASES.items()
        if (found := next((name for name in names if name in there), None))
    }


def read(rows: Iterable[Row], named_as: dict[str, str]) -> Iterator[Entry]:
    """An entry for each row; those of one site are alike, so it counts once. `rows` are gone
    through twice, because a site's may stand far apart."""
    structures: dict[str, set[str]] = defaultdict(set)
    for _, row in rows:
        structures[_site(row, named_as)].add(row[named_as["structure"]].upper())
    for line, row in rows:
        ours = {our: row[name] for our, name in named_as.items()}
        site = _site(row, named_as)
        yield _entry(line, ours, site, structures[site])


def _site(row: dict[str, str], named_as: dict[str, str]) -> str:
    """The school's number and the site's two digits; what is none comes as it is written."""
    site = row[named_as["site"]]
    school = row[named_as["school"]] if "school" in named_as else ""
    if school and site.isdecimal() and len(site) <= 2:
        return f"{school}{site.zfill(2)}".upper()
    return site.upper()


def _entry(line: int, row: dict[str, str], site: str, structures: set[str]) -> Entry:
    entry = Entry(line, IdentifierScheme.BRIN)
    entry.identifier = identified(entry, "VESTIGINGSCODE", IdentifierScheme.BRIN, site)
    if entry.identifier is not None and len(entry.identifier) != 6:
        entry.refuse("VESTIGINGSCODE", site, "site-missing", "a BRIN with its site, 00AB01")
    entry.area = dutch_area(entry, row.get("province", ""))
    # every school has the lower years; havo and vwo go on to the upper ones (UNESCO, ISCED NL)
    upper = any(word in structure for structure in structures for word in _UPPER)
    street = " ".join(filter(None, (row.get("street"), row.get("house"))))
    entry.details = {
        "kind": OrganisationKind.SCHOOL,
        "names": {"nl": named(entry, "NAAM", row["name"])},
        "identifiers": [{"scheme": IdentifierScheme.BRIN, "value": entry.identifier}],
        "legal_unit": None,
        "levels": [Isced.LOWER_SECONDARY, *([Isced.UPPER_SECONDARY] if upper else [])],
        "sector": None,
        "address": {
            "street": cell(entry, {"street": street}, "street"),
            "postcode": cell(entry, row, "postcode"),
            "municipality": cell(entry, row, "municipality"),
            "municipality_code": None,
            "country": "NL",
        },
        "position": None,
        "nuts3": None,
        "pupils": None,
        "priority_education": None,
        "public_sector": None,
    }
    return entry
