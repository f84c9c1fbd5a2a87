"""Organisations have sites, are suspended and reinstated, and two that are one are merged."""

from datetime import date
from typing import Any

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.steps import COORDINATOR

_ORGANISATIONS = "/v1/organisations"


async def _company(runner: Runner, name: str, **more: Any) -> Any:
    body = {"kind": "company", "names": {"fr": name}} | more
    return await runner.ask("POST", "registry", _ORGANISATIONS, COORDINATOR, json=body)


async def _merged(runner: Runner) -> str:
    stays = await _company(
        runner, "Électronique de Vern", identifiers=[{"scheme": "siren", "value": "900000001"}]
    )
    site = {"label": "Atelier de Cesson", "address": {"municipality": "Cesson", "country": "FR"}}
    twice = await _company(runner, "Electronique Vern", sites=[site])
    path = f"{_ORGANISATIONS}/{twice['id']}/merge"
    body = {"into": stays["id"], "reason": "Registered twice, once without its SIREN"}
    gone = await runner.ask("POST", "registry", path, COORDINATOR, seen=twice["version"], json=body)
    expect(gone["merged_into"] == stays["id"], "a duplicate that tells who stays")
    one = await runner.get("registry", f"{_ORGANISATIONS}/{stays['id']}", COORDINATOR)
    history = await runner.get("registry", f"{_ORGANISATIONS}/{stays['id']}/history", COORDINATOR)
    actions = [step["action"] for step in history["items"]]
    expect({"merge", "absorb"} <= set(actions), "a history with the merge")
    return (
        f"the one that stays has {len(one['sites'])} site more and {len(actions)} steps of history"
    )


async def _suspended(runner: Runner) -> str:
    host = runner.hosts[-1].key
    company = await _company(runner, "Drones d'Armor")
    number, school = company["id"], runner.schools[0].uai
    path = f"{_ORGANISATIONS}/{number}"
    body = {"reason": "Insurance not shown"}
    stopped = await runner.ask(
        "POST", "registry", f"{path}/suspend", COORDINATOR, seen=company["version"], json=body
    )
    proposal = {
        "school_id": runner.ids[school],
        "company_id": number,
        "school_year": "2025-2026",
        "starts_on": "2025-11-03",
        "ends_on": "2026-06-26",
    }
    words = await runner.refused(
        *("POST", "registry", "/v1/partnerships", "teacher", school),
        rule="organisation-suspended",
        json=proposal,
    )
    back = await runner.ask(
        "POST", "registry", f"{path}/reinstate", COORDINATOR, seen=stopped["version"]
    )
    expect(back["status"] == "approved", f"an approved company beside {host}")
    return f"while it is suspended: {words}"


STANDING = (
    Scenario(date(2025, 9, 10), "two entries of one company are merged", _merged),
    Scenario(date(2025, 10, 14), "a suspended company gets no partnership", _suspended),
)
