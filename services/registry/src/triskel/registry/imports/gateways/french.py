"""The French ministry's Annuaire de l'éducation, in any export year."""

import re

from triskel.chassis.csvrows import plain
from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.contracts.folding import folded
from triskel.registry.imports.gateways.areas import french_area
from triskel.registry.imports.gateways.entries import (
    MOST_PUPILS,
    Entry,
    cell,
    identified,
    legal_unit,
    mailbox,
    named,
    whole,
)
from triskel.registry.imports.gateways.places import position

# what the ministry calls them in other years, and in its geolocated edition
ALIASES = {
    "numero_uai": "identifiant_de_l_etablissement",
    "code_etablissement": "identifiant_de_l_etablissement",
    "uai": "identifiant_de_l_etablissement",
    "appellation_officielle": "nom_etablissement",
    "nature_uai_libe": "type_etablissement",
    "secteur_public_prive_libe": "statut_public_prive",
    "siret": "siren_siret",
    "numero_siret": "siren_siret",
    "adresse_uai": "adresse_1",
    "adresse": "adresse_1",
    "code_postal_uai": "code_postal",
    "libelle_commune": "nom_commune",
    "code_insee": "code_commune",
    "nombre_eleves": "nombre_d_eleves",
    "etat_etablissement_libe": "etat",
    "code_departement_insee": "code_departement",
}
REQUIRED = ("identifiant_de_l_etablissement", "nom_etablissement", "type_etablissement")
WITH_LINE_BREAKS = ("nom_etablissement", "adresse_1")
_LOWER, _UPPER = Isced.LOWER_SECONDARY, Isced.UPPER_SECONDARY
# by the first words that fit: the directory writes `Lycée`, its geolocated edition
# `LYCEE PROFESSIONNEL` and `SECTION ENSEIGT GEN. ET PROF. ADAPTE` (a SEGPA)
_SCHOOLS: tuple[tuple[str, tuple[Isced, ...]], ...] = (
    ("college", (_LOWER,)),
    ("lycee", (_UPPER,)),
    ("erea", (_LOWER, _UPPER)),
    ("etab.* adapte", (_LOWER, _UPPER)),
    ("segpa", (_LOWER,)),
    ("section .*adapte", (_LOWER,)),
    ("section .*(enseign|general|technolog|professionnel)", (_UPPER,)),
    ("ecole (secondaire|technolog|professionnel)", (_UPPER,)),
    ("maison familiale rurale", (_LOWER, _UPPER)),
    ("centre de formation d apprentis", (_UPPER,)),
    ("etablissement experimental", (_UPPER,)),
)
_OTHER_KINDS = {
    "service administratif": OrganisationKind.PUBLIC_AUTHORITY,
    "information et orientation": OrganisationKind.PUBLIC_AUTHORITY,
    "medico social": OrganisationKind.ASSOCIATION,
}
# the ministry's words, and the codes of its geolocated edition; what is to be closed is open yet
_OPEN = frozenset({"ouvert", "ouverte", "a_fermer", "1", "2"})
_NOT_OPEN = frozenset({"ferme", "fermee", "fermeture", "a_ouvrir", "3"})


def entry_of(line: int, row: dict[str, str]) -> Entry:
    """The ministry's Annuaire de l'éducation. The UAI identifies; the SIRET is kept as the legal
    unit, because a commune's stands for many primary schools."""
    entry = Entry(line, IdentifierScheme.UAI)
    uai = row["identifiant_de_l_etablissement"]
    entry.identifier = identified(
        entry, "Identifiant_de_l_etablissement", IdentifierScheme.UAI, uai
    )
    kind, levels = _french_kind(row)
    entry.area = french_area(entry, row)
    schemes = (IdentifierScheme.SIRET, IdentifierScheme.SIREN)
    entry.details = {
        "kind": kind,
        "names": {"fr": named(entry, "Nom_etablissement", row["nom_etablissement"])},
        "identifiers": [{"scheme": IdentifierScheme.UAI, "value": entry.identifier}],
        "legal_unit": legal_unit(entry, row, "siren_siret", schemes),
        "levels": levels,
        "sector": None,
        "address": {
            "street": cell(entry, row, "adresse_1"),
            "postcode": cell(entry, row, "code_postal"),
            "municipality": cell(entry, row, "nom_commune"),
            "municipality_code": cell(entry, row, "code_commune"),
            "country": "FR",
        },
        "position": position(entry, row, "FR"),
        "nuts3": entry.area.nuts3,
        "pupils": whole(entry, row, "nombre_d_eleves", 0, MOST_PUPILS),
        "priority_education": _priority(row.get("appartenance_education_prioritaire", "")),
        "public_sector": {"public": True, "prive": False}.get(
            plain(row.get("statut_public_prive", ""))
        ),
    }
    entry.mailbox = mailbox(entry, row, "mail", "email", "courriel", "adresse_mail")
    entry.open = _is_open(entry, row["etat"]) if "etat" in row else True
    return entry


def _priority(written: str) -> bool | None:
    """`REP` and `REP+` are; an empty cell does not say that one is not any more."""
    return plain(written) not in ("0", "non") if written else None


def _is_open(entry: Entry, state: str) -> bool | None:
    known = plain(state)
    if known in _OPEN | _NOT_OPEN:
        return known in _OPEN
    if known:
        words = "it must be OUVERT, A FERMER, FERME or A OUVRIR"
        entry.remark("etat", state, "cell-unreadable", words)
    return None


def _french_kind(row: dict[str, str]) -> tuple[OrganisationKind, list[Isced]]:
    kind = folded(row["type_etablissement"])
    for words, levels in _SCHOOLS:
        if re.match(words, kind):
            tertiary = [Isced.SHORT_CYCLE] if row.get("post_bac") == "1" else []
            return OrganisationKind.SCHOOL, [*levels, *(tertiary if words == "lycee" else [])]
    if kind.split(" ")[0] == "ecole":
        found = [
            level
            for word, level in (
                ("maternelle", Isced.EARLY_CHILDHOOD),
                ("elementaire", Isced.PRIMARY),
            )
            if row.get(f"ecole_{word}") == "1" or word in kind
        ]
        return OrganisationKind.SCHOOL, found or [Isced.PRIMARY]
    if kind in _OTHER_KINDS:
        return _OTHER_KINDS[kind], []
    public = plain(row.get("statut_public_prive", "")) == "public"
    return (OrganisationKind.PUBLIC_AUTHORITY if public else OrganisationKind.ASSOCIATION), []
