"""A partnership's targets of the year, against what was planned and delivered."""

from datetime import date
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene

_PAIR = 10
_TARGETS = (
    {"format": "guest-lesson", "activities": 4, "pupils": 120},
    {"format": "company-visit", "activities": 3, "pupils": 90},
)


def _path(player: Player) -> str:
    return f"/v1/programmes/{player.thing(player.pairs[_PAIR].key).id}/{SCHOOL_YEAR}"


async def _targets(player: Player) -> str:
    school = player.pairs[_PAIR].school.uai
    body = {"targets": list(_TARGETS)}
    await player.ask("PUT", "activities", _path(player), "teacher", school, seen=0, json=body)
    words = await player.refused(
        *("PUT", "activities", _path(player), "company", player.pairs[_PAIR + 1].host.key),
        rule="not-a-participant",
        seen=1,
        json=body,
    )
    return f"4 lessons and 3 visits; another company may not set them: {words}"


async def _shown(player: Player) -> str:
    known = await player.get("activities", _path(player), "company", player.pairs[_PAIR].host.key)
    told = [_told(row) for row in known["progress"] if row["target_activities"]]
    expect(len(told) == len(_TARGETS), "each target shown")
    return "; ".join(told)


def _told(row: dict[str, Any]) -> str:
    of = f"{row['delivered']} of {row['target_activities']} held"
    return f"{row['format']}: {of}, {row['pupils']} of {row['target_pupils']} pupils"


PROGRAMMES = (
    Scene(date(2025, 9, 26), "a school sets the programme's targets", _targets),
    Scene(date(2026, 6, 23), "the year's programme, planned against held", _shown),
)
