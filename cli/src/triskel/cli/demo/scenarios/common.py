"""What scenarios share: one action on a thing, a partnership agreed on, an activity planned."""

import re
from datetime import datetime
from typing import Any

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.steps import COORDINATOR, ZONE

ORGANISATIONS = ("registry", "/v1/organisations")
CONFIRMATIONS = ("registry", "/v1/contacts/confirmations")
PARTNERSHIPS = ("registry", "/v1/partnerships")
ACTIVITIES = ("activities", "/v1/activities")
OFFERS = ("activities", "/v1/offers")

_TOKEN = re.compile(r"/confirm\?token=([A-Za-z0-9_-]+)")

Who = tuple[str, str | None]
"""A role, and the school or host that it speaks for."""
COORDINATION: Who = (COORDINATOR, None)


def at(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE)


def slot(start: datetime, end: datetime, place: str) -> dict[str, Any]:
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": place}


async def perform(
    runner: Runner,
    of: tuple[str, str],
    thing: Any,
    verb: str,
    who: Who,
    json: Any = None,
    *,
    method: str = "POST",
) -> Any:
    """The thing as it is afterwards. It is changed as it was last seen."""
    service, path = of
    return await runner.ask(
        method, service, f"{path}/{thing['id']}/{verb}", *who, seen=thing["version"], json=json
    )


async def look(runner: Runner, of: tuple[str, str], number: str, who: Who = COORDINATION) -> Any:
    service, path = of
    return await runner.get(service, f"{path}/{number}", *who)


async def company(runner: Runner, key: str, name: str, **more: Any) -> Any:
    """A company that is registered now; `key` names it from now on."""
    body = {"kind": "company", "names": {"fr": name}} | more
    made = await runner.ask("POST", *ORGANISATIONS, *COORDINATION, json=body)
    runner.ids[key] = made["id"]
    return made


def proposal(runner: Runner, school: str, host: str) -> dict[str, Any]:
    return {
        "school_id": runner.ids[school],
        "company_id": runner.ids[host],
        "school_year": SCHOOL_YEAR,
        "starts_on": "2025-09-22",
        "ends_on": "2026-07-03",
        "goals": "Une visite et un projet par an.",
    }


async def partnership(runner: Runner, school: str, host: str) -> Any:
    """One that the school proposes and all three sign."""
    asked = await runner.ask(
        "POST", *PARTNERSHIPS, "teacher", school, json=proposal(runner, school, host)
    )
    known = await perform(runner, PARTNERSHIPS, asked, "accept", ("company", host))
    known = await perform(runner, PARTNERSHIPS, known, "draft-agreement", COORDINATION)
    return await signed(runner, known, school, host)


async def signed(runner: Runner, known: Any, school: str, host: str) -> Any:
    for who in (("head", school), ("company", host), COORDINATION):
        digest = known["agreement"]["digest"]
        known = await perform(runner, PARTNERSHIPS, known, "sign", who, {"digest": digest})
    return known


async def planned(
    runner: Runner, draft: dict[str, Any], asker: Who, answerer: Who, when: dict[str, Any]
) -> Any:
    """An activity that one side asks for, the other accepts, and that has its slot."""
    body = {"school_year": SCHOOL_YEAR} | draft
    known = await runner.ask("POST", *ACTIVITIES, *asker, json=body)
    known = await perform(runner, ACTIVITIES, known, "propose", asker)
    known = await perform(runner, ACTIVITIES, known, "accept", answerer)
    host = answerer if answerer[0] in ("company", COORDINATOR) else asker
    return await perform(runner, ACTIVITIES, known, "schedule", host, when)


async def held(runner: Runner, known: Any, who: Who, *counts: dict[str, Any]) -> Any:
    """It takes place today; `counts` are its attendance."""
    known = await perform(runner, ACTIVITIES, known, "start", who)
    return await perform(
        runner,
        *(ACTIVITIES, known, "deliver", who),
        {"outcome": "full", "attendance": list(counts)},
    )


def draft(runner: Runner, which: int, form: str, title: str, **more: Any) -> dict[str, Any]:
    """What is asked for within the year's partnership of this number."""
    pair = runner.pairs[which]
    return {
        "format": form,
        "title": title,
        "school_id": runner.ids[pair.school.uai],
        "host_id": runner.ids[pair.host.key],
        "partnership_id": runner.thing(pair.key).id,
        "levels": [pair.school.level],
    } | more


def sides(runner: Runner, which: int) -> tuple[Who, Who, Who]:
    """Teacher, head and company of the year's partnership of this number."""
    pair = runner.pairs[which]
    school = pair.school.uai
    return ("teacher", school), ("head", school), ("company", pair.host.key)


async def put(runner: Runner, known: Any, what: str, who: Who, json: Any) -> Any:
    return await perform(runner, ACTIVITIES, known, what, who, json, method="PUT")


async def person(runner: Runner, of: str, role: str) -> str:
    """The id of one who has this role there, the first by address."""
    path = f"/v1/contacts?organisation_id={runner.ids[of]}"
    people = await runner.get("registry", path, *COORDINATION)
    named: str = min((p["email"], p["id"]) for p in people if role in p["roles"])[1]
    return named


async def confirm(runner: Runner, mail: Any) -> None:
    """What a person does with the link in a mail."""
    (token,) = set(_TOKEN.findall(mail["text"]))
    await runner.ask("POST", *CONFIRMATIONS, json={"token": token})
