"""A school's activities in people's own calendars, by an address that can be revoked."""

from collections import Counter
from datetime import date
from typing import Any

from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene

_PAIR = 10


async def _subscribed(player: Player) -> str:
    # it takes a moment to load, which `triskel --help` need not wait for
    from icalendar import Calendar

    who = "teacher", player.pairs[_PAIR].school.uai
    made = await _made(player, who)
    path = made["address"].removeprefix(player.town.services["activities"])
    calendar = Calendar.from_ical(await player.ask("GET", "activities", path))
    events = calendar.walk("VEVENT")
    states = Counter(str(event["STATUS"]).lower() for event in events)
    expect(len({str(event["UID"]) for event in events}) == len(events) > 0, "each event once")
    await player.ask("DELETE", "activities", f"/v1/feeds/{made['id']}", *who)
    words = await player.refused("GET", "activities", path, rule="feed-unknown")
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"{len(events)} events ({told}); revoked: {words}"


async def _made(player: Player, who: tuple[str, str]) -> Any:
    """An address is told once: who lost the answer asks for another."""
    while True:
        made = await player.ask("POST", "activities", "/v1/feeds", *who, json={"lang": "fr"})
        if made["address"]:
            return made


FEEDS = (Scene(date(2026, 6, 24), "a teacher subscribes to the school's calendar", _subscribed),)
