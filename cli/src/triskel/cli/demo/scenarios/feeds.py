"""A school's activities in people's own calendars, by an address that can be revoked."""

from collections import Counter
from datetime import date
from typing import Any

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 10


async def _subscribed(runner: Runner) -> str:
    # it takes a moment to load, which `triskel --help` need not wait for
    from icalendar import Calendar

    who = "teacher", runner.pairs[_PAIR].school.uai
    made = await _made(runner, who)
    path = made["address"].removeprefix(runner.stack.services["activities"])
    calendar = Calendar.from_ical(await runner.ask("GET", "activities", path))
    events = calendar.walk("VEVENT")
    states = Counter(str(event["STATUS"]).lower() for event in events)
    expect(len({str(event["UID"]) for event in events}) == len(events) > 0, "each event once")
    await runner.ask("DELETE", "activities", f"/v1/feeds/{made['id']}", *who)
    words = await runner.refused("GET", "activities", path, rule="feed-unknown")
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"{len(events)} events ({told}); revoked: {words}"


async def _made(runner: Runner, who: tuple[str, str]) -> Any:
    """An address is told once: who lost the answer asks for another."""
    while True:
        made = await runner.ask("POST", "activities", "/v1/feeds", *who, json={"lang": "fr"})
        if made["address"]:
            return made


FEEDS = (Scenario(date(2026, 6, 24), "a teacher subscribes to the school's calendar", _subscribed),)
