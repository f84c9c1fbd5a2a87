"""Families register themselves for a parents' day by a secret link, in counts up to the quota."""

from datetime import date
from typing import Any

from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.steps import (
    ACTIVITIES,
    at,
    draft,
    held,
    look,
    planned,
    put,
    sides,
    slot,
    step,
)

_PAIR = 14
_QUOTA = 12
_FAMILIES = ((2, 1), (2, 2), (4, 0), (2, 0))
"""Adults and children; the fourth waits until the third cancels."""

_BOOKED = 9


def _secret(number: int) -> str:
    """A secret of the family's own: sent again, the same changes nothing."""
    return f"family-{number}-of-the-parents-day"


async def _register(player: Player, what: str, body: dict[str, Any]) -> Any:
    return await player.ask("POST", "activities", f"/v1/registrations{what}", json=body)


async def _registered(player: Player) -> str:
    teacher, head, company = sides(player, _PAIR)
    title = "Les métiers scientifiques expliqués aux familles"
    known = await planned(
        player,
        draft(player, _PAIR, "parents-day", title, levels=[], capacity=200),
        teacher,
        company,
        slot(at(2026, 1, 24), at(2026, 1, 24, 12), "school"),
    )
    opening = {"quota": _QUOTA, "until": at(2026, 1, 22, 18).isoformat()}
    opened = await put(player, known, "registration", head, opening)
    token = opened["token"]
    await player.refused(
        *("POST", "activities", "/v1/registrations"),
        rule="link-unknown",
        json={"token": "x" * 32, "adults": 1},
    )
    families = [
        await _register(
            player,
            "",
            {"adults": adults, "children": children, "token": token, "own_token": _secret(number)},
        )
        for number, (adults, children) in enumerate(_FAMILIES)
    ]
    states = [each["state"] for each in families]
    expect(states == ["booked", "booked", "booked", "waiting"], "the fourth family to wait")
    await _register(player, "/cancel", {"token": _secret(2)})
    last = await _register(player, "/look", {"token": _secret(3)})
    expect(last["state"] == "booked", "the family that waited to have places")
    player.noted["parents"] = known["id"]
    return f"quota {_QUOTA}: four families asked, one waited and moved up when another cancelled"


async def _counted(player: Player) -> str:
    _, head, _ = sides(player, _PAIR)

    async def counted() -> Any:
        known = await look(player, ACTIVITIES, player.noted["parents"])
        return known if known["registration"]["booked"] == _BOOKED else None

    known = await player.until(counted, "a count of the families")
    await step(player, ACTIVITIES, known, "confirm", head, {"preconditions": ["room-booked"]})
    return f"{known['registration']['booked']} people have places; no name is kept"


async def _came(player: Player) -> str:
    teacher, _, _ = sides(player, _PAIR)
    known = await look(player, ACTIVITIES, player.noted["parents"])
    counts = {"audience": "parents", "girls": 4, "boys": 2}
    done = await held(player, known, teacher, counts)
    return f"six parents came; it is {done['state']}"


PARENTS = (
    Scene(date(2025, 12, 11), "families register for a parents' day", _registered),
    Scene(date(2026, 1, 8), "the families are counted", _counted),
    Scene(date(2026, 1, 24), "the parents' day takes place", _came),
)
