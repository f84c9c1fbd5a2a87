"""Who waits for a partner, who is suggested and why, and a round in which both sides rank."""

from datetime import date
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import COORDINATION, PARTNERSHIPS, Who, at, company, perform
from triskel.cli.demo.scenarios.scenario import Scenario

ROUNDS = ("registry", "/v1/matching/rounds")
_COMPANIES = ("scenario-batteries", "scenario-networks")


def _schools(runner: Runner) -> list[str]:
    return [school.uai for school in runner.schools[20:22]]


async def _waiting(runner: Runner) -> str:
    for key, name, sector, north in (
        (_COMPANIES[0], "Batteries de la Vilaine", "27.20", 0.02),
        (_COMPANIES[1], "Réseaux du Couesnon", "61.10", 0.06),
    ):
        where = {"latitude": 48.117 + north, "longitude": -1.678}
        await company(runner, key, name, sector=sector, position=where, partnership_capacity=1)
    wishes = {"levels": [], "sectors": ["27", "61"], "max_distance_km": 150, "partners": 1}
    for who in _waiters(runner):
        body = {
            "organisation_id": runner.ids[who[1] or ""],
            "school_year": SCHOOL_YEAR,
            "wishes": wishes if who[0] == "head" else {"partners": 1},
        }
        await runner.ask("POST", "registry", "/v1/waiting-list", *who, json=body)
    words = await runner.refused(
        *("POST", "registry", "/v1/waiting-list", *_waiters(runner)[0]),
        rule="already-waiting",
        json={
            "organisation_id": runner.ids[_schools(runner)[0]],
            "school_year": SCHOOL_YEAR,
            "wishes": {},
        },
    )
    return f"two schools and two companies wait; twice is refused: {words}"


def _waiters(runner: Runner) -> list[Who]:
    schools: list[Who] = [("head", uai) for uai in _schools(runner)]
    return [*schools, *(("company", key) for key in _COMPANIES)]


async def _suggested(runner: Runner) -> str:
    school = _schools(runner)[0]
    path = f"/v1/matching/suggestions?school_year={SCHOOL_YEAR}&school_id={runner.ids[school]}"
    found = await runner.get("registry", f"{path}&waiting=true", "head", school)
    best = found["items"][0]
    why = max(best["criteria"], key=lambda each: each["contribution"])
    expect(len(found["items"]) == len(_COMPANIES), "both companies that wait")
    return f"the best has {best['points']:g} of 100 points; most for: {why['sentence']['en']}"


async def _round(runner: Runner) -> str:
    schools = [runner.ids[uai] for uai in _schools(runner)]
    companies = [runner.ids[key] for key in _COMPANIES]
    body = {"school_year": SCHOOL_YEAR, "rank_until": at(2025, 10, 24, 17).isoformat()}
    known = await runner.ask("POST", *ROUNDS, *COORDINATION, json=body)
    rankings = ([companies[:1], companies[1:]],) * 2 + (
        [schools[:1], schools[1:]],
        [schools],
    )
    for who, groups in zip(_waiters(runner), rankings, strict=True):
        number = runner.ids[who[1] or ""]
        path = f"{ROUNDS[1]}/{known['id']}/rankings/{number}"
        await runner.ask("PUT", "registry", path, *who, json={"groups": groups})
    known = await perform(runner, ROUNDS, known, "close-ranking", COORDINATION)
    await runner.refused(
        *("PUT", "registry", f"{ROUNDS[1]}/{known['id']}/rankings/{schools[0]}"),
        *_waiters(runner)[0],
        rule="state-does-not-allow",
        seen=1,
        json={"groups": []},
    )
    known = await perform(runner, ROUNDS, known, "match", COORDINATION)
    expect(known["matched"] == len(schools), "a partner for each school")
    terms = {"starts_on": "2025-11-03", "ends_on": "2026-07-03", "answer_days": 14}
    known = await perform(runner, ROUNDS, known, "confirm", COORDINATION, terms)
    outcome = await _outcome(runner, known, schools[1])
    expect(known["state"] == "confirmed", "a round that is confirmed")
    return f"{len(known['pairs'])} pairs, proposed as partnerships; the second school: {outcome}"


async def _outcome(runner: Runner, known: Any, school: str) -> str:
    path = f"{ROUNDS[1]}/{known['id']}/outcomes"
    (own,) = await runner.pages("registry", path, "head", _schools(runner)[1])
    expect(own["organisation_id"] == school, "its own outcome and no other")
    words: str = own["refusals"][0]["sentence"]["en"]
    return words


async def _answered(runner: Runner) -> str:
    states = []
    for uai in _schools(runner):
        path = f"/v1/partnerships?school_id={runner.ids[uai]}&state=proposed"
        for known in await runner.pages("registry", path, *COORDINATION):
            key = next(key for key in _COMPANIES if runner.ids[key] == known["company_id"])
            one = f"/v1/partnerships/{known['id']}/accept"
            half = await runner.ask("POST", "registry", one, "company", key, seen=known["version"])
            expect(half["state"] == "proposed", "a proposal that the school has not answered yet")
            done = await runner.ask("POST", "registry", one, "head", uai, seen=half["version"])
            states.append(done["state"])
    left = await runner.pages(
        "registry", f"/v1/waiting-list?state=open&school_year={SCHOOL_YEAR}", *COORDINATION
    )
    expect((len(states), len(left)) == (2, 0), "two partnerships, and nobody who waits")
    return f"{len(states)} companies say yes, then their schools; nobody waits any more"


async def _left(runner: Runner) -> str:
    """One company of the round changes its mind before anybody has signed."""
    key = _COMPANIES[1]
    path = f"/v1/partnerships?company_id={runner.ids[key]}&state=accepted"
    (known,) = await runner.pages("registry", path, "company", key)
    left = await perform(
        runner, PARTNERSHIPS, known, "leave", ("company", key), {"reason": "no-capacity"}
    )
    waiting = await runner.pages(
        "registry", f"/v1/waiting-list?state=open&school_year={SCHOOL_YEAR}", *COORDINATION
    )
    both = {left["school_id"], left["company_id"]}
    expect({each["organisation_id"] for each in waiting} == both, "two who wait again")
    return f"{left['reason']}: its place is free, and both wait again, since the day they began"


async def _lapsed(runner: Runner) -> str:
    """The other one is never signed."""
    path = f"/v1/partnerships?company_id={runner.ids[_COMPANIES[0]]}"

    async def lapsed() -> Any:
        (known,) = await runner.pages("registry", path, *COORDINATION)
        return known if known["state"] == "expired" else None

    known = await runner.until(lapsed, "a partnership that has lapsed")
    region = await runner.get("registry", f"/v1/regions/{runner.stack.region}")
    return f"not signed within {region['settings']['sign_within_days']} days: {known['state']}"


MATCHING = (
    Scenario(date(2025, 10, 6), "schools and companies wait for a partner", _waiting),
    Scenario(date(2025, 10, 7), "a school is suggested partners, with reasons", _suggested),
    Scenario(date(2025, 10, 16), "a round: both sides rank, a stable matching", _round),
    Scenario(date(2025, 10, 23), "what the round proposed is accepted", _answered),
    Scenario(date(2025, 11, 6), "one of the two is left before it is signed", _left),
    Scenario(date(2026, 1, 13), "the other lapses, because nobody signs", _lapsed),
)
