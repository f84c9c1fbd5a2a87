"""A person is invited by mail, confirms with the link in it, gets what is held, and is erased."""

from datetime import date

from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import CONFIRMATIONS, confirm
from triskel.cli.demo.scenarios.scenario import Scenario
from triskel.cli.demo.steps import COORDINATOR

_ADDRESS = "azenor.le-braz@lycee.example"


async def _invited(runner: Runner) -> str:
    school = runner.schools[1].uai
    made = await runner.ask(
        "POST",
        "registry",
        "/v1/contacts",
        "head",
        school,
        json={
            "organisation_id": runner.ids[school],
            "name": "Azénor Le Braz",
            "email": _ADDRESS,
            "roles": ["teacher"],
            "language": "fr",
        },
    )
    mail = await runner.mail(_ADDRESS, "/confirm?token=")
    wrong = {"token": "x" * 43}
    await runner.refused("POST", *CONFIRMATIONS, rule="token-unknown", json=wrong)
    await confirm(runner, mail)
    shown = await runner.get("registry", f"/v1/contacts/{made['id']}", "head", school)
    expect(shown["confirmed"] and shown["confirmed_by"] == "invitation", "a confirmed person")
    return f"one mail, “{mail['subject']}”; confirmed by its link, another token is refused"


async def _exported_and_erased(runner: Runner) -> str:
    school = runner.schools[1].uai
    listed = await runner.get(
        "registry", f"/v1/contacts?organisation_id={runner.ids[school]}", "head", school
    )
    (one,) = (person for person in listed if person["email"] == _ADDRESS)
    path = f"/v1/contacts/{one['id']}"
    export = await runner.get("registry", f"{path}/export", "head", school)
    await runner.ask("DELETE", "registry", path, "head", school, seen=one["version"])
    await runner.refused("GET", "registry", path, COORDINATOR, rule="contact-unknown")
    steps = ", ".join(step["action"] for step in export["history"])
    return f"exported with {len(export['history'])} steps ({steps}), then erased: nobody finds her"


PEOPLE = (
    Scenario(date(2025, 9, 9), "a teacher is invited by mail and confirms", _invited),
    # on the last day, when no mail to her is on its way: which one still leaves would be a race
    Scenario(date(2026, 6, 30), "she asks what is held of her and is erased", _exported_and_erased),
)
