"""Organisations have sites, are suspended and reinstated, and two that are one are merged."""

from datetime import date

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    COORDINATION,
    ORGANISATIONS,
    company,
    look,
    perform,
    proposal,
)
from triskel.cli.demo.scenarios.scenario import Scenario


async def _merged(runner: Runner) -> str:
    siren = [{"scheme": "siren", "value": "900000001"}]
    stays = await company(runner, "vern", "Électronique de Vern", identifiers=siren)
    site = {"label": "Atelier de Cesson", "address": {"municipality": "Cesson", "country": "FR"}}
    twice = await company(runner, "vern-twice", "Electronique Vern", sites=[site])
    body = {"into": stays["id"], "reason": "Registered twice, once without its SIREN"}
    gone = await perform(runner, ORGANISATIONS, twice, "merge", COORDINATION, body)
    expect(gone["merged_into"] == stays["id"], "a duplicate that tells who stays")
    one = await look(runner, ORGANISATIONS, stays["id"])
    history = await look(runner, ORGANISATIONS, f"{stays['id']}/history")
    actions = [step["action"] for step in history["items"]]
    expect({"merge", "absorb"} <= set(actions), "a history with the merge")
    return (
        f"the one that stays has {len(one['sites'])} site more and {len(actions)} steps of history"
    )


async def _suspended(runner: Runner) -> str:
    made = await company(runner, "drones", "Drones d'Armor")
    wishes = {"organisation_id": made["id"], "school_year": SCHOOL_YEAR, "wishes": {}}
    entry = await runner.ask("POST", "registry", "/v1/waiting-list", *COORDINATION, json=wishes)
    body = {"reason": "Insurance not shown"}
    stopped = await perform(runner, ORGANISATIONS, made, "suspend", COORDINATION, body)
    school = runner.schools[0].uai
    words = await runner.refused(
        *("POST", "registry", "/v1/partnerships", "teacher", school),
        rule="organisation-suspended",
        json=proposal(runner, school, "drones"),
    )
    closed = await look(runner, ("registry", "/v1/waiting-list"), entry["id"])
    expect(closed["cause"] == "organisation-suspended", "a company that waits for nobody")
    back = await perform(runner, ORGANISATIONS, stopped, "reinstate", COORDINATION)
    expect(back["status"] == "approved", "an approved company")
    return f"while it is suspended: {words} Its place on the waiting list is {closed['state']}."


STANDING = (
    Scenario(date(2025, 9, 10), "two entries of one company are merged", _merged),
    Scenario(date(2025, 10, 14), "a suspended company gets no partnership", _suspended),
)
