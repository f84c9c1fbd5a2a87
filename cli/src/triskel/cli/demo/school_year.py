"""The school year as steps: who does what on which day. Made from the seed and the school days."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR, SEED
from triskel.cli.demo.activities import activity
from triskel.cli.demo.fixtures import COORDINATION, Host, Pair, School
from triskel.cli.demo.school_days import SchoolDays
from triskel.cli.demo.steps import COORDINATOR, FIRST_DAY, LAST_DAY, Step

_FATES = (
    # of the partnerships that come to life: all but the first four live through the year
    *(("terminated", date(2025, 12, 19)), ("completed", date(2026, 4, 10))),
    *(("paused", date(2025, 12, 19)), ("suspended", date(2026, 4, 10))),
    *(("active", date(2026, 6, 19)),) * 34,
    *(("declined", FIRST_DAY),) * 2,
    ("withdrawn", FIRST_DAY),
    *(("unanswered", FIRST_DAY),) * 2,
    ("accepted", FIRST_DAY),
    ("drafted", FIRST_DAY),
    ("half-signed", FIRST_DAY),
)
ALIVE = ("terminated", "completed", "paused", "suspended", "active")


def year(
    school_days: SchoolDays, schools: list[School], hosts: list[Host], pairs: list[Pair]
) -> list[Step]:
    """All steps, by day; those of one thing in their order."""
    steps = [step for pair in pairs for step in _partnership(pair)]
    number = 0
    for pair in pairs:
        if pair.fate in ALIVE:
            rng = Random(f"{SEED}-{pair.key}-programme")
            programme: list[Step] = []
            for _ in range(rng.randint(6, 7)):
                programme += activity(
                    number,
                    school_days,
                    _format(rng, pair),
                    pair.school,
                    pair.host,
                    pair.key,
                    pair.last_slot,
                )
                number += 1
            # a signed partnership becomes active with its first planned activity
            planned = min(step.day for step in programme if step.verb == "schedule")
            active = max(planned + timedelta(days=1), date(2025, 9, 23))
            steps += [*programme, Step(active, pair.key, "activate", COORDINATOR, None)]
    others = [host for host in hosts if host.key != COORDINATION]
    for form, times in (("teacher-masterclass", 26), ("task-force-meeting", 8)):
        for _ in range(times):
            host = Random(f"{SEED}-{form}-{number}").choice(others)
            steps += activity(number, school_days, form, None, host)
            number += 1
    for _ in range(20):
        rng = Random(f"{SEED}-parents-{number}")
        steps += activity(
            number, school_days, "parents-day", rng.choice(schools), rng.choice(others)
        )
        number += 1
    order = {id(step): place for place, step in enumerate(steps)}
    return sorted(
        (step for step in steps if step.day <= LAST_DAY),
        key=lambda step: (step.day, order[id(step)]),
    )


def pairs_of(schools: list[School], hosts: list[Host]) -> list[Pair]:
    """Every school once, then again from the start; companies within their capacity."""
    companies = [host for host in hosts if host.kind == "company"]
    room = {host.key: host.body["partnership_capacity"] for host in companies}
    rng = Random(f"{SEED}-pairs")
    found = []
    for number, (fate, last_slot) in enumerate(_FATES):
        free = [host for host in companies if room[host.key]]
        host = rng.choice(free)
        room[host.key] -= 1
        school = schools[number % len(schools)]
        found.append(Pair(f"partnership-{number:02}", school, host, fate, last_slot))
    return found


def _partnership(pair: Pair) -> Iterator[Step]:
    rng = Random(f"{SEED}-{pair.key}")
    asker, answerer = rng.choice(
        (("teacher", "company"), ("company", "head"), (COORDINATOR, "company"))
    )
    side = {"teacher": pair.school.uai, "head": pair.school.uai, "company": pair.host.key}
    day = FIRST_DAY + timedelta(days=rng.randint(1, 2))

    def step(verb: str, role: str, after: int = 0, body: dict[str, Any] | None = None) -> Step:
        nonlocal day
        day += timedelta(days=after)
        return Step(day, pair.key, verb, role, side.get(role), body)

    yield step(
        "create",
        asker,
        0,
        {
            "school_id": pair.school.uai,
            "company_id": pair.host.key,
            "school_year": SCHOOL_YEAR,
            "starts_on": "2025-09-22",
            "ends_on": "2026-07-03",
            "goals": "Faire rencontrer les métiers scientifiques à chaque niveau.",
        },
    )
    if pair.fate == "unanswered":
        return
    if pair.fate == "withdrawn":
        yield step("withdraw", asker, 2, {"reason": "other"})
        return
    if pair.fate == "declined":
        yield step("decline", answerer, 4, {"reason": rng.choice(("no-capacity", "too-far"))})
        return
    yield step("accept", answerer, rng.randint(1, 4))
    if asker == COORDINATOR:
        # both say yes to what the coordinator proposes
        yield step("accept", "head", 1)
    if pair.fate == "accepted":
        return
    yield step("draft-agreement", COORDINATOR, 1)
    if pair.fate == "drafted":
        return
    yield step("sign", "head", 1)
    yield step("sign", "company", 1)
    if pair.fate == "half-signed":
        return
    yield step("sign", COORDINATOR, 1)
    endings: dict[str, list[tuple[date, str, str | None]]] = {
        "terminated": [(date(2026, 2, 3), "terminate", "company-reorganised")],
        "completed": [(date(2026, 5, 29), "end", "completed")],
        "paused": [
            (date(2026, 1, 12), "suspend", "contact-left"),
            (date(2026, 2, 9), "resume", None),
        ],
        "suspended": [(date(2026, 5, 11), "suspend", "no-contact")],
    }
    for when, verb, reason in endings.get(pair.fate, []):
        yield Step(when, pair.key, verb, COORDINATOR, None, {"reason": reason} if reason else None)


def _format(rng: Random, pair: Pair) -> str:
    mix = _MIX_OF_PRIMARY if pair.school.level == "1" else _MIX
    return rng.choices(list(mix), list(mix.values()))[0]


# how often, in a hundred; the littlest do no research yet
_MIX_OF_PRIMARY = {"guest-lesson": 50, "company-visit": 40, "parents-day": 10}
_MIX = {
    "guest-lesson": 42,
    "company-visit": 32,
    "innovation-challenge": 9,
    "research-work": 8,
    "parents-day": 9,
}
