"""A lesson with its expert, and a visit for which classes take places or wait as a whole."""

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
    person,
    planned,
    put,
    sides,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_LESSON, _VISIT = 13, 12


async def _lesson(runner: Runner) -> str:
    teacher, head, company = sides(runner, _LESSON)
    asked = draft(runner, _LESSON, "guest-lesson", "Une ingénieure réseau en classe", capacity=60)
    refused = slot(at(2025, 10, 28), at(2025, 10, 28, 11), "school")
    body = {"school_year": "2025-2026"} | asked
    known = await runner.ask("POST", *ACTIVITIES, *teacher, json=body)
    known = await perform(runner, ACTIVITIES, known, "propose", teacher)
    known = await perform(runner, ACTIVITIES, known, "accept", company)
    words = await runner.refused(
        *("POST", "activities", f"/v1/activities/{known['id']}/schedule", *company),
        rule="date-in-school-holidays",
        seen=known["version"],
        json=refused,
    )
    good = slot(at(2025, 12, 4), at(2025, 12, 4, 11), "school")
    known = await perform(runner, ACTIVITIES, known, "schedule", company, good)
    expert = await person(runner, runner.pairs[_LESSON].host.key, "company")
    lesson = {"expert_id": expert, "subject": "numérique et sciences informatiques"}
    known = await put(runner, known, "lesson", company, lesson)
    expect(known["lesson"]["expert_id"] == expert, "a lesson with its expert")
    runner.notes.expert_lesson = await perform(
        runner, ACTIVITIES, known, "confirm", head, {"preconditions": ["room-booked"]}
    )
    return f"28 October is refused: {words} It is on 4 December instead, with an expert"


async def _lesson_held(runner: Runner) -> str:
    teacher, _, _ = sides(runner, _LESSON)
    counts = {"level": runner.pairs[_LESSON].school.level, "girls": 26, "boys": 28}
    done = await held(runner, runner.notes.expert_lesson, teacher, counts)
    return f"two classes, 54 pupils; it is {done['state']}"


async def _classes(runner: Runner) -> str:
    teacher, head, company = sides(runner, _VISIT)
    known = await planned(
        runner,
        draft(runner, _VISIT, "company-visit", "Dans l'atelier, par classes", capacity=35),
        teacher,
        company,
        slot(at(2025, 12, 9), at(2025, 12, 9, 15), "company"),
    )
    known = await put(runner, known, "places", company, {"places": 35})
    asks = {"transport": "coach", "safety_equipment": ["lunettes de protection"]}
    known = await put(runner, known, "visit", company, asks)
    path = f"/v1/activities/{known['id']}/bookings"
    first = await _book(runner, path, "2nde 4", 28, 3)
    second = await _book(runner, path, "2nde 5", 26, 3)
    expect((first["state"], second["state"]) == ("booked", "waiting"), "one class that waits")
    await runner.ask("POST", "activities", f"{path}/{first['id']}/leave", *teacher)
    taken = await runner.ask("POST", "activities", f"{path}/{second['id']}/accept", *teacher)
    expect(taken["state"] == "booked", "the class that waited in the places")
    known = await look(runner, ACTIVITIES, known["id"])
    ticked = [
        *("transport-booked", "adults-named", "consents-collected", "safety-briefed"),
        "safety-equipment-ready",
    ]
    words = await runner.refused(
        *("POST", "activities", f"/v1/activities/{known['id']}/confirm", *head),
        rule="consents-missing",
        seen=known["version"],
        json={"preconditions": ticked},
    )
    await runner.ask(
        *("PATCH", "activities", f"{path}/{second['id']}", *teacher),
        seen=known["version"],
        json={"consents": 26},
    )
    known = await look(runner, ACTIVITIES, known["id"])
    runner.notes.classes = await perform(
        runner, ACTIVITIES, known, "confirm", head, {"preconditions": ticked}
    )
    return f"28 had places, 26 waited, the first left and the second moved up; then: {words}"


async def _book(runner: Runner, path: str, label: str, size: int, adults: int) -> Any:
    teacher, _, _ = sides(runner, _VISIT)
    body = {"label": label, "size": size, "adults": adults}
    return await runner.ask("POST", "activities", path, *teacher, json=body)


async def _classes_held(runner: Runner) -> str:
    teacher, _, _ = sides(runner, _VISIT)
    counts = {"level": runner.pairs[_VISIT].school.level, "girls": 12, "boys": 14}
    done = await held(runner, runner.notes.classes, teacher, counts)
    return f"the class that had waited came, 26 pupils; it is {done['state']}"


CLASSES = (
    Scenario(date(2025, 10, 9), "a lesson in the Toussaint holidays is refused", _lesson),
    Scenario(date(2025, 11, 5), "classes take places of a visit, or wait", _classes),
    Scenario(date(2025, 12, 4), "the expert gives the lesson", _lesson_held),
    Scenario(date(2025, 12, 9), "the visit takes place", _classes_held),
)
