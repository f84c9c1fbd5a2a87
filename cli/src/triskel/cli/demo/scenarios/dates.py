"""Another date needs the yes of both, and each side may leave in time."""

from datetime import date
from typing import Any

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    Who,
    at,
    draft,
    perform,
    planned,
    sides,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_PAIR = 5


async def _lesson(runner: Runner, teacher: Who, company: Who, title: str) -> Any:
    """One that has a date in January."""
    wanted = draft(runner, _PAIR, "guest-lesson", title, capacity=35)
    when = slot(at(2026, 1, 15, 10), at(2026, 1, 15, 12), "school")
    return await planned(runner, wanted, teacher, company, when)


async def _moved(runner: Runner) -> str:
    teacher, _, company = sides(runner, _PAIR)
    known = await _lesson(runner, teacher, company, "Le laser, de l'idée à l'usine")
    another = slot(at(2026, 1, 20, 10), at(2026, 1, 20, 12), "school")
    known = await perform(runner, ACTIVITIES, known, "propose-date", company, another)
    await runner.refused(
        *("POST", "activities", f"/v1/activities/{known['id']}/agree-date", *company),
        rule="other-side-answers",
        seen=known["version"],
    )
    no = {"reason": "date-unsuitable"}
    known = await perform(runner, ACTIVITIES, known, "decline-date", teacher, no)
    expect(known["slot_changes"] == 0, "the first date to stand")
    another = slot(at(2026, 1, 22, 10), at(2026, 1, 22, 12), "school")
    known = await perform(runner, ACTIVITIES, known, "propose-date", company, another)
    known = await perform(runner, ACTIVITIES, known, "agree-date", teacher)
    expect(known["slot_changes"] == 1, "the date to have moved")
    return "the company's first wish was declined, its second agreed to; nothing moved before"


async def _left(runner: Runner) -> str:
    teacher, _, company = sides(runner, _PAIR)
    known = await _lesson(runner, teacher, company, "Une ingénieure raconte son métier")
    known = await perform(
        runner, ACTIVITIES, known, "leave-activity", company, {"reason": "expert-unavailable"}
    )
    expect(not known["late"], "who leaves in time not to be late")
    return f"it is {known['state']} by the {known['ended_by']}, in time: it is not late"


DATES = (
    Scenario(date(2025, 12, 2), "a lesson gets another date, once both agree", _moved),
    Scenario(date(2025, 12, 3), "a company leaves what it accepted, in time", _left),
)
