"""The network's task force meets: delegations, agenda, costs, minutes and what is agreed on."""

from datetime import date

from triskel.cli.demo.cast import COORDINATION as HOST
from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.steps import (
    ACTIVITIES,
    COORDINATION,
    Who,
    at,
    company,
    planned,
    put,
    slot,
    step,
)

_GUEST: Who = ("company", "scene-guest")
_HOST: Who = ("company", HOST)


async def _prepared(player: Player) -> str:
    await company(
        player,
        "scene-guest",
        "Jet-Net & TechNet",
        kind="network",
        names={"nl": "Jet-Net & TechNet"},
        address={"municipality": "Den Haag", "country": "NL"},
    )
    known = await planned(
        player,
        {
            "format": "task-force-meeting",
            "title": "Rencontre du réseau à Rennes",
            "host_id": player.ids[HOST],
            "capacity": 30,
        },
        COORDINATION,
        _HOST,
        slot(at(2026, 3, 19), at(2026, 3, 20, 16), "company"),
    )
    sent = [
        {"region": "FRH0", "organisation_id": player.ids[HOST], "delegates": 6},
        {
            "region": "NL",
            "organisation_id": player.ids["scene-guest"],
            "delegates": 4,
            "remote": True,
        },
    ]
    body = {"host_region": "FRH0", "mode": "hybrid", "delegations": sent}
    known = await put(player, known, "task-force/delegations", _HOST, body)
    agenda = {
        "items": [
            {"title": "Indicateurs communs", "minutes": 90, "by": "NL"},
            {"title": "Finale bretonne", "minutes": 60, "by": "FRH0"},
        ]
    }
    words = await player.refused(
        *("PUT", "activities", f"/v1/activities/{known['id']}/task-force/agenda", *_HOST),
        rule="delegation-unknown",
        seen=known["version"],
        json={"items": [{"title": "Invités", "minutes": 30, "by": "DK"}]},
    )
    known = await put(player, known, "task-force/agenda", _HOST, agenda)
    costs = {
        "lines": [
            {
                "kind": "transport",
                "label": "Trains",
                "amount": 84_000,
                "funder_id": player.ids[HOST],
                "state": "committed",
                "delegation": "FRH0",
            }
        ]
    }
    known = await put(player, known, "budget", _HOST, costs)
    player.noted["meeting"] = await step(
        player, ACTIVITIES, known, "confirm", COORDINATION, {"preconditions": ["agenda-sent"]}
    )
    return f"two delegations, ten people, 840 € of trains; an item led by Denmark: {words}"


async def _met(player: Player) -> str:
    known = await step(player, ACTIVITIES, player.noted["meeting"], "start", _HOST)
    item = {
        "title": "Partager la grille d'évaluation",
        "owner_id": player.ids["scene-guest"],
        "due_on": "2026-05-15",
    }
    known = await step(player, ACTIVITIES, known, "task-force/action-items", _HOST, item)
    minutes = {"text": "On convient d'une grille commune et d'une finale par région."}
    known = await put(player, known, "task-force/minutes", _HOST, minutes)
    known = await step(
        player, ACTIVITIES, known, "task-force/minutes/approve", _GUEST, {"region": "NL"}
    )
    counts = [{"audience": "delegates", "girls": 5, "boys": 5}]
    done = await step(
        player, ACTIVITIES, known, "deliver", _HOST, {"outcome": "full", "attendance": counts}
    )
    approved = len(done["task_force"]["minutes"]["approvals"])
    return f"minutes written, approved by {approved} of 2 delegations; one action item until 15 May"


async def _done(player: Player) -> str:
    path = "/v1/action-items?open=true"
    before = (await player.get("activities", path, *_GUEST))["items"]
    known = await player.get(
        "activities", f"/v1/activities/{player.noted['meeting']['id']}", *COORDINATION
    )
    await step(player, ACTIVITIES, known, "task-force/action-items/1/done", _GUEST)
    after = (await player.get("activities", path, *_GUEST))["items"]
    expect((len(before), len(after)) == (1, 0), "an action item that its owner ticks")
    return "its owner has ticked the action item; none is open"


MEETING = (
    Scene(date(2026, 1, 15), "a task-force meeting is prepared", _prepared),
    Scene(date(2026, 3, 20), "the task force meets", _met),
    Scene(date(2026, 4, 9), "an action item is done in time", _done),
)
