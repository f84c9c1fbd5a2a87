"""The directory is looked at each night, and imported again when it has changed."""

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from triskel.cli.demo import DIRECTORY
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import COORDINATION
from triskel.cli.demo.scenarios.scenario import Scenario

_FILE = "annuaire-ille-et-vilaine.csv"
_ID = "Identifiant_de_l_etablissement"
_NAME = "École publique Simone Veil"


async def _set(runner: Runner) -> str:
    _file(runner).write_bytes(DIRECTORY.read_bytes())
    body = {"dataset": "fr-annuaire", "source": f"file:{_FILE}", "max_closed": 5, "hour": 3}
    made = await runner.ask("POST", "registry", "/v1/registers", *COORDINATION, json=body)
    runner.notes.register_id = made["id"]
    words = await runner.refused(
        *("POST", "registry", "/v1/registers", *COORDINATION),
        rule="source-outside",
        json=body | {"source": "file:../annuaire.csv"},
    )
    return f"each night at 3, at most 5 closed; another source: {words}"


async def _same(runner: Runner) -> str:
    report = await _imported(runner, lambda known: True)
    expect(report["changed"] + report["created"] + report["closed"] == 0, "nothing to change")
    _file(runner).write_text(_changed(runner), encoding="utf-8")
    return f"{report['rows']} rows, {report['unchanged']} as they were: nothing is said"


async def _renamed(runner: Runner) -> str:
    report = await _imported(runner, lambda known: known["changed"] > 0)
    expect((report["changed"], report["closed"]) == (1, 1), "one renamed and one closed")
    (school,) = await runner.pages(
        "registry", f"/v1/organisations?identifier={_chosen(runner)[0]}", *COORDINATION
    )
    expect(_NAME in school["names"].values(), "the new name")
    (gone,) = await runner.pages(
        "registry", f"/v1/organisations?identifier={_chosen(runner)[1]}", *COORDINATION
    )
    expect(not gone["open"], "a school that is marked closed")
    return "one school has a new name, one that the file lacks is marked closed, none is deleted"


async def _imported(runner: Runner, right: Callable[[Any], bool]) -> Any:
    """The report of the last night's import, once it is the right one."""

    async def report() -> Any:
        path = f"/v1/registers/{runner.notes.register_id}"
        known = (await runner.get("registry", path, *COORDINATION))["last_import"]
        return known if known and known["state"] == "done" and right(known) else None

    return await runner.until(report, "the night's import")


def _file(runner: Runner) -> Path:
    folder = runner.stack.registers
    assert folder is not None
    return folder / _FILE


def _chosen(runner: Runner) -> tuple[str, str]:
    """Two schools that nobody plays: one to rename and one to leave out."""
    invited = {school.uai for school in runner.schools}
    with DIRECTORY.open(encoding="utf-8-sig", newline="") as file:
        open_ = sorted(
            row[_ID]
            for row in csv.DictReader(file, delimiter=";")
            if row["Type_etablissement"] == "Ecole" and row["etat"] == "OUVERT"
        )
    first, second = [uai for uai in open_ if uai not in invited][:2]
    return first, second


def _changed(runner: Runner) -> str:
    renamed, gone = _chosen(runner)
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
    Scenario(date(2025, 9, 12), "the directory becomes a nightly register", _set),
    Scenario(date(2026, 1, 13), "the night's import changes nothing", _same),
    Scenario(date(2026, 6, 10), "the directory has changed overnight", _renamed),
)
