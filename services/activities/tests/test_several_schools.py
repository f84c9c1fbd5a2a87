"""Lessons and visits of several schools: who may bring classes, who waits, and who is counted."""

from typing import Any
from uuid import uuid4

import pytest

from services.activities.tests.conftest import Platform
from triskel.activities.activities.rules.formats import FORMATS
from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import ActivityFormat


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def visit(platform: Platform, places: int, form: str = "company-visit") -> str:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    return await platform.scheduled(form, places, **more)


async def school_class(platform: Platform, number: str, who: str, size: int, **more: Any) -> Any:
    body = {"contact_id": None, "label": "2nde 4", "size": size, "adults": 3, "consents": size}
    return await platform.book(number, who, **(body | more))


async def test_a_waiting_list_holds_classes_of_several_schools_each_booking_for_its_own(
    platform: Platform,
) -> None:
    number = await visit(platform, 35)
    assert rule(await school_class(platform, number, "elsewhere", 20)) == (403, "not-a-participant")
    schools = {"schools": [str(platform.other)]}
    shared = await platform.put(number, "schools", "teacher", schools)
    assert shared.status_code == 200, shared.text
    # the host's places are for all of them together
    first = await school_class(platform, number, "teacher", 28)
    second = await school_class(platform, number, "elsewhere", 20)
    assert [each.json()["state"] for each in (first, second)] == ["booked", "waiting"]
    assert second.json()["organisation_id"] == str(platform.other)
    known = await platform.show(number)
    assert known["school_id"] == str(platform.school)
    assert known["schools"] == [
        {"school_id": str(platform.school), "pupils": 28, "waiting": 0},
        {"school_id": str(platform.other), "pupils": 0, "waiting": 20},
    ]
    mine = await platform.show(number, "elsewhere")
    assert [each["id"] for each in mine["bookings"]] == [second.json()["id"]]
    assert mine["allowed_actions"] == ["book", "change-booking", "leave"]
    found = await platform.client.get("/v1/activities", headers=platform.who("elsewhere"))
    assert [each["id"] for each in found.json()["items"]] == [number]
    for who, booking in (("elsewhere", first), ("teacher", second)):
        path = f"/v1/activities/{number}/bookings/{booking.json()['id']}/leave"
        assert rule(await platform.post(path, who)) == (403, "not-your-booking")
    path = f"/v1/activities/{number}/bookings/{first.json()['id']}/leave"
    assert (await platform.post(path, "teacher")).status_code == 200
    accepted = f"/v1/activities/{number}/bookings/{second.json()['id']}/accept"
    assert (await platform.post(accepted, "elsewhere")).json()["state"] == "booked"
    told = [event.aggregate for event in await outbox_events(platform.app.state.database)][-1]
    assert [(each.school_id, each.pupils) for each in told.schools] == [
        (platform.school, 0),
        (platform.other, 20),
    ]


async def test_either_side_says_which_other_schools_come_and_none_that_has_classes_is_dropped(
    platform: Platform,
) -> None:
    number = await visit(platform, 60, "guest-lesson")
    for given, refused in (
        ([platform.school], (422, "school-twice")),
        ([platform.other, platform.other], (422, "school-twice")),
        ([platform.host], (409, "school-not-ready")),
        ([uuid4()], (409, "school-not-ready")),
    ):
        body = {"schools": [str(each) for each in given]}
        assert rule(await platform.put(number, "schools", "company", body)) == refused
    body = {"schools": [str(platform.other)]}
    refused_ = await platform.put(number, "schools", "elsewhere", body)
    assert rule(refused_) == (403, "not-a-participant")
    first = await platform.put(number, "schools", "company", body)
    again = await platform.put(number, "schools", "company", body)
    assert first.json()["version"] == again.json()["version"]
    assert (await school_class(platform, number, "elsewhere", 20)).status_code == 201
    dropped = await platform.put(number, "schools", "company", {"schools": []})
    assert rule(dropped) == (409, "school-has-classes")
    added = (await outbox_events(platform.app.state.database))[-2]
    assert added.added == (platform.other,)  # type: ignore[attr-defined]


async def test_who_came_is_counted_for_each_of_several_schools(platform: Platform) -> None:
    number = await visit(platform, 60, "guest-lesson")
    await platform.put(number, "schools", "company", {"schools": [str(platform.other)]})
    for who, size in (("teacher", 28), ("elsewhere", 20)):
        assert (await school_class(platform, number, who, size)).status_code == 201
    ticked = {"preconditions": list(FORMATS[ActivityFormat.GUEST_LESSON].preconditions)}
    assert (await platform.act(number, "confirm", "head", ticked)).status_code == 200
    platform.clock.advance(days=12, hours=5)

    async def report(*counts: dict[str, Any]) -> Any:
        attendance = [{"level": "3", "girls": 10} | each for each in counts]
        body = {"outcome": "full", "attendance": attendance}
        return await platform.act(number, "deliver", "teacher", body)

    own, other = {"school_id": str(platform.school)}, {"school_id": str(platform.other)}
    assert rule(await report({}, other)) == (422, "attendance-school-missing")
    assert rule(await report(own, other, other)) == (422, "level-twice")
    stranger = {"school_id": str(uuid4())}
    assert rule(await report(own, stranger)) == (422, "attendance-of-another-school")
    done = await report(own, other | {"boys": 8})
    assert done.status_code == 200, done.text
    assert [(each["school_id"], each["girls"]) for each in done.json()["attendance"]] == [
        (str(platform.school), 10),
        (str(platform.other), 10),
    ]


@pytest.mark.parametrize("form", ["guest-lesson", "company-visit"])
async def test_of_one_school_alone_nothing_changed_for_readers(
    platform: Platform, form: str
) -> None:
    number = await visit(platform, 35, form)
    assert (await school_class(platform, number, "teacher", 28)).json()["state"] == "booked"
    known = await platform.show(number)
    assert (known["schools"], known["school_id"]) == ([], str(platform.school))
