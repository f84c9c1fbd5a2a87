"""Programmes over HTTP: targets of a partnership's school year, planned against delivered."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from triskel.contracts.codes import OrganisationKind

ACTIVITIES, PROGRAMMES = "/v1/activities", "/v1/programmes"
YEAR = "2025-2026"
TARGETS = {
    "targets": [
        {"format": "guest-lesson", "activities": 4, "pupils": 120},
        {"format": "company-visit", "activities": 2},
    ]
}
TUESDAY = datetime(2025, 11, 4, 8, tzinfo=UTC)


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def put(fair: Any, who: str, body: Any = TARGETS, **headers: str) -> Any:
    path = f"{PROGRAMMES}/{fair.partnership}/{YEAR}"
    return await fair.client.put(path, json=body, headers=fair.who(who) | headers)


async def lesson(fair: Any, *acts: tuple[str, str, Any], **more: Any) -> Any:
    body = {
        "format": "guest-lesson",
        "title": "Une ingénieure en classe",
        "school_year": YEAR,
        "host_id": str(fair.host),
        "school_id": str(fair.school),
        "partnership_id": str(fair.partnership),
    }
    known = await fair.post(ACTIVITIES, "teacher", body | more)
    for action, who, given in acts:
        known = await fair.act(ACTIVITIES, known, action, who, given)
        assert known.status_code == 200, known.text
    return known


async def test_either_side_and_the_coordinator_set_targets_each_knowing_the_last(
    fair: Any,
) -> None:
    shown = await fair.get(f"{PROGRAMMES}/{fair.partnership}/{YEAR}", "teacher")
    assert (shown.headers["etag"], shown.json()["targets"]) == ('"0"', [])
    first = await put(fair, "teacher")
    assert (first.status_code, first.headers["etag"]) == (200, '"1"'), first.text
    assert rule(await put(fair, "host")) == (428, "if-match-missing")
    assert rule(await put(fair, "host", **{"If-Match": '"0"'})) == (412, "version-stale")
    assert (await put(fair, "host", {"targets": []}, **{"If-Match": '"1"'})).status_code == 200
    last = await put(fair, "coordinator", **{"If-Match": '"2"'})
    assert last.json()["version"] == 3
    events = await fair.said("activities.programmes")
    assert [(event.aggregate.version, str(event.by)) for event in events] == [
        (1, "teacher"),
        (2, "company"),
        (3, "coordinator"),
    ]
    assert len({event.aggregate.id for event in events}) == 1
    assert events[0].programme.targets[0].pupils == 120


async def test_of_two_who_set_the_first_targets_at_once_one_succeeds(fair: Any) -> None:
    answers = await asyncio.gather(put(fair, "teacher"), put(fair, "host"))
    assert sorted(answer.status_code for answer in answers) == [200, 428]


async def test_nobody_else_sets_or_reads_and_an_authority_only_reads(fair: Any) -> None:
    path = f"{PROGRAMMES}/{fair.partnership}/{YEAR}"
    assert rule(await put(fair, "stranger")) == (403, "not-a-participant")
    assert rule(await put(fair, "authority")) == (403, "role-not-allowed")
    assert rule(await fair.get(path, "stranger")) == (403, "organisation-not-yours")
    seen = await fair.get(path, "authority")
    assert (seen.status_code, seen.json()["allowed_actions"]) == (200, [])
    assert (await fair.get(path, "head")).json()["allowed_actions"] == ["set", "budget"]
    assert (await fair.get(PROGRAMMES, "stranger")).json()["items"] == []


async def test_a_programme_is_of_a_known_partnership_that_is_not_over(fair: Any) -> None:
    unknown = await fair.get(f"{PROGRAMMES}/{uuid4()}/{YEAR}", "coordinator")
    assert rule(unknown) == (404, "partnership-unknown")
    another = await fair.get(f"{PROGRAMMES}/{fair.partnership}/2024-2025", "coordinator")
    assert rule(another) == (404, "partnership-unknown")
    twice = {"targets": [TARGETS["targets"][0]] * 2}
    assert rule(await put(fair, "teacher", twice)) == (422, "format-twice")
    await fair.hear(
        fair.signed(fair.partnership, fair.school, fair.host, version=9, state="terminated")
    )
    assert rule(await put(fair, "teacher")) == (409, "partnership-over")
    shown = await fair.get(f"{PROGRAMMES}/{fair.partnership}/{YEAR}", "teacher")
    assert shown.json()["allowed_actions"] == []


async def test_who_may_comes_before_the_version_and_the_version_before_the_state(fair: Any) -> None:
    assert (await put(fair, "teacher")).status_code == 200
    await fair.hear(
        fair.signed(fair.partnership, fair.school, fair.host, version=9, state="terminated")
    )
    stale, newest = {"If-Match": '"0"'}, {"If-Match": '"1"'}
    assert rule(await put(fair, "stranger", **stale)) == (403, "not-a-participant")
    assert rule(await put(fair, "teacher", **stale)) == (412, "version-stale")
    assert rule(await put(fair, "teacher", **newest)) == (409, "partnership-over")


async def test_planned_and_delivered_are_counted_against_the_targets(fair: Any) -> None:
    await put(fair, "teacher")
    slot = {
        "starts_at": TUESDAY.isoformat(),
        "ends_at": (TUESDAY + timedelta(hours=2)).isoformat(),
        "place": "school",
    }
    asked = ("propose", "teacher", None)
    agreed = (asked, ("accept", "host", None), ("schedule", "host", slot))
    head = ("confirm", "head", {"preconditions": ["room-booked"]})
    await lesson(fair, asked)
    await lesson(fair, asked, ("decline", "host", {"reason": "no-capacity"}))
    await lesson(fair, *agreed)
    held, empty = [await lesson(fair, *agreed, head) for _ in range(2)]
    fair.clock.time = TUESDAY + timedelta(hours=3)
    came = {"outcome": "full", "attendance": [{"level": "3", "girls": 14, "boys": 16}]}
    for known, report in ((held, came), (empty, {"outcome": "no-show"})):
        begun = await fair.act(ACTIVITIES, known, "start", "teacher")
        done = await fair.act(ACTIVITIES, begun, "deliver", "teacher", report)
        assert done.status_code == 200, done.text
    shown = await fair.get(f"{PROGRAMMES}/{fair.partnership}/{YEAR}", "host")
    visit, guest = shown.json()["progress"]
    assert visit == {
        "format": "company-visit",
        "target_activities": 2,
        "target_pupils": None,
        "asked": 0,
        "planned": 0,
        "delivered": 0,
        "fallen_through": 0,
        "pupils": 0,
        "hours": 0.0,
    }
    assert guest == {
        "format": "guest-lesson",
        "target_activities": 4,
        "target_pupils": 120,
        "asked": 1,
        "planned": 1,
        "delivered": 1,
        "fallen_through": 2,
        "pupils": 30,
        "hours": 2.0,
    }
    table = await fair.get(f"{PROGRAMMES}.csv?school_year={YEAR}", "coordinator")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    visits, lessons = csv.DictReader(io.StringIO(table.text))
    assert (visits["format"], visits["target_pupils"]) == ("company-visit", "")
    assert (lessons["delivered"], lessons["pupils"], lessons["hours"]) == ("1", "30", "2.0")


async def test_programmes_are_found_by_partner_and_year_page_by_page(fair: Any) -> None:
    other = uuid4()
    await fair.hear(
        fair.organisation(other, OrganisationKind.COMPANY),
        fair.signed(uuid4(), fair.school, other),
        fair.signed(uuid4(), fair.school, other, school_year="2026-2027"),
    )

    async def hosts(query: str, who: str = "coordinator") -> list[str]:
        page = await fair.get(f"{PROGRAMMES}?{query}", who)
        return [item["host_id"] for item in page.json()["items"]]

    assert len(await hosts("")) == len(await hosts("", "teacher")) == 3
    assert await hosts("", "host") == [str(fair.host)]
    assert await hosts(f"host_id={other}") == [str(other)] * 2
    assert await hosts(f"host_id={other}&school_year=2026-2027") == [str(other)]
    assert await hosts(f"partnership_id={fair.partnership}") == [str(fair.host)]
    page = await fair.get(f"{PROGRAMMES}.csv?limit=2", "coordinator")
    following = page.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    last = await fair.get(following, "coordinator")
    assert (last.status_code, "link" in last.headers) == (200, False)
