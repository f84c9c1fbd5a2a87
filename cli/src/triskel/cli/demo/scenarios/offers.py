"""Hosts publish what they can do; a school finds it, asks, and the last place goes once."""

from datetime import date
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import ACTIVITIES, OFFERS, at, held, perform, slot
from triskel.cli.demo.scenarios.scenario import Scenario

_RENNES = {"latitude": 48.117, "longitude": -1.678}
_BREST = {"latitude": 48.390, "longitude": -4.486}
_HOSTS = (6, 7, 8)
"""Whose offers these are: the companies of these pairs."""
_KINDS: tuple[dict[str, Any], ...] = (
    {
        "format": "company-visit",
        "title": "Voir la lumière de près : visite de l'atelier d'optique",
        "subjects": ["physique-chimie"],
        "places": ["company"],
        "position": _RENNES,
        "capacity": 35,
    },
    {
        "format": "guest-lesson",
        "title": "Une ingénieure raconte l'énergie des marées",
        "subjects": ["technologie", "physique-chimie"],
        "places": ["online"],
        "position": _BREST,
        "capacity": 70,
    },
    {
        "format": "innovation-challenge",
        "title": "Défi : un capteur pour la rade",
        "subjects": ["numérique et sciences informatiques"],
        "places": ["school"],
        "position": _RENNES,
        "capacity": 120,
    },
)


async def _published(runner: Runner) -> str:
    season = {"first": "2025-11-03", "last": "2025-12-19", "weekdays": [1, 2, 4, 5]}
    for which, kind in zip(_HOSTS, _KINDS, strict=True):
        host = runner.pairs[which].host.key
        body = kind | {
            "host_id": runner.ids[host],
            "description": "Avec celles et ceux qui le font tous les jours.",
            "levels": ["1", "2", "3"],
            "languages": ["fr"],
            # the visit has one place in its season
            "seasons": [season | {"activities": 1 if which == _HOSTS[0] else 4}],
            "lead_days": 21,
        }
        draft = await runner.ask("POST", *OFFERS, "company", host, json=body)
        runner.notes.offers[which] = await perform(
            runner, OFFERS, draft, "publish", ("company", host)
        )
    school = runner.pairs[_HOSTS[0]].school.uai
    words = await _found(runner, school, "q=lumiere")
    subject = await _found(runner, school, "subject=physique-chimie")
    near = await _found(runner, school, "latitude=48.117&longitude=-1.678&km=30&sort=distance")
    free = await _found(runner, school, "still_free=true")
    expect((words, subject, near, free) == (1, 2, 2, 3), "offers found by each filter")
    return (
        f"{len(_HOSTS)} published; found: {words} by a word, {subject} by subject, "
        f"{near} within 30 km, {free} still free"
    )


async def _found(runner: Runner, school: str, query: str) -> int:
    return len(await runner.pages("activities", f"/v1/offers?{query}", "teacher", school))


async def _requested(runner: Runner) -> str:
    pair = runner.pairs[_HOSTS[0]]
    offer = runner.notes.offers[_HOSTS[0]]
    school, host = pair.school.uai, pair.host.key
    path = f"/v1/offers/{offer['id']}"
    before = await runner.get("activities", f"{path}/capacity", "company", host)
    wish = slot(at(2025, 11, 18), at(2025, 11, 18, 12), "company")
    body = {
        "school_id": runner.ids[school],
        "school_year": SCHOOL_YEAR,
        "partnership_id": runner.thing(pair.key).id,
        "wished": [wish],
        "pupils": 28,
        "levels": [pair.school.level],
        "message": "Une classe curieuse.",
    }
    asked = await runner.ask("POST", "activities", f"{path}/requests", "teacher", school, json=body)
    other = slot(at(2025, 11, 25), at(2025, 11, 25, 12), "company")
    words = await runner.refused(
        *("POST", "activities", f"{path}/requests", "teacher", school),
        rule="season-full",
        json=body | {"wished": [other]},
    )
    after = await runner.get("activities", f"{path}/capacity", "company", host)
    expect(after["next_free"] is None, "no day free after the last place")
    known = await perform(runner, ACTIVITIES, asked, "accept", ("company", host))
    known = await perform(runner, ACTIVITIES, known, "schedule", ("company", host), wish)
    ticked = ["transport-booked", "adults-named", "consents-collected", "safety-briefed"]
    runner.notes.visit = await perform(
        runner, ACTIVITIES, known, "confirm", ("head", school), {"preconditions": ticked}
    )
    return f"next free day {before['next_free']}, then the last place is taken: {words}"


async def _took_place(runner: Runner) -> str:
    pair = runner.pairs[_HOSTS[0]]
    counts = {"level": pair.school.level, "girls": 15, "boys": 13}
    done = await held(runner, runner.notes.visit, ("teacher", pair.school.uai), counts)
    return f"the visit took place with 28 pupils and is {done['state']}"


OFFER_SCENARIOS = (
    Scenario(date(2025, 9, 25), "companies publish offers, a teacher searches", _published),
    Scenario(date(2025, 10, 7), "a school asks for the last place of a season", _requested),
    Scenario(date(2025, 11, 18), "what was asked from an offer takes place", _took_place),
)
