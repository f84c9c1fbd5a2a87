"""A partnership's targets of the year, against what was planned and delivered."""

from datetime import date
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 10
_TARGETS = (
    {"format": "guest-lesson", "activities": 4, "pupils": 120},
    {"format": "company-visit", "activities": 3, "pupils": 90},
)


def _path(runner: Runner) -> str:
    return f"/v1/programmes/{runner.thing(runner.pairs[_PAIR].key).id}/{SCHOOL_YEAR}"


async def _targets(runner: Runner) -> str:
    school = runner.pairs[_PAIR].school.uai
    body = {"targets": list(_TARGETS)}
    await runner.ask("PUT", "activities", _path(runner), "teacher", school, seen=0, json=body)
    words = await runner.refused(
        *("PUT", "activities", _path(runner), "company", runner.pairs[_PAIR + 1].host.key),
        rule="not-a-participant",
        seen=1,
        json=body,
    )
    return f"4 lessons and 3 visits; another company may not set them: {words}"


async def _costs(runner: Runner) -> str:
    pair = runner.pairs[_PAIR]
    host = runner.ids[pair.host.key]
    kits = {"kind": "material", "label": "Kits de mesure", "amount": 84_000, "state": "committed"}
    company = (f"{_path(runner)}/budget", "company", pair.host.key)
    words = await runner.refused(
        *("PUT", "activities", *company), rule="funder-missing", seen=1, json={"lines": [kits]}
    )
    lines = {"lines": [kits | {"funder_id": host}]}
    await runner.ask("PUT", "activities", *company, seen=1, json=lines)
    return f"840 € of kits for the whole year, once somebody pays: {words}"


async def _summed(runner: Runner) -> str:
    pair = runner.pairs[_PAIR]
    asked = f"/v1/budgets?by=funder&partnership_id={runner.thing(pair.key).id}"
    sums = (await runner.get("activities", asked, "company", pair.host.key))["items"]
    own = [each for each in sums if each["key"] == runner.ids[pair.host.key]]
    expect(len(own) == 1 and own[0]["amount"] >= 84_000, "what the company pays, summed")
    paid = own[0]["amount"] // 100
    return f"the company pays {paid} € of the year, {own[0]['in_kind'] // 100} € of it in kind"


async def _shown(runner: Runner) -> str:
    known = await runner.get("activities", _path(runner), "company", runner.pairs[_PAIR].host.key)
    told = [_told(row) for row in known["progress"] if row["target_activities"]]
    expect(len(told) == len(_TARGETS), "each target shown")
    return "; ".join(told)


def _told(row: dict[str, Any]) -> str:
    of = f"{row['delivered']} of {row['target_activities']} held"
    return f"{row['format']}: {of}, {row['pupils']} of {row['target_pupils']} pupils"


PROGRAMMES = (
    Scenario(date(2025, 9, 26), "a school sets the programme's targets", _targets),
    Scenario(date(2025, 9, 29), "what the year costs beside its activities", _costs),
    Scenario(date(2026, 6, 22), "cost lines, summed by funder", _summed),
    Scenario(date(2026, 6, 23), "the year's programme, planned against held", _shown),
)
