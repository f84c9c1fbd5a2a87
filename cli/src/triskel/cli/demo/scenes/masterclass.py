"""Teachers take places of a masterclass and get a certificate that anybody can verify."""

from datetime import date

import jwt

from triskel.cli.demo.player import Player, expect
from triskel.cli.demo.scenes.scene import Scene
from triskel.cli.demo.scenes.steps import (
    ACTIVITIES,
    COORDINATION,
    Who,
    at,
    look,
    person,
    planned,
    put,
    slot,
    step,
)

_HOST = 5
"""The company of this pair invites, teachers of other schools come."""


def _host(player: Player) -> Who:
    return "company", player.pairs[_HOST].host.key


async def _booked(player: Player) -> str:
    host = _host(player)
    known = await planned(
        player,
        {
            "format": "teacher-masterclass",
            "title": "Enseigner la photonique",
            "host_id": player.ids[host[1] or ""],
        },
        host,
        COORDINATION,
        slot(at(2025, 11, 26), at(2025, 11, 26, 16), "company"),
    )
    known = await put(player, known, "places", host, {"places": 2})
    known = await put(player, known, "masterclass", host, {"hours": 6})
    path = f"/v1/activities/{known['id']}/bookings"
    bookings = []
    for school in player.schools[6:9]:
        teacher = await person(player, school.uai, "teacher")
        booked = await player.ask(
            *("POST", "activities", path, "teacher", school.uai), json={"contact_id": teacher}
        )
        bookings.append(booked)
    states = [each["state"] for each in bookings]
    expect(states == ["booked", "booked", "waiting"], "two teachers with a place, one who waits")
    known = await look(player, ACTIVITIES, known["id"])
    player.noted["masterclass"] = await step(
        player, ACTIVITIES, known, "confirm", host, {"preconditions": ["programme-sent"]}
    )
    player.noted["teachers"] = bookings
    return f"of three teachers two have a place, one waits as number {bookings[2]['position']}"


async def _certified(player: Player) -> str:
    host = _host(player)
    known = await step(player, ACTIVITIES, player.noted["masterclass"], "start", host)
    came, absent, _ = (each["id"] for each in player.noted["teachers"])
    await step(
        *(player, ACTIVITIES, known, "deliver", host),
        {
            "outcome": "full",
            "attendance": [{"audience": "teachers", "girls": 1, "boys": 0}],
            "attended": [came],
        },
    )
    path = f"/v1/activities/{known['id']}/certificates"
    words = await player.refused(
        "GET", "activities", f"{path}/{absent}", *COORDINATION, rule="not-attended"
    )
    await player.refused("GET", "activities", f"{path}/{came}", *host, rule="certificate-not-yours")
    badge = await player.get("activities", f"{path}/{came}", *COORDINATION)
    keys = await player.ask("GET", "activities", "/v1/badges/keys")
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
    Scene(date(2025, 10, 15), "teachers book a masterclass", _booked),
    Scene(date(2025, 11, 26), "who came gets a certificate", _certified),
)
