"""The French ministry's Annuaire de l'éducation, in any export year."""

from triskel.chassis.csvrows import plain
from triskel.contracts.codes import IdentifierScheme, Isced, OrganisationKind
from triskel.registry.gateways.entries import (
    MOST_PUPILS,
    Entry,
    identified,
    mailbox,
    number,
    position,
)

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
_NUTS3 = {"022": "FRH01", "029": "FRH02", "035": "FRH03", "056": "FRH04"}
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


def entry_of(line: int, row: dict[str, str]) -> Entry:
    """The ministry's Annuaire de l'éducation. The UAI identifies; the SIRET is checked, and kept
    as the legal unit, because a commune's stands for many primary schools."""
    entry = Entry(line, IdentifierScheme.UAI)
    uai = row["identifiant_de_l_etablissement"]
    entry.identifier = identified(
        entry, "Identifiant_de_l_etablissement", IdentifierScheme.UAI, uai
    )
    siret = row.get("siren_siret", "")
    unit = identified(entry, "SIREN_SIRET", IdentifierScheme.SIRET, siret) if siret else None
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
        "position": position(entry, row),
        "nuts3": _NUTS3.get(row.get("code_departement", "").zfill(3)),
        "pupils": number(entry, row, "nombre_d_eleves", int, 0, MOST_PUPILS),
        "priority_education": row.get("appartenance_education_prioritaire", "") not in ("", "0"),
        "public_sector": {"public": True, "prive": False}.get(
            plain(row.get("statut_public_prive", ""))
        ),
    }
    entry.mailbox = mailbox(row, "mail", "email", "courriel", "adresse_mail")
    entry.open = plain(row.get("etat", "ouvert")) != "ferme"
    return entry


def _french_kind(row: dict[str, str]) -> tuple[OrganisationKind, list[Isced]]:
    kind = plain(row["type_etablissement"]).replace("_", " ")
    # `Lycée` in the directory, `LYCEE PROFESSIONNEL` in its geolocated edition
    first = kind.split(" ")[0]
    if first == "ecole":
        levels = [
            level
            for word, level in (
                ("maternelle", Isced.EARLY_CHILDHOOD),
                ("elementaire", Isced.PRIMARY),
            )
            if row.get(f"ecole_{word}") == "1" or word in kind
        ]
        return OrganisationKind.SCHOOL, levels or [Isced.PRIMARY]
    if first in _SCHOOL_LEVELS:
        tertiary = [Isced.SHORT_CYCLE] if first == "lycee" and row.get("post_bac") == "1" else []
        return OrganisationKind.SCHOOL, _SCHOOL_LEVELS[first] + tertiary
    known = {plain(name).replace("_", " "): value for name, value in _OTHER_KINDS.items()}
    if kind in known:
        return known[kind], []
    public = plain(row.get("statut_public_prive", "")) == "public"
    return (OrganisationKind.PUBLIC_AUTHORITY if public else OrganisationKind.ASSOCIATION), []
