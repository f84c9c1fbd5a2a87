"""Who plays: schools of the official directory, and invented partner organisations and people."""

import csv
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from triskel.cli.demo import DIRECTORY, SEED, SPECIALITIES
from triskel.contracts.folding import folded

_TOWNS = (
    ("Rennes", 48.117, -1.678),
    ("Saint-Malo", 48.649, -2.026),
    ("Fougères", 48.352, -1.199),
    ("Vitré", 48.124, -1.215),
    ("Redon", 47.651, -2.084),
    ("Cesson-Sévigné", 48.121, -1.603),
    ("Bruz", 48.025, -1.746),
    ("Dinard", 48.633, -2.061),
    ("Brest", 48.390, -4.486),
    ("Quimper", 47.996, -4.102),
    ("Lorient", 47.748, -3.370),
    ("Vannes", 47.658, -2.760),
    ("Lannion", 48.732, -3.459),
    ("Saint-Brieuc", 48.514, -2.765),
)
# (kind, NACE, what they are called); the town's name follows
_HOSTS = (
    *(
        ("company", nace, name)
        for nace, name in (
            ("26.70", "Atelier d'optique"),
            ("30.11", "Chantier naval"),
            ("62.01", "Logiciels libres"),
            ("28.93", "Machines agroalimentaires"),
            ("26.11", "Composants hyperfréquences"),
            ("35.11", "Hydroliennes"),
            ("61.10", "Réseaux optiques"),
            ("10.51", "Laiterie"),
            ("20.59", "Biotechnologies marines"),
            ("71.12", "Bureau d'études thermiques"),
            ("80.20", "Cybersécurité"),
            ("25.62", "Mécanique de précision"),
            ("27.20", "Batteries"),
            ("49.31", "Transports urbains"),
            ("37.00", "Eaux et assainissement"),
            ("21.20", "Laboratoire pharmaceutique"),
            ("43.21", "Électricité générale"),
        )
        for _ in range(2)
    ),
    *(("higher-education", "85.42", name) for name in ("École d'ingénieurs", "IUT", "Université")),
    *(("research", "72.19", name) for name in ("Institut de recherche", "Station marine")),
    *(("research", "72.19", name) for name in ("Laboratoire commun", "Observatoire du littoral")),
    *(("chamber", "94.11", name) for name in ("Chambre des métiers", "Union des industries")),
    *(("chamber", "94.11", name) for name in ("Fédération du numérique",)),
    *(("association", "94.99", name) for name in ("Les Petits Débrouilleurs", "Elles codent")),
    *(("association", "94.99", name) for name in ("Sciences en fête", "Club des ingénieures")),
    ("foundation", "94.99", "Fondation des sciences"),
    ("association", "94.99", "Fab lab"),
    *(("public-authority", "84.11", name) for name in ("Communauté de communes", "Métropole")),
    *(("public-authority", "84.11", name) for name in ("Service de l'orientation", "Agence")),
    ("network", "94.99", "Réseau des professeurs de sciences"),
    ("training-body", "85.59", "Campus des métiers"),
)
_FIRST = (
    *("Anne", "Gwenaëlle", "Soizic", "Maëlle", "Nolwenn", "Rozenn", "Yuna", "Enora", "Lena"),
    *("Erwan", "Yann", "Gaël", "Malo", "Loïc", "Ronan", "Tanguy", "Briac", "Samir", "Inès"),
)
_LAST = (
    *("Le Goff", "Kervella", "Tanguy", "Guivarc'h", "Le Bihan", "Quéméner", "Riou", "Morvan"),
    *("Prigent", "Cadiou", "Nédélec", "Le Roux", "Haddad", "Nguyen", "Salaün", "Jaouen"),
)


@dataclass(frozen=True)
class School:
    """A school that claims its profile. `level` is the ISCED level that it counts pupils in."""

    uai: str
    level: str


@dataclass(frozen=True)
class Host:
    """An invented partner organisation, as the registry's API takes it."""

    key: str
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Person:
    """`organisation` is a school's UAI or a host's key."""

    organisation: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """A school and a company that may become partners, and what becomes of it. `last_slot` is the
    last day that an activity of theirs may be on."""

    key: str
    school: School
    host: Host
    fate: str
    last_slot: date


COORDINATION = "coordination"
CONSENT_GIVEN_ON = "2025-06-30"


def schools() -> list[School]:
    """Forty-five of the directory: lycées with official speciality figures first."""
    with SPECIALITIES.open(encoding="utf-8-sig", newline="") as file:
        general = {row["UAI"] for row in csv.DictReader(file, delimiter=";")}
    kinds: dict[str, list[str]] = {"general": [], "Lycée": [], "Collège": [], "Ecole": []}
    with DIRECTORY.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            uai, kind = row["Identifiant_de_l_etablissement"], row["Type_etablissement"]
            if row["etat"] != "OUVERT" or kind not in kinds:
                continue
            kinds["general" if kind == "Lycée" and uai in general else kind].append(uai)
    found = []
    for kind, number, level in (
        ("general", 18, "3"),
        ("Lycée", 3, "3"),
        ("Collège", 18, "2"),
        ("Ecole", 6, "1"),
    ):
        chosen = Random(f"{SEED}-{kind}").sample(sorted(set(kinds[kind])), number)
        found += [School(uai, level) for uai in chosen]
    Random(f"{SEED}-schools").shuffle(found)
    return found


def hosts() -> list[Host]:
    """About sixty, of every kind that a Breton platform has; the first is the coordination."""
    found = [
        Host(
            COORDINATION,
            "association",
            {
                "kind": "association",
                "names": {
                    "fr": "Coordination régionale STEAM Bretagne",
                    "en": "STEAM Brittany regional coordination",
                },
                "sector": "94.99",
                "position": {"latitude": 48.117, "longitude": -1.678},
            },
        )
    ]
    for number, (kind, nace, name) in enumerate(_HOSTS):
        rng = Random(f"{SEED}-host-{number}")
        town, latitude, longitude = rng.choice(_TOWNS)
        body: dict[str, Any] = {
            "kind": kind,
            "names": {"fr": f"{name} {_of(town)}"},
            "sector": nace,
            "address": {"municipality": town, "country": "FR"},
            "position": {
                "latitude": round(latitude + rng.uniform(-0.05, 0.05), 5),
                "longitude": round(longitude + rng.uniform(-0.05, 0.05), 5),
            },
        }
        if kind == "company":
            body["partnership_capacity"] = rng.randint(2, 4)
        found.append(Host(f"host-{number:02}", kind, body))
    return found


def people(schools_: list[School], hosts_: list[Host]) -> list[Person]:
    """A head and one or two teachers in each school; one or two persons with each host."""
    found: list[Person] = []
    for school in schools_:
        rng = Random(f"{SEED}-people-{school.uai}")
        found.append(_person(rng, school.uai, "head", ["inbox"]))
        found += [
            _person(rng, school.uai, "teacher", ["email", "inbox"])
            for _ in range(rng.randint(1, 2))
        ]
    for host in hosts_:
        rng = Random(f"{SEED}-people-{host.key}")
        if host.key == COORDINATION:
            found.append(_person(rng, host.key, "coordinator", ["email", "inbox"]))
            continue
        for number in range(rng.randint(1, 2)):
            channels = ["email", "inbox"] if number == 0 else ["inbox"]
            found.append(_person(rng, host.key, "company", channels))
    return found


def _person(rng: Random, organisation: str, role: str, channels: list[str]) -> Person:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    mailbox = f"{_plain(first)}.{_plain(last)}.{rng.randint(10, 99)}"
    body = {
        "name": f"{first} {last}",
        "email": f"{mailbox}@{organisation.lower()}.example",
        "roles": [role],
        "language": "en" if role == "company" and rng.random() < 0.15 else "fr",
        "channels": channels,
        # the coordination brings its people along, with the consents that it holds
        "consent_given_on": CONSENT_GIVEN_ON,
    }
    return Person(organisation, body)


def _of(town: str) -> str:
    return f"d'{town}" if town[0] in "AEIOU" else f"de {town}"


def _plain(name: str) -> str:
    return "".join(letter for letter in folded(name) if letter.isalpha())
