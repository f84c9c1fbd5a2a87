"""A company's masterclass: open to teachers as soon as it is published, by nobody else's yes."""

from datetime import timedelta
from typing import Any

from triskel.chassis.testing import deliver
from triskel.chassis.testing.registry_events import region_decided
from triskel.contracts.registry import RegionSettings

Platform = Any


async def drafted(platform: Platform, who: str, **more: Any) -> str:
    body = {
        "format": "teacher-masterclass",
        "title": "Enseigner la photonique",
        "school_year": "2025-2026",
        "host_id": str(platform.host),
        "capacity": 1,
    }
    answer = await platform.post("/v1/activities", who, body | more)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["id"]
    return number


def slot(platform: Platform) -> dict[str, Any]:
    start = platform.clock.now() + timedelta(days=12)
    end = start + timedelta(hours=4)
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": "company"}


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def test_a_published_masterclass_is_accepted_and_open_to_teachers_without_a_coordinator(
    platform: Platform,
) -> None:
    number = await drafted(platform, "company")
    published = await platform.act(number, "publish", "company", {"slot": slot(platform)})
    assert published.status_code == 200, published.text
    assert published.json()["state"] == "scheduled"
    given = {side for side, at in published.json()["approvals"].items() if at}
    assert given == {"host"}
    assert await platform.said() == ["drafted", "accepted", "scheduled"]
    assert (await platform.book(number, "elsewhere")).json()["state"] == "booked"
    ticked = {"preconditions": ["programme-sent"]}
    assert (await platform.act(number, "confirm", "company", ticked)).status_code == 200


async def test_what_a_company_has_proposed_it_may_publish_and_gives_it_a_date_later(
    platform: Platform,
) -> None:
    number = await drafted(platform, "company")
    await platform.act(number, "propose", "company")
    assert (await platform.act(number, "publish", "company")).json()["state"] == "accepted"
    scheduled = await platform.act(number, "schedule", "company", slot(platform))
    assert scheduled.json()["state"] == "scheduled"


async def test_where_its_region_says_so_a_masterclass_waits_for_the_coordinators_yes(
    platform: Platform,
) -> None:
    assert RegionSettings().masterclasses_by_coordinator is False
    decided = region_decided(2, masterclasses_by_coordinator=True)
    await deliver(platform.app.state.database, platform.app.state.consumers, decided)
    number = await drafted(platform, "company")
    assert "publish" not in (await platform.show(number, "company"))["allowed_actions"]
    refused = await platform.act(number, "publish", "company")
    assert rule(refused) == (409, "coordinator-approves")
    assert (await platform.act(number, "propose", "company")).json()["state"] == "proposed"
    assert (await platform.act(number, "accept", "coordinator")).json()["state"] == "accepted"


async def test_nobody_publishes_for_the_host_and_no_school_is_bound_by_it(
    platform: Platform,
) -> None:
    number = await drafted(platform, "coordinator")
    assert rule(await platform.act(number, "publish", "coordinator")) == (403, "host-publishes")
    with_school = await drafted(platform, "company", school_id=str(platform.school))
    refused = await platform.act(with_school, "publish", "company")
    assert rule(refused) == (409, "school-answers-first")
