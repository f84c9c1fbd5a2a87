"""Directories as CSV files: columns found by name, in any year's spelling, row by row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from triskel.chassis.csvrows import CsvRows, plain
from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.contracts.refusals import Invalid
from triskel.registry.domain.identifiers import normalised

TEMPLATE_COLUMNS = (
    *("kind", "name", "language", "scheme", "identifier", "street", "postcode", "municipality"),
    *("country", "latitude", "longitude", "levels", "sector", "capacity"),
)
_NUTS3 = {"022": "FRH01", "029": "FRH02", "035": "FRH03", "056": "FRH04"}
_LANGUAGE = re.compile(r"^[a-z]{2}$")
_SCHOOL_LEVELS = {
    "college": [Isced.LOWER_SECONDARY],
    "lycee": [Isced.UPPER_SECONDARY],
    "erea": [Isced.LOWER_SECONDARY, Isced.UPPER_SECONDARY],
}
_OTHER_KINDS = {
    "service administratif": OrganisationKind.PUBLIC_AUTHORITY,
    "information et orientation": OrganisationKind.PUBLIC_AUTHORITY,
    "medico-social": OrganisationKind.ASSOCIATION,
}


@dataclass
class Entry:
    """One row as the registry would keep it: `details` are the API's fields. `refusals` says why
    it cannot be kept; then `details` counts for nothing."""

    number: int
    scheme: IdentifierScheme | None = None
    identifier: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    open: bool = True
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, column: str, value: str | None, rule: str, detail: str) -> None:
        self.refusals.append({"field": column, "value": value, "rule": rule, "detail": detail})


def read(dataset: str, content: bytes) -> Iterator[Entry]:
    """The entries of a file. Raises `Invalid` for a file that is not of its dataset."""
    rows = CsvRows(content)
    if dataset == "fr-annuaire":
        rows.require("identifiant_de_l_etablissement", "nom_etablissement", "type_etablissement")
        return (_french(number, row) for number, row in rows)
    rows.require("kind", "name", "scheme", "identifier", "country")
    return (_template(number, row) for number, row in rows)


def _identified(entry: Entry, column: str, scheme: IdentifierScheme, value: str) -> str | None:
    try:
        return normalised(scheme, value)
    except Invalid as refused:
        entry.refuse(column, value, refused.rule, refused.sentence)
        return None


def _number(entry: Entry, row: dict[str, str], column: str, kind: type, least: float) -> Any:
    text = row.get(column, "")
    if not text:
        return None
    try:
        value = kind(text.replace(",", "."))
        if value < least:
            raise ValueError
    except ValueError:
        entry.refuse(column, text, "number-malformed", f"{column} must be a number from {least}")
        return None
    return value


def _position(entry: Entry, row: dict[str, str]) -> dict[str, float] | None:
    latitude = _number(entry, row, "latitude", float, -90)
    longitude = _number(entry, row, "longitude", float, -180)
    if latitude is None or longitude is None:
        return None
    if latitude > 90 or longitude > 180:
        entry.refuse("latitude", str(latitude), "position-impossible", "degrees of WGS 84")
        return None
    return {"latitude": latitude, "longitude": longitude}


def _french(number: int, row: dict[str, str]) -> Entry:
    """The ministry's Annuaire de l'éducation. The UAI identifies; the SIRET is checked, and kept
    as the legal unit, because a commune's stands for many primary schools."""
    entry = Entry(number, IdentifierScheme.UAI)
    uai = row["identifiant_de_l_etablissement"]
    entry.identifier = _identified(
        entry, "Identifiant_de_l_etablissement", IdentifierScheme.UAI, uai
    )
    siret = row.get("siren_siret", "")
    unit = _identified(entry, "SIREN_SIRET", IdentifierScheme.SIRET, siret) if siret else None
    legal_unit = {"scheme": IdentifierScheme.SIRET, "value": unit} if unit else None
    if not row["nom_etablissement"]:
        entry.refuse("Nom_etablissement", "", "name-missing", "an establishment has a name")
    kind, levels = _french_kind(row)
    entry.details = {
        "kind": kind,
        "names": {"fr": row["nom_etablissement"][:200]},
        "identifiers": [{"scheme": IdentifierScheme.UAI, "value": entry.identifier}],
        "legal_unit": legal_unit,
        "levels": levels,
        "sector": None,
        "address": {
            "street": row.get("adresse_1") or None,
            "postcode": row.get("code_postal") or None,
            "municipality": row.get("nom_commune") or None,
            "municipality_code": row.get("code_commune") or None,
            "country": "FR",
        },
        "position": _position(entry, row),
        "nuts3": _NUTS3.get(row.get("code_departement", "").zfill(3)),
        "pupils": _number(entry, row, "nombre_d_eleves", int, 0),
        "priority_education": row.get("appartenance_education_prioritaire", "") not in ("", "0"),
        "public_sector": {"public": True, "prive": False}.get(
            plain(row.get("statut_public_prive", ""))
        ),
    }
    entry.open = plain(row.get("etat", "ouvert")) != "ferme"
    return entry


def _french_kind(row: dict[str, str]) -> tuple[OrganisationKind, list[Isced]]:
    kind = plain(row["type_etablissement"]).replace("_", " ")
    if kind == "ecole":
        levels = [
            level
            for column, level in (
                ("ecole_maternelle", Isced.EARLY_CHILDHOOD),
                ("ecole_elementaire", Isced.PRIMARY),
            )
            if row.get(column) == "1"
        ]
        return OrganisationKind.SCHOOL, levels or [Isced.PRIMARY]
    if kind in _SCHOOL_LEVELS:
        tertiary = [Isced.SHORT_CYCLE] if kind == "lycee" and row.get("post_bac") == "1" else []
        return OrganisationKind.SCHOOL, _SCHOOL_LEVELS[kind] + tertiary
    known = {plain(name).replace("_", " "): value for name, value in _OTHER_KINDS.items()}
    if kind in known:
        return known[kind], []
    public = plain(row.get("statut_public_prive", "")) == "public"
    return (OrganisationKind.PUBLIC_AUTHORITY if public else OrganisationKind.ASSOCIATION), []


def _template(number: int, row: dict[str, str]) -> Entry:
    """The plain template for directories of other countries; `levels` with blanks between."""
    entry = Entry(number)
    codes: dict[str, Any] = {}
    for column, values in (("kind", OrganisationKind), ("scheme", IdentifierScheme)):
        try:
            codes[column] = values(row[column])
        except ValueError:
            allowed = ", ".join(values)
            entry.refuse(column, row[column], "code-unknown", f"must be one of {allowed}")
    if "scheme" in codes:
        entry.scheme = codes["scheme"]
        entry.identifier = _identified(entry, "identifier", codes["scheme"], row["identifier"])
    if not row["name"]:
        entry.refuse("name", "", "name-missing", "an organisation has a name")
    language = row.get("language") or "en"
    if not _LANGUAGE.match(language):
        entry.refuse("language", language, "code-unknown", "must be an ISO 639-1 code")
    if not re.fullmatch(r"[A-Z]{2}", row["country"]):
        entry.refuse("country", row["country"], "code-unknown", "must be an ISO 3166-1 code")
    levels = row.get("levels", "").split()
    if unknown := [level for level in levels if level not in set(Isced)]:
        entry.refuse("levels", unknown[0], "code-unknown", "must be ISCED levels, 0 to 8")
    entry.details = {
        "kind": codes.get("kind"),
        "names": {language: row["name"][:200]},
        "identifiers": [{"scheme": entry.scheme, "value": entry.identifier}],
        "legal_unit": None,
        "levels": levels,
        "sector": row.get("sector") or None,
        "address": {
            "street": row.get("street") or None,
            "postcode": row.get("postcode") or None,
            "municipality": row.get("municipality") or None,
            "municipality_code": None,
            "country": row["country"],
        },
        "position": _position(entry, row),
        "nuts3": None,
        "pupils": None,
        "priority_education": False,
        "public_sector": None,
        "partnership_capacity": _number(entry, row, "capacity", int, 0),
    }
    return entry
