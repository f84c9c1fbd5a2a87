"""The network's task force meets: delegations, agenda, costs, minutes and what is agreed on."""

from datetime import date

from triskel.cli.demo.fixtures import COORDINATION as HOST
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    COORDINATION,
    Who,
    at,
    company,
    perform,
    planned,
    put,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_GUEST: Who = ("company", "scenario-guest")
_HOST: Who = ("company", HOST)


async def _prepared(runner: Runner) -> str:
    await company(
        runner,
        "scenario-guest",
        "Jet-Net & TechNet",
        kind="network",
        names={"nl": "Jet-Net & TechNet"},
        address={"municipality": "Den Haag", "country": "NL"},
    )
    known = await planned(
        runner,
        {
            "format": "task-force-meeting",
            "title": "Rencontre du réseau à Rennes",
            "host_id": runner.ids[HOST],
            "capacity": 30,
        },
        COORDINATION,
        _HOST,
        slot(at(2026, 3, 19), at(2026, 3, 20, 16), "company"),
    )
    sent = [
        {"region": "FRH0", "organisation_id": runner.ids[HOST], "delegates": 6},
        {
            "region": "NL",
            "organisation_id": runner.ids["scenario-guest"],
            "delegates": 4,
            "remote": True,
        },
    ]
    body = {"host_region": "FRH0", "mode": "hybrid", "delegations": sent}
    known = await put(runner, known, "task-force/delegations", _HOST, body)
    agenda = {
        "items": [
            {"title": "Indicateurs communs", "minutes": 90, "by": "NL"},
            {"title": "Finale bretonne", "minutes": 60, "by": "FRH0"},
        ]
    }
    words = await runner.refused(
        *("PUT", "activities", f"/v1/activities/{known['id']}/task-force/agenda", *_HOST),
        rule="delegation-unknown",
        seen=known["version"],
        json={"items": [{"title": "Invités", "minutes": 30, "by": "DK"}]},
    )
    known = await put(runner, known, "task-force/agenda", _HOST, agenda)
    costs = {
        "lines": [
            {
                "kind": "transport",
                "label": "Trains",
                "amount": 84_000,
                "funder_id": runner.ids[HOST],
                "state": "committed",
                "delegation": "FRH0",
            }
        ]
    }
    known = await put(runner, known, "budget", _HOST, costs)
    runner.notes.meeting = await perform(
        runner, ACTIVITIES, known, "confirm", COORDINATION, {"preconditions": ["agenda-sent"]}
    )
    return f"two delegations, ten people, 840 € of trains; an item led by Denmark: {words}"


async def _met(runner: Runner) -> str:
    known = await perform(runner, ACTIVITIES, runner.notes.meeting, "start", _HOST)
    item = {
        "title": "Partager la grille d'évaluation",
        "owner_id": runner.ids["scenario-guest"],
        "due_on": "2026-05-15",
    }
    known = await perform(runner, ACTIVITIES, known, "task-force/action-items", _HOST, item)
    minutes = {"text": "On convient d'une grille commune et d'une finale par région."}
    known = await put(runner, known, "task-force/minutes", _HOST, minutes)
    known = await perform(
        runner, ACTIVITIES, known, "task-force/minutes/approve", _GUEST, {"region": "NL"}
    )
    counts = [{"audience": "delegates", "girls": 5, "boys": 5}]
    done = await perform(
        runner, ACTIVITIES, known, "deliver", _HOST, {"outcome": "full", "attendance": counts}
    )
    approved = len(done["task_force"]["minutes"]["approvals"])
    part = {"mode": "on-site", "title": "Rencontre du réseau à La Haye"}
    await perform(runner, ACTIVITIES, done, "task-force/next-part", _HOST, part)
    parts = await runner.get("activities", f"/v1/dossiers/{done['id']}", *_GUEST)
    modes = [each["task_force"]["mode"] for each in parts]
    expect(modes == ["hybrid", "on-site"], "a dossier that goes on, on site, with the same people")
    told = f"minutes written, approved by {approved} of 2 delegations; one action item until 15 May"
    return f"{told}; the dossier goes on, on site"


async def _done(runner: Runner) -> str:
    path = "/v1/action-items?open=true"
    before = (await runner.get("activities", path, *_GUEST))["items"]
    known = await runner.get(
        "activities", f"/v1/activities/{runner.notes.meeting['id']}", *COORDINATION
    )
    await perform(runner, ACTIVITIES, known, "task-force/action-items/1/done", _GUEST)
    after = (await runner.get("activities", path, *_GUEST))["items"]
    expect((len(before), len(after)) == (1, 0), "an action item that its owner ticks")
    return "its owner has ticked the action item; none is open"


MEETING = (
    Scenario(date(2026, 1, 15), "a task-force meeting is prepared", _prepared),
    Scenario(date(2026, 3, 20), "the task force meets", _met),
    Scenario(date(2026, 4, 9), "an action item is done in time", _done),
)
