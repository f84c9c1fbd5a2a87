"""Who waits for a partner, who is suggested and why, and a round in which both sides rank."""

from datetime import date
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.steps import COORDINATION, Who, at, company, step

ROUNDS = ("registry", "/v1/matching/rounds")
_COMPANIES = ("scene-batteries", "scene-networks")


def _schools(player: Player) -> list[str]:
    return [school.uai for school in player.schools[20:22]]


async def _waiting(player: Player) -> str:
    for key, name, sector, north in (
        (_COMPANIES[0], "Batteries de la Vilaine", "27.20", 0.02),
        (_COMPANIES[1], "Réseaux du Couesnon", "61.10", 0.06),
    ):
        where = {"latitude": 48.117 + north, "longitude": -1.678}
        await company(player, key, name, sector=sector, position=where, partnership_capacity=1)
    wishes = {"levels": [], "sectors": ["27", "61"], "max_distance_km": 150, "partners": 1}
    for who in _waiters(player):
        body = {
            "organisation_id": player.ids[who[1] or ""],
            "school_year": SCHOOL_YEAR,
            "wishes": wishes if who[0] == "head" else {"partners": 1},
        }
        await player.ask("POST", "registry", "/v1/waiting-list", *who, json=body)
    words = await player.refused(
        *("POST", "registry", "/v1/waiting-list", *_waiters(player)[0]),
        rule="already-waiting",
        json={
            "organisation_id": player.ids[_schools(player)[0]],
            "school_year": SCHOOL_YEAR,
            "wishes": {},
        },
    )
    return f"two schools and two companies wait; twice is refused: {words}"


def _waiters(player: Player) -> list[Who]:
    schools: list[Who] = [("head", uai) for uai in _schools(player)]
    return [*schools, *(("company", key) for key in _COMPANIES)]


async def _suggested(player: Player) -> str:
    school = _schools(player)[0]
    path = f"/v1/matching/suggestions?school_year={SCHOOL_YEAR}&school_id={player.ids[school]}"
    found = await player.get("registry", f"{path}&waiting=true", "head", school)
    best = found["items"][0]
    why = max(best["criteria"], key=lambda each: each["contribution"])
    expect(len(found["items"]) == len(_COMPANIES), "both companies that wait")
    return f"the best has {best['points']:g} of 100 points; most for: {why['sentence']['en']}"


async def _round(player: Player) -> str:
    schools = [player.ids[uai] for uai in _schools(player)]
    companies = [player.ids[key] for key in _COMPANIES]
    body = {"school_year": SCHOOL_YEAR, "rank_until": at(2025, 10, 24, 17).isoformat()}
    known = await player.ask("POST", *ROUNDS, *COORDINATION, json=body)
    rankings = ([companies[:1], companies[1:]],) * 2 + (
        [schools[:1], schools[1:]],
        [schools],
    )
    for who, groups in zip(_waiters(player), rankings, strict=True):
        number = player.ids[who[1] or ""]
        path = f"{ROUNDS[1]}/{known['id']}/rankings/{number}"
        await player.ask("PUT", "registry", path, *who, json={"groups": groups})
    known = await step(player, ROUNDS, known, "close-ranking", COORDINATION)
    await player.refused(
        *("PUT", "registry", f"{ROUNDS[1]}/{known['id']}/rankings/{schools[0]}"),
        *_waiters(player)[0],
        rule="state-does-not-allow",
        seen=1,
        json={"groups": []},
    )
    known = await step(player, ROUNDS, known, "match", COORDINATION)
    expect(known["matched"] == len(schools), "a partner for each school")
    terms = {"starts_on": "2025-11-03", "ends_on": "2026-07-03", "answer_days": 14}
    known = await step(player, ROUNDS, known, "confirm", COORDINATION, terms)
    outcome = await _outcome(player, known, schools[1])
    expect(known["state"] == "confirmed", "a round that is confirmed")
    return f"{len(known['pairs'])} pairs, proposed as partnerships; the second school: {outcome}"


async def _outcome(player: Player, known: Any, school: str) -> str:
    path = f"{ROUNDS[1]}/{known['id']}/outcomes"
    (own,) = await player.pages("registry", path, "head", _schools(player)[1])
    expect(own["organisation_id"] == school, "its own outcome and no other")
    words: str = own["refusals"][0]["sentence"]["en"]
    return words


async def _answered(player: Player) -> str:
    states = []
    for uai in _schools(player):
        path = f"/v1/partnerships?school_id={player.ids[uai]}&state=proposed"
        for known in await player.pages("registry", path, *COORDINATION):
            key = next(key for key in _COMPANIES if player.ids[key] == known["company_id"])
            one = f"/v1/partnerships/{known['id']}/accept"
            done = await player.ask("POST", "registry", one, "company", key, seen=known["version"])
            states.append(done["state"])
    left = await player.pages(
        "registry", f"/v1/waiting-list?state=open&school_year={SCHOOL_YEAR}", *COORDINATION
    )
    expect((len(states), len(left)) == (2, 0), "two partnerships, and nobody who waits")
    return f"{len(states)} companies accept; nobody waits any more"


MATCHING = (
    Scene(date(2025, 10, 6), "schools and companies wait for a partner", _waiting),
    Scene(date(2025, 10, 7), "a school is suggested partners, with reasons", _suggested),
    Scene(date(2025, 10, 16), "a round: both sides rank, a stable matching", _round),
    Scene(date(2025, 10, 23), "what the round proposed is accepted", _answered),
)
