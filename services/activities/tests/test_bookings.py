"""Taking places over HTTP: what is offered, to whom, and what time does to an offer."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import text

from triskel.activities.activities.rules.formats import FORMATS
from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import ActivityFormat

Platform = Any


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_place_that_a_teacher_leaves_is_offered_to_the_next_and_taken(
    platform: Platform,
) -> None:
    number = await platform.masterclass(1)
    first = await platform.book(number, "teacher")
    second = await platform.book(number, "elsewhere")
    assert (first.json()["state"], second.json()["state"]) == ("booked", "waiting")
    assert second.json()["position"] == 1
    path = f"/v1/activities/{number}/bookings"
    left = await platform.post(f"{path}/{first.json()['id']}/leave", "teacher")
    assert left.json()["state"] == "left"
    offered = (await platform.show(number, "elsewhere"))["bookings"][0]
    assert offered["state"] == "offered"
    assert UUID(offered["id"]) == UUID(second.json()["id"])
    taken = await platform.post(f"{path}/{offered['id']}/accept", "elsewhere")
    assert (taken.json()["state"], taken.json()["answer_by"]) == ("booked", None)
    assert (await platform.said())[-5:] == [
        *("place-booked", "place-waitlisted", "place-left", "place-offered", "place-booked")
    ]
    versions = [
        event.aggregate.version for event in await outbox_events(platform.app.state.database)
    ]
    assert versions == list(range(1, len(versions) + 1))
    history = await platform.client.get(
        f"/v1/activities/{number}/history", headers=platform.who("coordinator")
    )
    assert [(step["action"], step["by"]) for step in history.json()][-2:] == [
        ("offer-place", "system"),
        ("accept-place", "teacher"),
    ]


async def test_an_offer_nobody_takes_lapses_once_and_goes_to_the_next_whoever_looks(
    platform: Platform,
) -> None:
    number = await platform.masterclass(1)
    first = await platform.book(number, "teacher")
    for _ in range(2):
        await platform.book(number, "elsewhere")
    await platform.post(f"/v1/activities/{number}/bookings/{first.json()['id']}/leave", "teacher")
    assert await platform.lapse() == 0
    platform.clock.advance(hours=48, seconds=1)
    assert sum(await asyncio.gather(*(platform.lapse() for _ in range(4)))) == 1
    states = [booking["state"] for booking in (await platform.show(number))["bookings"]]
    assert states == ["left", "lapsed", "offered"]
    assert (await platform.said())[-2:] == ["place-lapsed", "place-offered"]


async def test_more_places_are_offered_at_once(platform: Platform) -> None:
    number = await platform.masterclass(1)
    for _ in range(3):
        await platform.book(number, "teacher")
    await platform.put(number, "places", "company", {"places": 2})
    states = [booking["state"] for booking in (await platform.show(number))["bookings"]]
    assert states == ["booked", "offered", "waiting"]


async def test_ten_teachers_at_once_get_the_places_that_there_are_and_no_more(
    platform: Platform,
) -> None:
    number = await platform.masterclass(4)
    await asyncio.gather(*(platform.book(number, "elsewhere") for _ in range(10)))
    states = [booking["state"] for booking in (await platform.show(number))["bookings"]]
    assert (states.count("booked"), states.count("waiting")) == (4, 6)


async def test_classes_take_places_shrink_and_are_ready_before_a_visit_is_confirmed(
    platform: Platform,
) -> None:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("company-visit", 30, **more)
    visit = {"transport": "coach", "safety_equipment": ["lunettes de protection"]}
    await platform.put(number, "visit", "company", visit)
    whole = {"contact_id": None, "label": "2nde 4", "size": 28, "adults": 1}
    first = await platform.book(number, "teacher", **whole)
    second = await platform.book(number, "teacher", contact_id=None, label="2nde 5", size=4)
    assert (first.json()["state"], second.json()["state"]) == ("booked", "waiting")
    ticked = [*FORMATS[ActivityFormat.COMPANY_VISIT].preconditions, "safety-equipment-ready"]
    refused = await platform.act(number, "confirm", "head", {"preconditions": ticked})
    assert rule(refused) == (422, "too-few-adults")
    assert "confirm" not in (await platform.show(number, "head"))["allowed_actions"]
    path = f"/v1/activities/{number}/bookings/{first.json()['id']}"
    changes = {"size": 26, "adults": 2, "consents": 26}
    seen = {"If-Match": f'"{(await platform.show(number, "teacher"))["version"]}"'}
    assert (
        await platform.client.patch(path, json=changes, headers=platform.who("teacher"))
    ).status_code == 428
    changed = await platform.client.patch(
        path, json=changes, headers=platform.who("teacher") | seen
    )
    assert (changed.status_code, changed.json()["size"]) == (200, 26)
    states = [booking["state"] for booking in (await platform.show(number))["bookings"]]
    assert states == ["booked", "offered"]
    confirmed = await platform.act(number, "confirm", "head", {"preconditions": ticked})
    assert confirmed.json()["state"] == "confirmed"
    assert rule(await platform.book(number, "company", **whole)) == (403, "school-books")


async def test_other_schools_see_a_masterclass_and_of_its_bookings_their_own(
    platform: Platform,
) -> None:
    number = await platform.masterclass(3)
    await platform.book(number, "teacher")
    mine = await platform.book(number, "elsewhere")
    seen = await platform.show(number, "elsewhere")
    assert [booking["id"] for booking in seen["bookings"]] == [mine.json()["id"]]
    assert seen["places_free"] == 1
    assert seen["allowed_actions"] == ["book", "leave"]
    assert len((await platform.show(number, "company"))["bookings"]) == 2
    assert (await platform.show(number, "authority"))["bookings"] == []
    hidden = await platform.client.get(f"/v1/activities/{number}", headers=platform.who("stranger"))
    assert rule(hidden) == (403, "organisation-not-yours")
    assert rule(await platform.book(number, "company")) == (403, "school-books")


async def test_open_masterclasses_are_found_by_date_in_pages(platform: Platform) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(await platform.masterclass(3))
        platform.clock.advance(hours=1)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await platform.client.get(
            "/v1/masterclasses", params=query, headers=platform.who("elsewhere")
        )
        found += [item["id"] for item in page.json()["items"]]
        if page.json()["next"] is None:
            break
        query["cursor"] = page.json()["next"]
    assert found == numbers


async def test_what_the_workers_and_lists_look_for_has_an_index(platform: Platform) -> None:
    await platform.masterclass(3)
    queries = {
        "activities_with_offers": "select * from activities where place_answer_by < now()",
        "activities_open_masterclasses": "select * from activities where region = 'FRH0' and "
        "format = 'teacher-masterclass' and state in ('scheduled', 'confirmed') "
        "order by starts_at, id limit 50",
    }
    async with platform.app.state.database.reading() as session:
        await session.execute(text("set local enable_seqscan = off"))
        for index, query in queries.items():
            plan = [row[0] for row in await session.execute(text(f"explain {query}"))]
            assert any(index in line for line in plan), plan
