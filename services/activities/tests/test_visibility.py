"""Archived and hidden activities: who sees them still, and who may say so."""

from typing import Any

from services.activities.tests.conftest import Platform
from triskel.chassis.testing import outbox_events


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def lesson(platform: Platform, *, cancelled: bool = True) -> str:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("guest-lesson", None, **more)
    if cancelled:
        await platform.act(number, "cancel", "company", {"reason": "other"})
    return number


async def listed(platform: Platform, who: str, query: str = "") -> list[str]:
    page = await platform.client.get(f"/v1/activities{query}", headers=platform.who(who))
    assert page.status_code == 200, page.text
    return [each["id"] for each in page.json()["items"]]


async def test_what_is_over_is_archived_by_a_side_and_drops_out_of_usual_lists_until_taken_back(
    platform: Platform,
) -> None:
    running = await lesson(platform, cancelled=False)
    assert rule(await platform.act(running, "archive", "head")) == (409, "state-does-not-allow")
    over = await lesson(platform)
    stranger = await platform.act(over, "archive", "stranger")
    assert rule(stranger) == (403, "not-a-participant")
    assert rule(await platform.act(over, "unarchive", "head")) == (409, "not-archived")
    assert (await platform.act(over, "archive", "head")).status_code == 200
    assert rule(await platform.act(over, "archive", "company")) == (409, "archived-already")
    for who in ("teacher", "company", "coordinator", "authority"):
        assert await listed(platform, who) == [running]
        assert set(await listed(platform, who, "?archived=true")) == {running, over}
    assert await listed(platform, "teacher", "?state=cancelled") == []
    shown = await platform.show(over, "authority")
    assert shown["archived_at"] is not None
    back = await platform.act(over, "unarchive", "coordinator")
    assert (back.status_code, back.json()["archived_at"]) == (200, None)
    assert set(await listed(platform, "teacher")) == {running, over}
    assert (await platform.said())[-2:] == ["archived", "unarchived"]


async def test_what_the_coordinator_hides_its_sides_alone_see_until_it_is_shown_again(
    platform: Platform,
) -> None:
    number = await platform.masterclass(3)
    await platform.put(number, "masterclass", "company", {"hours": 3})
    booked = await platform.book(number, "elsewhere")
    assert booked.status_code == 201, booked.text
    reason = {"reason": "abuse"}
    assert rule(await platform.act(number, "hide", "stranger", reason)) == (
        403,
        "not-a-participant",
    )
    assert rule(await platform.act(number, "hide", "company", reason)) == (403, "side-not-allowed")
    assert rule(await platform.act(number, "show", "coordinator")) == (409, "not-hidden")

    async def seen() -> dict[str, tuple[int, int, int]]:
        """Of each, whether they read it, find it, and find it among the masterclasses."""
        found = {}
        for who in ("coordinator", "company", "elsewhere", "authority"):
            headers = platform.who(who)
            one = await platform.client.get(f"/v1/activities/{number}", headers=headers)
            open_ = await platform.client.get("/v1/masterclasses", headers=headers)
            items = open_.json()["items"] if open_.is_success else []
            found[who] = one.status_code, len(await listed(platform, who)), len(items)
        return found

    async def in_the_calendar() -> int:
        feed = await platform.post("/v1/feeds", "elsewhere")
        path = feed.json()["address"].partition("example")[2]
        return (await platform.client.get(path)).text.count("BEGIN:VEVENT")

    everybody = await seen()
    assert everybody == {
        "coordinator": (200, 1, 1),
        "company": (200, 1, 1),
        "elsewhere": (200, 0, 1),
        "authority": (200, 1, 0),
    }
    assert await in_the_calendar() == 1
    hidden = await platform.act(number, "hide", "coordinator", reason)
    assert hidden.json()["hidden_reason"] == "abuse"
    assert rule(await platform.act(number, "hide", "coordinator", reason)) == (
        409,
        "hidden-already",
    )
    assert await seen() == {
        "coordinator": (200, 1, 0),
        "company": (200, 1, 0),
        "elsewhere": (404, 0, 0),
        "authority": (404, 0, 0),
    }
    assert await in_the_calendar() == 0
    assert rule(await platform.book(number, "elsewhere")) == (403, "not-a-participant")
    assert (await platform.act(number, "show", "coordinator")).status_code == 200
    assert await seen() == everybody
    assert await in_the_calendar() == 1
    events = (await outbox_events(platform.app.state.database))[-2:]
    assert [type(each).__name__ for each in events] == ["ActivityHidden", "ActivityShown"]


async def test_who_takes_part_beside_the_sides_loses_sight_of_what_is_hidden(
    platform: Platform,
) -> None:
    number = await lesson(platform, cancelled=False)
    await platform.put(number, "schools", "company", {"schools": [str(platform.other)]})
    assert await listed(platform, "elsewhere") == [number]
    await platform.act(number, "hide", "coordinator", {"reason": "error"})
    assert await listed(platform, "elsewhere") == []
    for who in ("head", "company", "coordinator"):
        assert await listed(platform, who) == [number]
    path = f"/v1/activities/{number}/calendar.ics"
    unseen = await platform.client.get(path, headers=platform.who("elsewhere"))
    assert rule(unseen) == (404, "activity-unknown")


async def test_families_do_not_find_what_is_hidden(platform: Platform) -> None:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("parents-day", None, **more)
    until = (await platform.show(number))["slot"]["starts_at"]
    body = {"quota": 100, "until": until}
    opened = await platform.put(number, "registration", "head", body)
    assert opened.status_code == 200, opened.text
    page = opened.json()["link"].partition("example")[2]
    assert (await platform.client.get(page)).status_code == 200
    await platform.act(number, "hide", "coordinator", {"reason": "error"})
    assert (await platform.client.get(page)).status_code == 404
