"""A research work: plan, laboratory sessions, milestones, and a report that the tutor accepts."""

from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    at,
    draft,
    perform,
    person,
    planned,
    put,
    sides,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 9
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


async def _planned(runner: Runner) -> str:
    teacher, head, company = sides(runner, _PAIR)
    known = await planned(
        runner,
        draft(runner, _PAIR, "research-work", "Mesurer la turbidité de la Vilaine", capacity=12),
        teacher,
        company,
        slot(at(2026, 1, 12), at(2026, 2, 6, 17), "company"),
    )
    sessions = [slot(at(2026, 1, day, 14), at(2026, 1, day, 17), "company") for day in (14, 21)]
    plan = {
        "group": {"level": runner.pairs[_PAIR].school.level, "girls": 4, "boys": 3},
        "tutor_id": await person(runner, runner.pairs[_PAIR].host.key, "company"),
        "sessions": sessions,
        "milestones": [{"title": "Protocole validé", "due_on": "2026-01-16"}],
    }
    late = slot(at(2026, 2, 16, 14), at(2026, 2, 16, 17), "company")
    words = await runner.refused(
        *("PUT", "activities", f"/v1/activities/{known['id']}/research", *teacher),
        rule="session-outside-the-slot",
        seen=known["version"],
        json=plan | {"sessions": [late]},
    )
    known = await put(runner, known, "research", teacher, plan)
    runner.notes.research = await perform(
        runner, ACTIVITIES, known, "confirm", head, {"preconditions": ["tutor-named"]}
    )
    return f"7 pupils, {len(sessions)} sessions, a milestone; a session too late: {words}"


async def _begun(runner: Runner) -> str:
    teacher, _, _ = sides(runner, _PAIR)
    runner.notes.research = await perform(
        runner, ACTIVITIES, runner.notes.research, "start", teacher
    )
    return f"it is {runner.notes.research['state']}"


async def _in_the_laboratory(runner: Runner) -> str:
    teacher, _, company = sides(runner, _PAIR)
    known = runner.notes.research
    known = await runner.get("activities", f"/v1/activities/{known['id']}", *teacher)
    late = [row["kind"] for row in known["overdue"]]
    for which, girls in ((1, 4), (2, 3)):
        known = await perform(
            *(runner, ACTIVITIES, known, f"research/sessions/{which}", company),
            {"state": "done", "girls": girls, "boys": 3},
        )
    runner.notes.research = await perform(
        runner, ACTIVITIES, known, "research/milestones/1", teacher
    )
    missed = f"overdue until today: {', '.join(late)}" if late else "nothing is overdue"
    return f"2 sessions held, the milestone reached; {missed}"


async def _reported(runner: Runner) -> str:
    teacher, _, company = sides(runner, _PAIR)
    known = runner.notes.research
    known = await runner.get("activities", f"/v1/activities/{known['id']}", *teacher)
    report = {"document_url": "https://lycee.example/rapport.pdf", "sha256": _DIGEST}
    known = await put(runner, known, "research/report", teacher, report)
    known = await perform(runner, ACTIVITIES, known, "research/report/accept", company)
    done = await perform(runner, ACTIVITIES, known, "deliver", teacher, {"outcome": "full"})
    (counted,) = done["attendance"]
    expect(done["state"] == "delivered", "a research work that is delivered")
    return f"the tutor accepts the report; {counted['girls'] + counted['boys']} pupils counted"


RESEARCH = (
    Scenario(date(2025, 11, 27), "a research work is planned", _planned),
    Scenario(date(2026, 1, 12), "the research work begins", _begun),
    Scenario(date(2026, 1, 22), "sessions in the laboratory", _in_the_laboratory),
    Scenario(date(2026, 2, 6), "the report is accepted", _reported),
)
