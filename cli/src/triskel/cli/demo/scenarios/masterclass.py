"""A company publishes a masterclass; teachers take its places and get a certificate that anybody
can verify."""

from datetime import date

import jwt

from triskel.cli.demo import SCHOOL_YEAR
from triskel.cli.demo.patience import expect
from triskel.cli.demo.runner import Runner
from triskel.cli.demo.scenarios.common import (
    ACTIVITIES,
    COORDINATION,
    Who,
    at,
    look,
    perform,
    person,
    put,
    slot,
)
from triskel.cli.demo.scenarios.scenario import Scenario

_HOST = 5
"""The company of this pair invites, teachers of other schools come."""


def _host(runner: Runner) -> Who:
    return "company", runner.pairs[_HOST].host.key


async def _booked(runner: Runner) -> str:
    host = _host(runner)
    draft = {
        "format": "teacher-masterclass",
        "title": "Enseigner la photonique",
        "school_year": SCHOOL_YEAR,
        "host_id": runner.ids[host[1] or ""],
    }
    known = await runner.ask("POST", *ACTIVITIES, *host, json=draft)
    day = slot(at(2025, 11, 26), at(2025, 11, 26, 16), "company")
    known = await perform(runner, ACTIVITIES, known, "publish", host, {"slot": day})
    expect(known["state"] == "scheduled", "open to teachers by the company's word alone")
    known = await put(runner, known, "places", host, {"places": 2})
    known = await put(runner, known, "masterclass", host, {"hours": 6})
    path = f"/v1/activities/{known['id']}/bookings"
    bookings = []
    for school in runner.schools[6:9]:
        teacher = await person(runner, school.uai, "teacher")
        booked = await runner.ask(
            *("POST", "activities", path, "teacher", school.uai), json={"contact_id": teacher}
        )
        bookings.append(booked)
    states = [each["state"] for each in bookings]
    expect(states == ["booked", "booked", "waiting"], "two teachers with a place, one who waits")
    known = await look(runner, ACTIVITIES, known["id"])
    runner.notes.masterclass = await perform(
        runner, ACTIVITIES, known, "confirm", host, {"preconditions": ["programme-sent"]}
    )
    runner.notes.bookings = bookings
    turn = bookings[2]["position"]
    return f"published by the company; of three teachers two have a place, one waits as {turn}"


async def _certified(runner: Runner) -> str:
    host = _host(runner)
    known = await perform(runner, ACTIVITIES, runner.notes.masterclass, "start", host)
    came, absent, _ = (each["id"] for each in runner.notes.bookings)
    await perform(
        *(runner, ACTIVITIES, known, "deliver", host),
        {
            "outcome": "full",
            "attendance": [{"audience": "teachers", "girls": 1, "boys": 0}],
            "attended": [came],
        },
    )
    path = f"/v1/activities/{known['id']}/certificates"
    words = await runner.refused(
        "GET", "activities", f"{path}/{absent}", *COORDINATION, rule="not-attended"
    )
    await runner.refused("GET", "activities", f"{path}/{came}", *host, rule="certificate-not-yours")
    badge = await runner.get("activities", f"{path}/{came}", *COORDINATION)
    keys = await runner.ask("GET", "activities", "/v1/badges/keys")
    wanted = jwt.get_unverified_header(badge)["kid"]
    key = next(jwt.PyJWK(each) for each in keys["keys"] if each["kid"] == wanted)
    said = jwt.decode(badge, key, algorithms=["RS256"], options={"verify_aud": False})
    forged = badge[:-12] + "AAAAAAAAAAAA"
    try:
        jwt.decode(forged, key, algorithms=["RS256"], options={"verify_aud": False})
        found = False
    except jwt.InvalidSignatureError:
        found = True
    expect(found, "a forged certificate that is found out")
    title = said["credentialSubject"]["achievement"]["name"]
    told = f"an Open Badge for “{title}”, verified with the published key; a forged one is found"
    return f"{told}; who did not come: {words}"


MASTERCLASS = (
    Scenario(date(2025, 10, 15), "teachers book a masterclass", _booked),
    Scenario(date(2025, 11, 26), "who came gets a certificate", _certified),
)
