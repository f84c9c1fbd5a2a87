"""Families register themselves for a parents' day by a secret link, in counts up to the quota."""

from datetime import date
from typing import Any

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    at,
    draft,
    held,
    look,
    perform,
    planned,
    put,
    sides,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 14
_QUOTA = 12
_FAMILIES = ((2, 1), (2, 2), (4, 0), (2, 0))
"""Adults and children; the fourth waits until the third cancels."""

_BOOKED = 9


def _secret(number: int) -> str:
    """A secret of the family's own: sent again, the same changes nothing."""
    return f"family-{number}-of-the-parents-day"


async def _register(runner: Runner, what: str, body: dict[str, Any]) -> Any:
    return await runner.ask("POST", "activities", f"/v1/registrations{what}", json=body)


async def _registered(runner: Runner) -> str:
    teacher, head, company = sides(runner, _PAIR)
    title = "Les métiers scientifiques expliqués aux familles"
    known = await planned(
        runner,
        draft(runner, _PAIR, "parents-day", title, levels=[], capacity=200),
        teacher,
        company,
        slot(at(2026, 1, 24), at(2026, 1, 24, 12), "school"),
    )
    opening = {"quota": _QUOTA, "until": at(2026, 1, 22, 18).isoformat()}
    opened = await put(runner, known, "registration", head, opening)
    token = opened["token"]
    await runner.refused(
        *("POST", "activities", "/v1/registrations"),
        rule="link-unknown",
        json={"token": "x" * 32, "adults": 1},
    )
    families = [
        await _register(
            runner,
            "",
            {"adults": adults, "children": children, "token": token, "own_token": _secret(number)},
        )
        for number, (adults, children) in enumerate(_FAMILIES)
    ]
    states = [each["state"] for each in families]
    expect(states == ["booked", "booked", "booked", "waiting"], "the fourth family to wait")
    await _register(runner, "/cancel", {"token": _secret(2)})
    last = await _register(runner, "/look", {"token": _secret(3)})
    expect(last["state"] == "booked", "the family that waited to have places")
    runner.notes.parents_day_id = known["id"]
    return f"quota {_QUOTA}: four families asked, one waited and moved up when another cancelled"


async def _counted(runner: Runner) -> str:
    _, head, _ = sides(runner, _PAIR)

    async def counted() -> Any:
        known = await look(runner, ACTIVITIES, runner.notes.parents_day_id)
        return known if known["registration"]["booked"] == _BOOKED else None

    known = await runner.until(counted, "a count of the families")
    await perform(runner, ACTIVITIES, known, "confirm", head, {"preconditions": ["room-booked"]})
    return f"{known['registration']['booked']} people have places; no name is kept"


async def _came(runner: Runner) -> str:
    teacher, _, _ = sides(runner, _PAIR)
    known = await look(runner, ACTIVITIES, runner.notes.parents_day_id)
    counts = {"audience": "parents", "girls": 4, "boys": 2}
    done = await held(runner, known, teacher, counts)
    return f"six parents came; it is {done['state']}"


PARENTS = (
    Scenario(date(2025, 12, 11), "families register for a parents' day", _registered),
    Scenario(date(2026, 1, 8), "the families are counted", _counted),
    Scenario(date(2026, 1, 24), "the parents' day takes place", _came),
)
