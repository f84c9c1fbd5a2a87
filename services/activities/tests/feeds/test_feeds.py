"""An organisation's activities in people's own calendars, read with an independent parser.

A calendar reads a feed's address again and again, so a use does not end it: it is good until it is
revoked.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import icalendar
import pytest
from sqlalchemy import text

from triskel.activities.feeds import commands as feeds
from triskel.activities.feeds import icalendars
from triskel.contracts.codes import ActivityFormat, PlaceKind

VISIT = {
    "format": "company-visit",
    "title": "Visite de l'atelier d'optique",
    "capacity": 35,
}


def calendar(answer: Any) -> icalendar.Calendar:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    return icalendar.Calendar.from_ical(answer.content)


def events(answer: Any) -> dict[str, Any]:
    """By UID; each once."""
    found = calendar(answer).walk("VEVENT")
    by_uid = {str(event["UID"]): event for event in found}
    assert len(by_uid) == len(found)
    return by_uid


async def made(platform: Any, who: str = "teacher", **body: Any) -> Any:
    answer = await platform.post("/v1/feeds", who, body or None)
    assert answer.status_code == 201, answer.text
    return answer.json()


def path_of(feed: Any) -> str:
    """Its address without the host."""
    base, slash, rest = feed["address"].partition("/v1/feeds/")
    assert base == "https://activites.bretagne.example"
    return f"{slash}{rest}"


async def visit(platform: Any) -> str:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number: str = await platform.scheduled("company-visit", None, **(VISIT | more))
    return number


async def test_a_feed_is_read_by_its_address_alone_and_has_what_concerns_the_organisation(
    platform: Any,
) -> None:
    number, masterclass = await visit(platform), await platform.masterclass(20)
    await platform.post("/v1/activities", "teacher", VISIT)  # without a date: in no calendar
    school, host = await made(platform), await made(platform, "company")
    shown = await platform.client.get(path_of(school))
    (event,) = events(shown).values()
    assert event["UID"] == f"{number}@triskel"
    start = platform.clock.now() + timedelta(days=12)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (start, start + timedelta(hours=4))
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == platform.clock.now()
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("TENTATIVE", 0)
    assert str(event["SUMMARY"]) == VISIT["title"]
    assert str(event["LOCATION"]) == "Dans l'entreprise"
    assert event["CATEGORIES"].to_ical() == b"Visite d'entreprise"
    assert calendar(shown)["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert set(events(await platform.client.get(path_of(host)))) == {
        f"{number}@triskel",
        f"{masterclass}@triskel",
    }


async def test_a_feed_speaks_the_language_that_its_address_asks_for(platform: Any) -> None:
    await visit(platform)
    english = await made(platform, lang="en")
    assert english["address"].endswith("?lang=en")
    (event,) = events(await platform.client.get(path_of(english))).values()
    assert str(event["LOCATION"]) == "At the company"
    assert str(event["DESCRIPTION"]) == "Company visit – To be confirmed"
    other = await platform.client.get(path_of(english).replace("lang=en", "lang=br"))
    assert other.status_code == 422


async def test_a_change_of_date_raises_the_sequence_and_a_cancellation_stays_as_cancelled(
    platform: Any,
) -> None:
    number, address = await visit(platform), path_of(await made(platform))

    async def seen() -> tuple[int, str, datetime]:
        event = events(await platform.client.get(address))[f"{number}@triskel"]
        return int(event["SEQUENCE"]), str(event["STATUS"]), event["LAST-MODIFIED"].dt

    first = await seen()
    platform.clock.advance(days=1)
    start = platform.clock.now() + timedelta(days=5)
    slot = {"starts_at": start.isoformat(), "place": "online", "place_name": "Salon bleu"}
    slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
    assert (await platform.act(number, "propose-date", "teacher", slot)).status_code == 200
    assert (await seen())[:2] == (0, "TENTATIVE")
    assert (await platform.act(number, "agree-date", "company")).status_code == 200
    assert await seen() == (1, "TENTATIVE", first[2] + timedelta(days=1))
    assert (await platform.act(number, "cancel", "teacher", {"reason": "weather"})).is_success
    assert (await seen())[:2] == (2, "CANCELLED")
    event = events(await platform.client.get(address))[f"{number}@triskel"]
    assert str(event["SUMMARY"]) == f"Annulé – {VISIT['title']}"
    assert str(event["LOCATION"]) == "Salon bleu (En ligne)"


async def test_a_confirmed_activity_is_confirmed_in_calendars(platform: Any) -> None:
    number = await platform.masterclass(20)
    ticked = {"preconditions": ["programme-sent"]}
    assert (await platform.act(number, "confirm", "coordinator", ticked)).is_success
    (event,) = events(await platform.client.get(path_of(await made(platform, "company")))).values()
    assert str(event["STATUS"]) == "CONFIRMED"


async def test_who_has_places_in_it_has_it_in_the_calendar_until_it_leaves_them(
    platform: Any,
) -> None:
    number, address = await platform.masterclass(1), path_of(await made(platform, "elsewhere"))
    assert events(await platform.client.get(address)) == {}
    booked = await platform.book(number, "elsewhere")
    assert booked.json()["state"] == "booked", booked.text
    assert set(events(await platform.client.get(address))) == {f"{number}@triskel"}
    left = f"/v1/activities/{number}/bookings/{booked.json()['id']}/leave"
    assert (await platform.post(left, "elsewhere")).is_success
    assert events(await platform.client.get(address)) == {}


async def test_who_takes_part_finds_the_other_date_in_the_calendar_before_saying_yes_to_it(
    platform: Any,
) -> None:
    """A masterclass that its host alone published moves by its word alone."""
    draft = {
        "format": "teacher-masterclass",
        "title": "Enseigner la photonique",
        "school_year": "2025-2026",
        "host_id": str(platform.host),
        "capacity": 5,
    }
    number = (await platform.post("/v1/activities", "company", draft)).json()["id"]
    start = platform.clock.now() + timedelta(days=12)
    slot = {"starts_at": start, "ends_at": start + timedelta(hours=4)}
    first = {name: at.isoformat() for name, at in slot.items()} | {"place": "company"}
    assert (await platform.act(number, "publish", "company", {"slot": first})).is_success
    assert (await platform.book(number, "elsewhere")).json()["state"] == "booked"
    other = {name: (at + timedelta(days=7)).isoformat() for name, at in slot.items()}
    moved = await platform.act(number, "propose-date", "company", other | {"place": "company"})
    assert [each["state"] for each in moved.json()["bookings"]] == ["offered"]
    address = path_of(await made(platform, "elsewhere"))
    (event,) = events(await platform.client.get(address)).values()
    assert event.decoded("DTSTART") == start + timedelta(days=7)


async def test_sessions_of_a_research_work_are_entries_of_their_own(platform: Any) -> None:
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("research-work", None, **more)
    start = platform.clock.now() + timedelta(days=12)
    session = {"starts_at": start.isoformat(), "place": "company", "place_name": "Labo 3"}
    session["ends_at"] = (start + timedelta(hours=1)).isoformat()
    plan = {"group": {"level": "3", "girls": 4, "boys": 3}, "sessions": [session]}
    planned = await platform.put(number, "research", "company", plan)
    assert planned.is_success, planned.text
    found = events(await platform.client.get(path_of(await made(platform))))
    assert set(found) == {f"{number}@triskel", f"{number}-session-1@triskel"}
    event = found[f"{number}-session-1@triskel"]
    assert str(event["SUMMARY"]).endswith("– séance 1")
    assert (event["DTEND"].dt - event["DTSTART"].dt, str(event["LOCATION"])) == (
        timedelta(hours=1),
        "Labo 3 (Dans l'entreprise)",
    )


async def test_a_feed_that_did_not_change_is_not_sent_again(platform: Any) -> None:
    number, address = await visit(platform), path_of(await made(platform))
    first = await platform.client.get(address)
    assert first.headers["cache-control"] == "private, max-age=900"
    seen = {"If-None-Match": first.headers["etag"]}
    again = await platform.client.get(address, headers=seen)
    assert (again.status_code, again.content, again.headers["etag"]) == (
        304,
        b"",
        first.headers["etag"],
    )
    assert (await platform.act(number, "cancel", "teacher", {"reason": "weather"})).is_success
    assert (await platform.client.get(address, headers=seen)).status_code == 200


async def test_a_feed_goes_three_months_back(platform: Any) -> None:
    await visit(platform)
    address = path_of(await made(platform))
    platform.clock.advance(days=12 + 91)
    assert len(events(await platform.client.get(address))) == 1
    platform.clock.advance(days=2)
    assert events(await platform.client.get(address)) == {}


async def test_an_address_is_told_once_and_only_its_hash_is_kept(platform: Any) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await platform.post("/v1/feeds", "teacher", None, **key)
    secret = path_of(first.json()).partition("/v1/feeds/")[2].partition(".ics")[0]
    again = await platform.post("/v1/feeds", "teacher", None, **key)
    assert again.json() == first.json() | {"address": None}
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    listed = await platform.client.get("/v1/feeds", headers=platform.who("head"))
    assert [each["id"] for each in listed.json()] == [first.json()["id"]]
    assert "address" not in listed.json()[0]
    async with platform.app.state.database.reading() as session:
        for table in ("feeds", "idempotency_keys"):
            kept = await session.execute(text(f"select t::text from {table} as t"))
            rows = list(kept.scalars())
            assert rows
            for row in rows:
                assert secret not in row
                assert secret.encode().hex() not in row


async def test_a_revoked_address_leads_nowhere(platform: Any) -> None:
    feed = await made(platform)
    path = f"/v1/feeds/{feed['id']}"
    for who, status in (("company", 403), ("stranger", 403), ("head", 204), ("head", 404)):
        answer = await platform.client.delete(path, headers=platform.who(who))
        assert answer.status_code == status
    gone = await platform.client.get(path_of(feed))
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:triskel:problem:feed-unknown")
    assert (await platform.client.get("/v1/feeds", headers=platform.who("teacher"))).json() == []


async def test_an_organisation_has_so_many_addresses_however_many_ask_at_once(
    platform: Any,
) -> None:
    for _ in range(feeds.MOST_FEEDS - 2):
        await made(platform)
    answers = await asyncio.gather(*(platform.post("/v1/feeds", "teacher") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]


async def test_only_an_organisations_own_people_and_its_coordinator_make_its_feed(
    platform: Any,
) -> None:
    school = {"organisation_id": str(platform.school)}
    assert (await platform.post("/v1/feeds", "company", school)).status_code == 403
    assert (await platform.post("/v1/feeds", "coordinator", school)).status_code == 201
    assert (await platform.post("/v1/feeds", "coordinator")).status_code == 422
    assert (await platform.post("/v1/feeds", "authority")).status_code == 403
    unknown = {"organisation_id": str(uuid4())}
    assert (await platform.post("/v1/feeds", "coordinator", unknown)).status_code == 404


async def test_one_activity_is_a_file_for_who_may_read_it(platform: Any) -> None:
    number = await visit(platform)
    path = f"/v1/activities/{number}/calendar.ics"
    file = await platform.client.get(path, headers=platform.who("head"))
    assert set(events(file)) == {f"{number}@triskel"}
    assert file.headers["content-disposition"] == f'attachment; filename="{number}.ics"'
    assert (await platform.client.get(path, headers=platform.who("stranger"))).status_code == 403
    assert (await platform.client.get(path)).status_code == 401
    more = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    draft = {"school_year": "2025-2026", "host_id": str(platform.host)} | VISIT | more
    undated = (await platform.post("/v1/activities", "teacher", draft)).json()["id"]
    refused = await platform.client.get(
        f"/v1/activities/{undated}/calendar.ics", headers=platform.who("head")
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "slot")


async def test_every_calendar_has_the_line_ends_that_its_standard_asks_for(platform: Any) -> None:
    number = await visit(platform)
    feed = await platform.client.get(path_of(await made(platform)))
    file = f"/v1/activities/{number}/calendar.ics"
    for answer in (feed, await platform.client.get(file, headers=platform.who("head"))):
        assert answer.content.endswith(b"END:VCALENDAR\r\n")
        # RFC 5545, 3.1: CRLF, and never a line feed alone
        assert b"\n" not in answer.content.replace(b"\r\n", b"")


async def test_a_feed_reads_no_whole_table(platform: Any) -> None:
    number = await visit(platform)
    crowd = text(
        """
        insert into activities
        select (jsonb_populate_record(a, jsonb_build_object(
            'id', gen_random_uuid(), 'host_id', gen_random_uuid(), 'school_id', gen_random_uuid()
        ))).* from activities a, generate_series(1, 2000) where a.id = :id
        """
    )
    mine = [{"organisation_id": str(platform.school), "state": "booked"}]
    asked = {
        "own": platform.school,
        "booked": json.dumps(mine),
        "offered": json.dumps(mine),
        "attended": json.dumps(mine),
        "since": datetime(2025, 7, 1, tzinfo=UTC),
        "earliest": datetime(2025, 1, 1, tzinfo=UTC),
        "most": feeds.MOST_ACTIVITIES,
    }
    async with platform.app.state.database.transaction() as session:
        await session.execute(crowd, {"id": number})
        await session.execute(text("analyze activities"))
        plan = await session.execute(text(f"explain {feeds._SHOWN.text}"), asked)
        lines = [line for (line,) in plan]
    assert [line for line in lines if "Seq Scan on activities" in line] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_format_and_place_has_its_words_in_each_language(language: str) -> None:
    assert set(icalendars._FORMATS[language]) == set(ActivityFormat)
    assert set(icalendars._PLACES[language]) == set(PlaceKind)
