"""Numbers of four countries are verified, and a wrong one is told by which rule."""

from datetime import date

from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.steps import COORDINATOR

_GUESTS = (
    ("Kustwacht Sensoren", "nl", "NL", "Delft", {"scheme": "kvk", "value": "27264350"}),
    ("Nordisk Vindkraft", "da", "DK", "Aarhus", {"scheme": "cvr", "value": "13585628"}),
    ("Talleres de Bizkaia", "es", "ES", "Bilbao", {"scheme": "cif", "value": "A-58818501"}),
    ("Optique de l'Ille", "fr", "FR", "Rennes", {"scheme": "siret", "value": "732 829 320 00074"}),
)
_WRONG = (
    ("uai", "0350024M", "uai-check-letter"),
    ("siret", "73282932000075", "siret-check-digit"),
    ("brin", "2VD", "brin-shape"),
    ("cvr", "13585627", "cvr-check-digit"),
    ("cif", "A58818502", "cif-check-digit"),
)


async def _four_countries(runner: Runner) -> str:
    kept = []
    for name, language, country, town, identifier in _GUESTS:
        body = {
            "kind": "company",
            "names": {language: name},
            "address": {"municipality": town, "country": country},
            "identifiers": [identifier],
        }
        made = await runner.ask("POST", "registry", "/v1/organisations", COORDINATOR, json=body)
        kept.append(made["identifiers"][0]["value"])
    return f"registered with {', '.join(kept)} (KvK, CVR, CIF, SIRET)"


async def _wrong_digits(runner: Runner) -> str:
    words = {}
    for scheme, value, rule in _WRONG:
        body = {
            "kind": "school" if scheme in ("uai", "brin") else "company",
            "names": {"fr": "Faute de frappe"},
            "identifiers": [{"scheme": scheme, "value": value}],
        }
        words[scheme] = await runner.refused(
            "POST", "registry", "/v1/organisations", COORDINATOR, rule=rule, json=body
        )
    return f"{len(words)} numbers of four countries refused; the SIRET: {words['siret']}"


IDENTIFIERS = (
    Scenario(date(2025, 9, 8), "companies of four countries are registered", _four_countries),
    Scenario(date(2025, 9, 8), "a wrong digit is named by its rule", _wrong_digits),
)
