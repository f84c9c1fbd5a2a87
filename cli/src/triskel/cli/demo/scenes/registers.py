"""The directory is looked at each night, and imported again when it has changed."""

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from triskel.cli.demo import DIRECTORY
from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.steps import COORDINATION

_FILE = "annuaire-ille-et-vilaine.csv"
_ID = "Identifiant_de_l_etablissement"
_NAME = "École publique Simone Veil"


async def _set(player: Player) -> str:
    _file(player).write_bytes(DIRECTORY.read_bytes())
    body = {"dataset": "fr-annuaire", "source": f"file:{_FILE}", "max_closed": 5, "hour": 3}
    made = await player.ask("POST", "registry", "/v1/registers", *COORDINATION, json=body)
    player.noted["register"] = made["id"]
    words = await player.refused(
        *("POST", "registry", "/v1/registers", *COORDINATION),
        rule="source-outside",
        json=body | {"source": "file:../annuaire.csv"},
    )
    return f"each night at 3, at most 5 closed; another source: {words}"


async def _same(player: Player) -> str:
    report = await _imported(player, lambda known: True)
    expect(report["changed"] + report["created"] + report["closed"] == 0, "nothing to change")
    _file(player).write_text(_changed(player), encoding="utf-8")
    return f"{report['rows']} rows, {report['unchanged']} as they were: nothing is said"


async def _renamed(player: Player) -> str:
    report = await _imported(player, lambda known: known["changed"] > 0)
    expect((report["changed"], report["closed"]) == (1, 1), "one renamed and one closed")
    (school,) = await player.pages(
        "registry", f"/v1/organisations?identifier={_chosen(player)[0]}", *COORDINATION
    )
    expect(_NAME in school["names"].values(), "the new name")
    (gone,) = await player.pages(
        "registry", f"/v1/organisations?identifier={_chosen(player)[1]}", *COORDINATION
    )
    expect(not gone["open"], "a school that is marked closed")
    return "one school has a new name, one that the file lacks is marked closed, none is deleted"


async def _imported(player: Player, right: Callable[[Any], bool]) -> Any:
    """The report of the last night's import, once it is the right one."""

    async def report() -> Any:
        path = f"/v1/registers/{player.noted['register']}"
        known = (await player.get("registry", path, *COORDINATION))["last_import"]
        return known if known and known["state"] == "done" and right(known) else None

    return await player.until(report, "the night's import")


def _file(player: Player) -> Path:
    folder = player.town.registers
    assert folder is not None
    return folder / _FILE


def _chosen(player: Player) -> tuple[str, str]:
    """Two schools that nobody plays: one to rename and one to leave out."""
    cast = {school.uai for school in player.schools}
    with DIRECTORY.open(encoding="utf-8-sig", newline="") as file:
        open_ = sorted(
            row[_ID]
            for row in csv.DictReader(file, delimiter=";")
            if row["Type_etablissement"] == "Ecole" and row["etat"] == "OUVERT"
        )
    first, second = [uai for uai in open_ if uai not in cast][:2]
    return first, second


def _changed(player: Player) -> str:
    renamed, gone = _chosen(player)
    changed = StringIO()
    with DIRECTORY.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        written = csv.DictWriter(changed, rows.fieldnames or (), delimiter=";")
        written.writeheader()
        for row in rows:
            if row[_ID] == renamed:
                row["Nom_etablissement"] = _NAME
            if row[_ID] != gone:
                written.writerow(row)
    return changed.getvalue()


REGISTERS = (
    Scene(date(2025, 9, 12), "the directory becomes a nightly register", _set),
    Scene(date(2026, 1, 13), "the night's import changes nothing", _same),
    Scene(date(2026, 6, 10), "the directory has changed overnight", _renamed),
)
