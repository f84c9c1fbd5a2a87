"""A challenge from the scenario to the award, and the winners' regional final."""

from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    COORDINATION,
    at,
    draft,
    held,
    perform,
    person,
    planned,
    put,
    sides,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 11
_TEAMS = (("Les Méduses", 4, 2), ("Iroise", 2, 3), ("Marée haute", 3, 3))
_MARKS = ((18, 15, 17), (14, 16, 12), (11, 13, 15))
_READY = {"preconditions": ["scenario-received", "mentors-named"]}


async def _briefed(runner: Runner) -> str:
    teacher, head, company = sides(runner, _PAIR)
    host = runner.pairs[_PAIR].host.key
    known = await planned(
        runner,
        draft(runner, _PAIR, "innovation-challenge", "Défi : un capteur pour la rade", capacity=60),
        company,
        teacher,
        slot(at(2026, 3, 9), at(2026, 4, 3, 17), "school"),
    )
    task = {
        "scenario": "Faites flotter un capteur une semaine dans la rade, pour moins de 80 euros.",
        "criteria": [
            {"label": "idée", "weight": 40},
            {"label": "prototype", "weight": 40},
            {"label": "oral", "weight": 20},
        ],
        "prizes": [{"label": "Premier prix", "amount": 60000, "funder_id": runner.ids[host]}],
        "submit_by": at(2026, 4, 1, 17).isoformat(),
    }
    mentor = await person(runner, host, "company")
    known = await put(runner, known, "challenge", company, task)
    people = {"mentors": [mentor], "jury_seats": 1, "jury": [mentor]}
    known = await put(runner, known, "challenge/people", company, people)
    known = await perform(
        runner, ACTIVITIES, known, "challenge/phase", company, {"phase": "briefed"}
    )
    teams = [
        {"label": label, "girls": girls, "boys": boys, "level": runner.pairs[_PAIR].school.level}
        for label, girls, boys in _TEAMS
    ]
    known = await put(runner, known, "challenge/teams", teacher, {"teams": teams})
    known = await perform(
        runner, ACTIVITIES, known, "challenge/phase", teacher, {"phase": "teams-formed"}
    )
    known = await perform(runner, ACTIVITIES, known, "confirm", head, _READY)
    runner.notes.challenge = known
    words = await runner.refused(
        *("POST", "activities", f"/v1/activities/{known['id']}/challenge/phase", *teacher),
        rule="state-does-not-allow",
        seen=known["version"],
        json={"phase": "working"},
    )
    return f"{len(_TEAMS)} teams of 17 pupils are formed; to begin at once is refused: {words}"


async def _working(runner: Runner) -> str:
    teacher, _, _ = sides(runner, _PAIR)
    known = await perform(runner, ACTIVITIES, runner.notes.challenge, "start", teacher)
    known = await perform(
        runner, ACTIVITIES, known, "challenge/phase", teacher, {"phase": "working"}
    )
    report = {"title": "Dossier", "kind": "report", "url": "https://lycee.example/dossier.pdf"}
    for team in range(1, len(_TEAMS) + 1):
        known = await perform(
            *(runner, ACTIVITIES, known, "challenge/deliverables", teacher),
            report | {"team": team},
        )
    known = await perform(
        runner, ACTIVITIES, known, "challenge/phase", teacher, {"phase": "submitted"}
    )
    runner.notes.challenge = known
    return f"{len(_TEAMS)} teams worked and handed in; phase {known['challenge']['phase']}"


async def _awarded(runner: Runner) -> str:
    teacher, _, company = sides(runner, _PAIR)
    known = await perform(
        *(runner, ACTIVITIES, runner.notes.challenge, "challenge/phase", company),
        {"phase": "jury"},
    )
    marks = [{"team": team, "points": list(points)} for team, points in enumerate(_MARKS, 1)]
    body = {"seat": 1, "marks": marks}
    known = await perform(runner, ACTIVITIES, known, "challenge/marks", company, body)
    known = await perform(runner, ACTIVITIES, known, "challenge/award", company, {"places": 1})
    ranking = known["challenge"]["ranking"]
    expect([row["team"] for row in ranking] == [1, 2, 3], "the teams ranked by their marks")
    prize = [line["amount"] for line in known["budget"] if line["kind"] == "prize"]
    expect(prize == [60000], "one prize in the budget")
    asked = {"stage": "regional", "title": "Finale bretonne", "capacity": 200}
    final = await perform(runner, ACTIVITIES, known, "finals", COORDINATION, asked)
    (team,) = final["challenge"]["teams"]
    expect(final["parent_id"] == known["id"], "a final of this challenge")
    known = await runner.get("activities", f"/v1/activities/{known['id']}", *COORDINATION)
    level = runner.pairs[_PAIR].school.level
    await perform(
        *(runner, ACTIVITIES, known, "deliver", teacher),
        {"outcome": "full", "attendance": [{"level": level, "girls": 9, "boys": 8}]},
    )
    final = await perform(runner, ACTIVITIES, final, "propose", COORDINATION)
    final = await perform(runner, ACTIVITIES, final, "accept", company)
    day = slot(at(2026, 5, 28), at(2026, 5, 28, 17), "other")
    final = await perform(runner, ACTIVITIES, final, "schedule", company, day)
    runner.notes.final = await perform(runner, ACTIVITIES, final, "confirm", COORDINATION, _READY)
    score = ranking[0]["score"] / 100
    return f"{team['label']} win 600 € with {score:g} of 100 and go to the regional final"


async def _final(runner: Runner) -> str:
    counts = {"level": runner.pairs[_PAIR].school.level, "girls": 4, "boys": 2}
    done = await held(runner, runner.notes.final, COORDINATION, counts)
    return f"the {done['stage']} final took place, {len(done['challenge']['teams'])} team"


CHALLENGE = (
    Scenario(date(2026, 2, 3), "a challenge is briefed and its teams formed", _briefed),
    Scenario(date(2026, 3, 10), "the challenge's teams work and hand in", _working),
    Scenario(date(2026, 4, 3), "the jury awards, the winners go on", _awarded),
    Scenario(date(2026, 5, 28), "the regional final", _final),
)
