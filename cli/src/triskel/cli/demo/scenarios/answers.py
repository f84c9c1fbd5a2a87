"""A host that leaves schools unanswered is hidden from them; one without people is at risk."""

import asyncio
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any

from triskel.cli.demo.fixtures import Host
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import COORDINATION, PARTNERSHIPS, company, look, proposal
from triskel.cli.demo.scenarios.partnerships import HOST
from triskel.cli.demo.scenarios.scenario import Scenario

_MEASURED_EVERY_SECONDS = 6.0
_SILENT = "scenario-silent"


async def _asked(runner: Runner) -> str:
    where = {"position": {"latitude": 48.117, "longitude": -1.678}}
    await company(runner, _SILENT, "Sourde Oreille", **where)
    for school in runner.schools[15:18]:
        body = proposal(runner, school.uai, _SILENT) | {"answer_days": 7}
        await runner.ask("POST", *PARTNERSHIPS, "teacher", school.uai, json=body)
    return "three schools ask the same company, which does not answer"


async def _hidden(runner: Runner) -> str:
    number = runner.ids[_SILENT]
    path = f"/v1/organisations/{number}/responsiveness"

    async def hidden() -> Any:
        known = await runner.get("registry", path, "company", _SILENT)
        return known if known["hidden_since"] else None

    known = await runner.until(hidden, "a host that is hidden")
    search = "/v1/organisations?kind=company&q=Sourde"
    school = runner.schools[15].uai
    found = await runner.pages("registry", search, "teacher", school)
    seen = await runner.pages("registry", f"{search}&hidden=true", *COORDINATION)
    expect((len(found), len(seen)) == (0, 1), "a host that only the coordinator finds")
    return f"{known['unanswered_in_a_row']} unanswered in a row: schools no longer find it"


async def _at_risk(runner: Runner) -> str:
    number = runner.notes.partnership["id"]

    async def at_risk() -> Any:
        known = await look(runner, PARTNERSHIPS, number)
        return known if known["risks"] else None

    known = await runner.until(at_risk, "a partnership at risk")
    listed = await runner.pages("registry", "/v1/partnerships?at_risk=true", *COORDINATION)
    expect(number in {each["id"] for each in listed}, "the partnership in the list")
    company_of = runner.ids[HOST]
    expect(known["company_id"] == company_of, "the company that named nobody")
    return f"{', '.join(known['risks'])}: nobody of the company has confirmed an address"


async def _everybody(runner: Runner) -> str:
    """How each host of the year answers, once it is measured what was heard."""
    hosts = [host for host in runner.hosts if host.kind == "company"]
    rates, before = await _rates(runner, hosts), None
    while rates != before:
        await asyncio.sleep(_MEASURED_EVERY_SECONDS)
        rates, before = await _rates(runner, hosts), rates
    full = sum(rate == 1 for rate, _ in rates)
    least = min(rate for rate, _ in rates)
    days = median(hours for _, hours in rates if hours is not None) / 24
    return (
        f"{len(rates)} of {len(hosts)} companies were asked, {full} answered everything, the "
        f"least {least:.0%}; median {days:.1f} days"
    )


async def _rates(runner: Runner, hosts: Sequence[Host]) -> list[tuple[float, float | None]]:
    found = []
    for host in hosts:
        path = f"/v1/organisations/{runner.ids[host.key]}/responsiveness"
        known = await runner.get("registry", path, *COORDINATION)
        if known["answer_rate"] is not None:
            found.append((known["answer_rate"], known["median_hours"]))
    return found


ANSWERS = (
    Scenario(date(2025, 10, 2), "a company is asked by three schools", _asked),
    Scenario(date(2025, 10, 21), "who never answers is hidden", _hidden),
    Scenario(date(2026, 5, 19), "a partnership is at risk", _at_risk),
    Scenario(date(2026, 6, 30), "how hosts answer", _everybody),
)
