"""Families register themselves for a parents' day: by a link, in counts, up to the quota.

The link is for all families, so a use does not end it: it is good until it is closed or replaced,
or until the registration is over. A family's own secret shows and cancels its registration; after
that it only shows that it was left.
"""

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from triskel.activities.registrations.jobs import count_registrations
from triskel.chassis.testing import outbox_events

Platform = Any


async def opened(platform: Platform, quota: int = 10, **more: Any) -> tuple[str, str]:
    """A parents' day with its registration open, and the token of the link."""
    more = {"school_id": str(platform.school)} | more
    number = await platform.scheduled("parents-day", None, **more)
    until = (platform.clock.now() + timedelta(days=10)).isoformat()
    answer = await platform.put(number, "registration", "head", {"quota": quota, "until": until})
    assert answer.status_code == 200, answer.text
    return number, answer.json()["token"]


async def register(
    platform: Platform, token: str, adults: int = 2, children: int = 0, **own: str
) -> Any:
    body = {"token": token, "adults": adults, "children": children} | own
    # without the key that the test client adds: an answer stored under it would hold the secret
    return await platform.client.post(
        "/v1/registrations", json=body, headers={"Idempotency-Key": ""}
    )


async def send(platform: Platform, what: str, own: str) -> Any:
    return await platform.client.post(f"/v1/registrations/{what}", json={"token": own})


async def count(platform: Platform) -> int:
    state = platform.app.state
    return await count_registrations(state.database, state.outbox, state.clock)


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_family_registers_by_the_link_without_a_token_of_its_own_or_a_name(
    platform: Platform,
) -> None:
    _, token = await opened(platform)
    answer = await register(platform, token, 2, 1)
    assert answer.status_code == 201
    registered = answer.json()
    own = registered.pop("own_token")
    assert registered == {"state": "booked", "adults": 2, "children": 1, "position": None}
    assert (await send(platform, "look", own)).json() == registered
    assert "set-cookie" not in answer.headers


async def test_a_family_has_all_its_places_or_waits_and_follows_who_cancels(
    platform: Platform,
) -> None:
    _, token = await opened(platform, quota=6)
    first = (await register(platform, token, 4)).json()
    waiting = [(await register(platform, token, adults)).json() for adults in (5, 2)]
    # of two places that are left the family of two has them, though it asked after the five
    assert [each["state"] for each in waiting] == ["waiting", "booked"]
    last = (await register(platform, token, 1)).json()
    assert (last["state"], last["position"]) == ("waiting", 2)
    cancelled = await send(platform, "cancel", first["own_token"])
    assert cancelled.json()["state"] == "left"
    states = [
        (await send(platform, "look", each["own_token"])).json()["state"]
        for each in (*waiting, last)
    ]
    # four places are free: five do not fit, one does
    assert states == ["waiting", "booked", "booked"]
    again = await send(platform, "cancel", first["own_token"])
    assert (again.status_code, again.json()["state"]) == (200, "left")


async def test_fifty_families_at_once_get_the_quota_and_no_more(platform: Platform) -> None:
    number, token = await opened(platform, quota=30)
    answers = await asyncio.gather(*(register(platform, token, 1) for _ in range(50)))
    states = [answer.json()["state"] for answer in answers]
    assert (states.count("booked"), states.count("waiting")) == (30, 20)
    assert (await platform.show(number))["registration"]["booked"] == 0


async def test_counts_are_said_now_and_then_once_and_never_a_family(platform: Platform) -> None:
    number, token = await opened(platform, quota=4)
    for adults in (3, 2):
        await register(platform, token, adults)
    version = (await platform.show(number))["version"]
    assert await count(platform) == 0
    platform.clock.advance(seconds=61)
    assert sum(await asyncio.gather(*(count(platform) for _ in range(4)))) == 1
    shown = await platform.show(number)
    assert (shown["registration"]["booked"], shown["registration"]["waiting"]) == (3, 2)
    assert shown["version"] == version + 1
    said = (await outbox_events(platform.app.state.database))[-1]
    assert said.name_and_version()[0] == "activity-registration-counted"
    assert await count(platform) == 0


async def test_sent_again_with_its_own_secret_a_registration_is_one(platform: Platform) -> None:
    _, token = await opened(platform)
    own = "a-secret-of-the-family-itself"
    answers = [await register(platform, token, 2, own_token=own) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    async with platform.app.state.database.reading() as session:
        assert await session.scalar(text("select count(*) from registrations")) == 1


async def test_a_link_that_was_replaced_or_closed_is_void_and_registrations_stay(
    platform: Platform,
) -> None:
    number, first = await opened(platform)
    own = (await register(platform, first)).json()["own_token"]
    until = (platform.clock.now() + timedelta(days=9)).isoformat()
    answer = await platform.put(number, "registration", "company", {"quota": 5, "until": until})
    second = answer.json()["token"]
    assert rule(await register(platform, first)) == (404, "link-unknown")
    assert (await register(platform, second)).status_code == 201
    closed = await platform.change("DELETE", number, "registration", "head")
    assert closed.json()["registration"]["booked"] == 4
    assert rule(await register(platform, second)) == (404, "link-unknown")
    assert (await send(platform, "look", own)).json()["state"] == "booked"
    assert (await send(platform, "cancel", own)).json()["state"] == "left"


async def test_a_raised_quota_places_who_waits_and_one_below_who_is_registered_is_refused(
    platform: Platform,
) -> None:
    number, token = await opened(platform, quota=3)
    await register(platform, token, 3)
    own = (await register(platform, token, 2)).json()["own_token"]
    refused = await platform.change("PATCH", number, "registration", "head", {"quota": 2})
    assert rule(refused) == (409, "quota-taken")
    raised = await platform.change("PATCH", number, "registration", "head", {"quota": 5})
    assert raised.status_code == 200, raised.text
    assert (await send(platform, "look", own)).json()["state"] == "booked"


async def test_nobody_registers_too_late_or_for_what_will_not_take_place(
    platform: Platform,
) -> None:
    number, cancelled = await opened(platform)
    await platform.act(number, "cancel", "head", {"reason": "other"})
    assert rule(await register(platform, cancelled)) == (409, "registration-over")
    _, token = await opened(platform)
    platform.clock.advance(days=10, seconds=1)
    assert rule(await register(platform, token)) == (409, "registration-over")


async def test_a_waiting_list_is_not_longer_than_the_quota(platform: Platform) -> None:
    _, token = await opened(platform, quota=4)
    for _ in range(2):
        await register(platform, token, 4)
    assert rule(await register(platform, token, 1)) == (409, "waiting-list-full")
    assert rule(await register(platform, token, 5)) == (422, "larger-than-the-places")


async def test_only_the_sides_open_a_registration_before_the_start_and_within_the_capacity(
    platform: Platform,
) -> None:
    number = await platform.scheduled(
        "parents-day", None, school_id=str(platform.school), capacity=100
    )
    soon = (platform.clock.now() + timedelta(days=2)).isoformat()
    late = (platform.clock.now() + timedelta(days=13)).isoformat()
    for who, quota, until, expected in (
        ("elsewhere", 10, soon, (403, "not-a-participant")),
        ("head", 101, soon, (422, "quota-over-capacity")),
        ("head", 10, late, (422, "until-not-before-the-start")),
    ):
        body = {"quota": quota, "until": until}
        assert rule(await platform.put(number, "registration", who, body)) == expected
    masterclass = await platform.masterclass(3)
    body = {"quota": 10, "until": soon}
    refused = await platform.put(masterclass, "registration", "company", body)
    assert rule(refused) == (409, "format-does-not-allow")


async def test_of_the_secrets_only_hashes_are_kept(platform: Platform) -> None:
    _, token = await opened(platform)
    own = (await register(platform, token)).json()["own_token"]
    tables = ("registration_links", "registrations", "activities", "idempotency_keys", "outbox")
    async with platform.app.state.database.reading() as session:
        for table in tables:
            # as text, and as the bytes of a stored answer or event
            rows = (await session.execute(text(f"select t::text from {table} t"))).scalars().all()
            for secret in (token, own):
                found = (secret, secret.encode().hex())
                assert not any(each in row for row in rows for each in found), table


async def test_what_is_no_secret_is_refused_without_repeating_it(platform: Platform) -> None:
    wrong = "a secret that was ! copied badly"
    answers = [
        await register(platform, wrong),
        await register(platform, "x" * 30, own_token=wrong),
        await send(platform, "look", wrong),
        await platform.client.get("/v1/registrations/page", params={"token": wrong}),
    ]
    for answer in answers:
        assert answer.status_code == 422 and wrong not in answer.text, answer.text


async def test_the_page_registers_once_shows_it_and_cancels_in_both_languages(
    platform: Platform,
) -> None:
    _, token = await opened(platform, title="Les métiers <scientifiques>")
    for language, button, done in (
        ("fr", "S'inscrire", "Vous êtes inscrits : 3 places."),
        ("en", "Register", "You are registered: 3 places."),
    ):
        query = {"token": token, "language": language}
        page = await platform.client.get("/v1/registrations/page", params=query)
        assert (page.status_code, button in unescape(page.text)) == (200, True)
        assert "&lt;scientifiques&gt;" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        for _ in range(2):
            sent = await platform.client.post(
                "/v1/registrations/page", data=hidden | {"adults": "2", "children": "1"}
            )
            assert done in sent.text
        mine = await platform.client.get(
            "/v1/registrations/mine", params={"token": hidden["own_token"], "language": language}
        )
        assert done in mine.text
        await platform.client.post("/v1/registrations/mine", data={"cancel": hidden["own_token"]})
        look = await send(platform, "look", hidden["own_token"])
        assert look.json()["state"] == "left"
    nobody = await platform.client.get(
        "/v1/registrations/page",
        params={"token": "x" * 30},
        headers={"Accept-Language": "br, fr;q=0.9, en;q=0.2"},
    )
    assert (nobody.status_code, "pas valable" in unescape(nobody.text)) == (404, True)


async def test_with_another_date_families_register_as_long_before_it_and_see_it_on_their_page(
    platform: Platform,
) -> None:
    number, token = await opened(platform)
    own = (await register(platform, token)).json()["own_token"]
    start = platform.clock.now() + timedelta(days=40)
    slot = {"starts_at": start.isoformat(), "place": "school"}
    slot["ends_at"] = (start + timedelta(hours=4)).isoformat()
    await platform.act(number, "propose-date", "company", slot)
    moved = await platform.act(number, "agree-date", "head")
    assert moved.status_code == 200, moved.text
    # two days before the start, as before
    until = datetime.fromisoformat(moved.json()["registration"]["until"])
    assert until == start - timedelta(days=2)
    platform.clock.advance(days=30)
    assert (await register(platform, token)).status_code == 201
    page = await platform.client.get(f"/v1/registrations/mine?token={own}")
    assert start.astimezone(ZoneInfo("Europe/Paris")).strftime("%d/%m/%Y") in page.text
    platform.clock.advance(days=9)
    assert rule(await register(platform, token)) == (409, "registration-over")
    assert (await send(platform, "cancel", own)).json()["state"] == "left"
