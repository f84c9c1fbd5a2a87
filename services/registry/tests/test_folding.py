"""Everybody finds a school by its name, whatever keyboard wrote it."""

import csv
import io
import unicodedata
from importlib import import_module
from importlib.resources import files
from typing import Any

from sqlalchemy import text

from triskel.contracts.codes import Role
from triskel.contracts.folding import folded
from triskel.registry.organisations.queries import OrganisationFilter, statement_of
from triskel.registry.organisations.tables import OrganisationRow

DIRECTORY = files("triskel.cli") / "data" / "fr-annuaire-education-ille-et-vilaine-2023.csv"
SEPARATORS = "'’‘ʼ-‐–./ \u00a0\u2009\u202f"
refilling = import_module("triskel.registry.migrations.versions.0014_one_folding_rule")


def names() -> list[tuple[str, str]]:
    """(UAI, name) of each school."""
    content = io.StringIO(DIRECTORY.read_text(encoding="utf-8-sig"))
    return [
        (row["Identifiant_de_l_etablissement"], row["Nom_etablissement"])
        for row in csv.DictReader(content, delimiter=";")
    ]


def spellings(name: str) -> set[str]:
    """As written, without accents, and with each separator in the place of the others."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    every = {name, name.upper(), unicodedata.normalize("NFD", name), bare}
    for separator in SEPARATORS:
        every.add("".join(separator if c in SEPARATORS else c for c in name))
    return every


def test_every_name_of_the_directory_is_one_name_in_every_spelling() -> None:
    seen = names()
    assert len({name for _, name in seen}) > 800
    for _, name in seen:
        # what has no decomposition is spelt out, so `bare` cannot be made by leaving it away
        folds = {folded(each) for each in spellings(name.replace("œ", "oe").replace("Œ", "OE"))}
        assert folds == {folded(name)}


async def test_every_name_of_the_directory_finds_its_own_school(
    platform: Any, imported: Any
) -> None:
    await imported(DIRECTORY.read_bytes())
    lost: dict[str, str] = {}
    async with platform.app.state.database.reading() as session:
        codes = await session.execute(text("select value, organisation_id from identifiers"))
        known = {value: number for value, number in codes}  # noqa: C416 - rows are no pairs
        # a school that stands twice has its first name
        for code, name in reversed(dict(reversed(names())).items()):
            wanted = OrganisationFilter(words=name)
            found = statement_of(wanted).with_only_columns(OrganisationRow.id)
            if code in known and known[code] not in set(await session.scalars(found)):
                lost[code] = name
    assert lost == {}
    for question, part in (
        ("q=Saint-Exupéry", "exupery"),
        ("q=Saint Exupery", "exupery"),
        ("q=coeur", "coeur"),
        ("q=Sacré‐Cœur", "sacre coeur"),
        ("municipality=saint malo&q=lycee", ""),
    ):
        answer = await platform.client.get(f"/v1/organisations?{question}", headers=_who(platform))
        shown = answer.json()["items"]
        assert shown, question
        assert all(part in folded(school["names"]["fr"]) for school in shown), question


async def test_a_letter_that_has_no_accent_to_lose_is_found_as_others_write_it(
    platform: Any,
) -> None:
    await platform.organisation("school", names={"da": "Ærø Friskole"})
    for question in ("q=aero", "q=Ærø", "q=AERO friskole"):
        answer = await platform.client.get(f"/v1/organisations?{question}", headers=_who(platform))
        assert len(answer.json()["items"]) == 1, question


async def test_names_stored_before_the_rule_are_folded_by_the_migration(platform: Any) -> None:
    address = {"municipality": "L’Haÿ-les-Roses", "country": "FR"}
    await platform.organisation("school", names={"fr": "Sacré-Cœur"}, address=address)
    database = platform.app.state.database
    async with database.transaction() as session:
        old = "update organisations set search_name = 'sacre-cœur', search_municipality = null"
        await session.execute(text(old))
    stale = await platform.client.get("/v1/organisations?q=coeur", headers=_who(platform))
    assert stale.json()["items"] == []
    async with database.engine.begin() as connection:
        await connection.run_sync(refilling.refill)
    for question in ("q=coeur", "municipality=l'hay les roses"):
        answer = await platform.client.get(f"/v1/organisations?{question}", headers=_who(platform))
        assert len(answer.json()["items"]) == 1, question


def _who(platform: Any) -> dict[str, str]:
    found: dict[str, str] = platform.who(Role.TEACHER)
    return found


async def test_a_name_is_found_with_any_separator_between_its_words(platform: Any) -> None:
    await platform.organisation("school", names={"fr": "L'Assomption - Saint-Yves / Sud"})
    for separator in SEPARATORS:
        query = {"q": separator.join(["L", "Assomption", "Saint", "Yves", "Sud"])}
        answer = await platform.client.get(
            "/v1/organisations", params=query, headers=_who(platform)
        )
        assert len(answer.json()["items"]) == 1, separator
