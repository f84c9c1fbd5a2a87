"""A partnership is amended and signed again, the company's capacity holds, and it is renewed."""

from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    PARTNERSHIPS,
    at,
    company,
    held,
    look,
    partnership,
    perform,
    planned,
    proposal,
    signed,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

HOST = "scenario-photonics"


async def _full(runner: Runner) -> str:
    first, second = (school.uai for school in runner.schools[2:4])
    await company(
        runner,
        HOST,
        "Photonique de l'Ouest",
        sector="26.70",
        address={"municipality": "Rennes", "country": "FR"},
        position={"latitude": 48.117, "longitude": -1.678},
        partnership_capacity=1,
    )
    runner.notes.partnership = await partnership(runner, first, HOST)
    asked = await runner.ask(
        "POST", *PARTNERSHIPS, "teacher", second, json=proposal(runner, second, HOST)
    )
    words = await runner.refused(
        *("POST", "registry", f"/v1/partnerships/{asked['id']}/accept", "company", HOST),
        rule="company-at-capacity",
        seen=asked["version"],
    )
    await perform(
        *(runner, PARTNERSHIPS, asked, "decline", ("company", HOST)), {"reason": "no-capacity"}
    )
    return words


async def _amended(runner: Runner) -> str:
    school = runner.schools[2].uai
    known = await look(runner, PARTNERSHIPS, runner.notes.partnership["id"])
    goals = "Une visite, un projet, et plus de filles en spécialité NSI."
    amended = await perform(
        runner, PARTNERSHIPS, known, "amend", ("head", school), {"goals": goals}
    )
    words = await runner.refused(
        *("POST", "registry", f"/v1/partnerships/{amended['id']}/sign", "head", school),
        rule="another-document",
        seen=amended["version"],
        json={"digest": known["agreement"]["digest"]},
    )
    gone = [side for side, when in amended["signatures"].items() if when is None]
    expect(len(gone) == 6, "an amendment that resets the signatures")
    again = await signed(runner, amended, school, HOST)
    expect(again["state"] == "signed" and again["goals"] == goals, "an agreement signed again")
    history = await runner.get(
        "registry", f"/v1/partnerships/{again['id']}/history", "head", school
    )
    by_people = [each["action"] for each in history if each["by"] != "system"]
    lesson = await planned(
        runner,
        {
            "format": "guest-lesson",
            "title": "La lumière au travail",
            "school_id": runner.ids[school],
            "host_id": runner.ids[HOST],
            "partnership_id": again["id"],
            "levels": [runner.schools[2].level],
            "capacity": 35,
        },
        ("teacher", school),
        ("company", HOST),
        slot(at(2025, 11, 20), at(2025, 11, 20, 11), "school"),
    )
    runner.notes.lesson = await perform(
        runner, ACTIVITIES, lesson, "confirm", ("head", school), {"preconditions": ["room-booked"]}
    )
    steps = f"{len(by_people)} steps by people"
    return f"signed anew, since it is document {again['agreement']['number']} ({words}); {steps}"


async def _taught(runner: Runner) -> str:
    school = runner.schools[2]
    counts = {"level": school.level, "girls": 15, "boys": 14}
    done = await held(runner, runner.notes.lesson, ("teacher", school.uai), counts)
    known = await look(runner, PARTNERSHIPS, runner.notes.partnership["id"])
    expect(known["state"] == "active", "a partnership that has become active")
    return f"29 pupils; the lesson is {done['state']}, the partnership has become {known['state']}"


async def _renewed(runner: Runner) -> str:
    school = runner.schools[2].uai
    known = await look(runner, PARTNERSHIPS, runner.notes.partnership["id"])
    days = {"starts_on": "2026-09-14", "ends_on": "2027-07-02"}
    renewed = await perform(runner, PARTNERSHIPS, known, "renew", ("head", school), days)
    expect(renewed["renewal_of"] == known["id"], "a renewal that is linked")
    words = await runner.refused(
        *("POST", "registry", f"/v1/partnerships/{known['id']}/renew", "company", HOST),
        rule="renewed-already",
        seen=known["version"],
        json=days,
    )
    yes = await perform(runner, PARTNERSHIPS, renewed, "accept", ("company", HOST))
    return f"{yes['school_year']} is proposed and {yes['state']}; asked again: {words}"


PARTNERSHIP_SCENARIOS = (
    Scenario(date(2025, 9, 18), "a company carries no more than it said", _full),
    Scenario(date(2025, 9, 24), "an agreement is amended and signed again", _amended),
    Scenario(date(2025, 11, 20), "its first lesson", _taught),
    Scenario(date(2026, 6, 2), "the partnership is renewed", _renewed),
)
