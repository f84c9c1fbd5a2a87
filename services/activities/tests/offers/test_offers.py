"""Offers over HTTP: hosts keep them, and schools request from them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triskel.activities.activities.jobs import expire_unanswered
from triskel.chassis.testing.refusals import action_routes, order_of_refusals
from triskel.chassis.testing.registry_events import region_decided

OFFERS, ACTIVITIES = "/v1/offers", "/v1/activities"
# 9:00 in Rennes, in winter; the clock stands at Wednesday 1 October
TUESDAY = datetime(2025, 11, 4, 8, tzinfo=UTC)
THURSDAY = datetime(2025, 11, 6, 8, tzinfo=UTC)


async def capacity(fair: Any, offer: Any) -> tuple[int, int, int, str | None]:
    shown = (await fair.get(f"{OFFERS}/{offer.json()['id']}/capacity", "host")).json()
    (season,) = shown["seasons"]
    assert season["next_free"] == shown["next_free"]
    return season["booked"], season["asked"], season["free"], shown["next_free"]


async def test_an_offer_lives_from_draft_to_retired_one_event_per_version(fair: Any) -> None:
    known = await fair.drafted()
    assert known.status_code == 201, known.text
    assert known.json()["allowed_actions"] == ["update", "publish", "retire"]
    assert known.json()["position"] == {"latitude": 48.11, "longitude": -1.67}
    for action in ("publish", "pause", "resume"):
        known = await fair.act(OFFERS, known, action, "host")
        assert known.status_code == 200, known.text
    changed = await fair.client.patch(
        f"{OFFERS}/{known.json()['id']}",
        json={"capacity": 30, "title": known.json()["title"]},
        headers=fair.who("host") | {"If-Match": known.headers["etag"]},
    )
    assert (changed.status_code, changed.json()["capacity"]) == (200, 30)
    same = await fair.client.patch(
        f"{OFFERS}/{known.json()['id']}",
        json={"capacity": 30},
        headers=fair.who("host") | {"If-Match": changed.headers["etag"]},
    )
    assert (same.status_code, same.json()) == (200, changed.json())
    known = await fair.act(OFFERS, changed, "retire", "coordinator")
    assert (known.json()["state"], known.json()["allowed_actions"]) == ("retired", [])
    events = await fair.said("activities.offers")
    assert [type(event).__name__.removeprefix("Offer") for event in events] == [
        *("Drafted", "Published", "Paused", "Resumed", "Updated", "Retired")
    ]
    assert [event.aggregate.version for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[4].changed == ("capacity",)
    steps = await fair.get(f"{OFFERS}/{known.json()['id']}/history", "host")
    assert [step["by"] for step in steps.json()] == ["company"] * 5 + ["coordinator"]


async def test_only_the_host_and_its_coordinator_keep_an_offer(fair: Any) -> None:
    known = await fair.drafted()
    number = known.json()["id"]
    for who in ("teacher", "stranger"):
        assert fair.rule(await fair.act(OFFERS, known, "publish", who)) == (403, "host-only")
        # and nobody else knows of a draft
        assert fair.rule(await fair.get(f"{OFFERS}/{number}", who)) == (404, "offer-unknown")
        assert fair.rule(await fair.get(f"{OFFERS}/{number}/capacity", who)) == (
            404,
            "offer-unknown",
        )
    stranger = await fair.drafted(host_id=str(fair.school))
    assert fair.rule(stranger) == (403, "host-only")
    stale = await fair.post(f"{OFFERS}/{number}/publish", "host", **{"If-Match": '"7"'})
    assert fair.rule(stale) == (412, "version-stale")
    managed = await fair.get(f"{OFFERS}/managed?state=draft", "host")
    assert [item["id"] for item in managed.json()["items"]] == [number]
    assert (await fair.get(f"{OFFERS}/managed", "stranger")).json()["items"] == []
    assert len((await fair.get(f"{OFFERS}/managed", "authority")).json()["items"]) == 1


async def test_an_offer_without_a_season_is_not_published(fair: Any) -> None:
    known = await fair.drafted(seasons=[])
    assert "publish" not in known.json()["allowed_actions"]
    assert fair.rule(await fair.act(OFFERS, known, "publish", "host")) == (409, "seasons-missing")


async def test_what_does_not_hold_together_is_refused(fair: Any) -> None:
    season = {"first": "2025-11-03", "last": "2025-12-19", "activities": 3}
    later = {"first": "2025-12-19", "last": "2026-02-01", "activities": 1}
    for wrong, name in (
        ({"seasons": [season, later]}, "seasons-overlap"),
        ({"seasons": [season | {"last": "2025-11-02"}]}, "season-ends-before-it-begins"),
        ({"seasons": [season | {"last": "2028-11-02"}]}, "seasons-too-long"),
        ({"radius_km": 20}, "radius-without-school"),
        ({"seasons": [season | {"first": "9999-11-03"}]}, "request-invalid"),
        ({"title": "Une visite\x00"}, "request-invalid"),
        ({"languages": None}, "value-missing"),
    ):
        assert fair.rule(await fair.drafted(**wrong)) == (422, name)


async def test_pages_of_every_order_give_each_offer_once(fair: Any) -> None:
    for number in range(5):
        at = {"latitude": 48.0 + number / 100, "longitude": -1.67}
        await fair.published(title=f"Visite {number}", position=at)
    here = "latitude=48.0&longitude=-1.67"
    for query in ("sort=relevance", "q=visite", f"{here}&sort=distance", "sort=next_free"):
        found: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await fair.get(f"{OFFERS}?{query}&limit=2{cursor}", "teacher")).json()
            found += [item["title"] for item in page["items"]]
            cursor = f"&cursor={page['next']}" if page["next"] else None
        assert sorted(found) == [f"Visite {number}" for number in range(5)], query


async def test_a_request_makes_a_proposed_activity_for_the_host_to_answer(fair: Any) -> None:
    known = await fair.published()
    made = await fair.ask(known, TUESDAY, THURSDAY, message="Une classe de seconde.")
    assert made.status_code == 201, made.text
    asked = made.json()
    assert (asked["state"], asked["version"]) == ("proposed", 2)
    assert (asked["offer_id"], asked["host_id"]) == (known.json()["id"], str(fair.host))
    assert [wish["place"] for wish in asked["wished"]] == ["company"] * 2
    assert (asked["capacity"], asked["subjects"]) == (28, ["Physique-chimie"])
    drafted, proposed = await fair.said("activities.activities")
    assert [drafted.aggregate.state, proposed.aggregate.state] == ["draft", "proposed"]
    assert "seconde" not in proposed.model_dump_json()
    found = await fair.get(f"{ACTIVITIES}?offer_id={known.json()['id']}", "host")
    assert {"accept", "decline"} < set(found.json()["items"][0]["allowed_actions"])
    path = f"{ACTIVITIES}/{asked['id']}/history"
    messages = {
        who: [step["message"] for step in (await fair.get(path, who)).json()]
        for who in ("host", "authority")
    }
    assert messages == {"host": [None, "Une classe de seconde."], "authority": [None, None]}
    assert (await fair.act(ACTIVITIES, made, "accept", "host")).status_code == 200


async def test_a_request_that_does_not_fit_is_refused_with_the_reason(fair: Any) -> None:
    known = await fair.published()
    wednesday, october = TUESDAY + timedelta(days=1), TUESDAY - timedelta(days=7)
    for wrong, name in (
        (await fair.ask(known, TUESDAY, pupils=36), "pupils-above-capacity"),
        (await fair.ask(known, TUESDAY, levels=["2"]), "level-not-offered"),
        (await fair.ask(known, wednesday), "weekday-not-offered"),
        (await fair.ask(known, TUESDAY.replace(hour=13)), "half-day-not-offered"),
        (await fair.ask(known, TUESDAY, hours=5), "half-day-not-offered"),
        (
            await fair.ask(known, TUESDAY, datetime(2026, 3, 3, 8, tzinfo=UTC)),
            "date-outside-seasons",
        ),
        (await fair.ask(known, october), "date-in-school-holidays"),
        (await fair.ask(known, TUESDAY, partnership_id=None), "partnership-missing"),
        (await fair.ask(known, datetime(9999, 12, 31, 8, tzinfo=UTC)), "request-invalid"),
    ):
        assert fair.rule(wrong) == (422, name)
    fair.clock.advance(days=14)
    late = await fair.ask(known, TUESDAY)
    assert fair.rule(late) == (422, "lead-time-too-short")
    assert late.json()["errors"][0]["field"] == "wished.starts_at"
    known = await fair.act(OFFERS, known, "pause", "host")
    assert fair.rule(await fair.ask(known, THURSDAY)) == (409, "state-does-not-allow")
    assert fair.rule(await fair.ask(known, THURSDAY, who="stranger")) == (403, "not-a-participant")


async def test_a_school_too_far_for_the_host_is_refused(fair: Any) -> None:
    quimper = {"latitude": 48.0, "longitude": -4.1}
    known = await fair.published(
        format="guest-lesson", places=["school", "online"], radius_km=100, position=quimper
    )
    refused = await fair.ask(known, TUESDAY)
    assert fair.rule(refused) == (422, "too-far")
    assert "181 km" in refused.json()["detail"]


async def test_of_two_requests_for_the_last_place_one_succeeds(fair: Any) -> None:
    known = await fair.published()
    for _ in range(2):
        assert (await fair.ask(known, TUESDAY)).status_code == 201
    answers = await asyncio.gather(*(fair.ask(known, THURSDAY) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert fair.rule(refused) == (409, "season-full")
    assert await capacity(fair, known) == (0, 3, 0, None)
    assert await fair.listed("still_free=true") == []


async def test_a_request_is_asked_an_acceptance_takes_and_a_refusal_gives_back(fair: Any) -> None:
    known = await fair.published()
    assert await capacity(fair, known) == (0, 0, 3, "2025-11-04")
    asked = [await fair.ask(known, TUESDAY) for _ in range(3)]
    assert await capacity(fair, known) == (0, 3, 0, None)
    accepted = await fair.act(ACTIVITIES, asked[0], "accept", "host")
    assert await capacity(fair, known) == (1, 2, 0, None)
    await fair.act(ACTIVITIES, asked[1], "decline", "host", {"reason": "no-capacity"})
    assert await capacity(fair, known) == (1, 1, 1, "2025-11-04")
    await fair.act(ACTIVITIES, accepted, "cancel", "host", {"reason": "safety"})
    assert await capacity(fair, known) == (0, 1, 2, "2025-11-04")
    assert await fair.listed("still_free=true") == [known.json()["title"]]
    fair.clock.advance(days=15)
    assert await expire_unanswered(*fair.state) == 1
    assert (await capacity(fair, known))[:3] == (0, 0, 3)


async def test_a_move_into_a_full_season_is_refused(fair: Any) -> None:
    season = {"weekdays": [2, 4], "half_days": ["morning"]}
    known = await fair.published(
        seasons=[
            season | {"first": "2025-11-03", "last": "2025-11-30", "activities": 2},
            season | {"first": "2025-12-01", "last": "2025-12-19", "activities": 1},
        ]
    )
    december = datetime(2025, 12, 2, 8, tzinfo=UTC)
    assert (await fair.ask(known, december)).status_code == 201
    made = await fair.act(ACTIVITIES, await fair.ask(known, TUESDAY), "accept", "host")

    def slot(start: datetime) -> dict[str, str]:
        end = start + timedelta(hours=2)
        return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": "company"}

    refused = await fair.act(ACTIVITIES, made, "schedule", "host", slot(december))
    assert fair.rule(refused) == (409, "season-full")
    assert refused.json()["errors"][0]["field"] == "slot.starts_at"
    moved = await fair.act(ACTIVITIES, made, "schedule", "host", slot(THURSDAY))
    assert moved.status_code == 200


async def test_what_was_promised_binds_later_changes(fair: Any) -> None:
    known = await fair.published()
    made = await fair.ask(known, TUESDAY)
    await fair.ask(known, THURSDAY)
    season = known.json()["seasons"][0]
    refused = await fair.client.patch(
        f"{OFFERS}/{known.json()['id']}",
        json={"seasons": [season | {"activities": 1}]},
        headers=fair.who("host") | {"If-Match": known.headers["etag"]},
    )
    assert fair.rule(refused) == (409, "season-below-taken")
    more = await fair.client.patch(
        f"{ACTIVITIES}/{made.json()['id']}",
        json={"capacity": 36},
        headers=fair.who("teacher") | {"If-Match": made.headers["etag"]},
    )
    assert fair.rule(more) == (422, "pupils-above-capacity")


async def test_a_host_proposes_to_a_partner_from_its_own_offer_even_at_short_notice(
    fair: Any,
) -> None:
    known = await fair.act(OFFERS, await fair.published(), "pause", "host")
    fair.clock.advance(days=30)
    made = await fair.ask(known, TUESDAY, who="host")
    assert (made.status_code, made.json()["proposed_by"]) == (201, "host"), made.text
    assert (await fair.act(ACTIVITIES, made, "accept", "head")).status_code == 200
    parents = await fair.published(format="parents-day", levels=[])
    refused = await fair.ask(parents, THURSDAY, who="host", partnership_id=None)
    assert fair.rule(refused) == (422, "partnership-missing")


async def test_every_action_on_an_offer_is_refused_in_one_order(fair: Any) -> None:
    offer = await fair.published()
    retired = await fair.act(OFFERS, offer, "retire", "host")
    stranger = fair.who("stranger")
    able = fair.who("coordinator")
    routes = [
        route
        for route in action_routes(fair.app, "offer_id")
        # any school may ask for an activity, and no version is asked
        if not route.path.endswith("/requests")
    ]
    assert len(routes) == 5
    for route in routes:
        found = await order_of_refusals(
            *(fair.client, route, offer.json()["id"], retired.json()["version"]), stranger, able
        )
        assert found == [404, 403, 412, 409], route


@pytest.mark.parametrize(
    ("offer", "region", "answer"),
    [
        (None, False, (422, "partnership-missing")),
        (None, True, None),
        (True, False, None),
        (False, True, (422, "partnership-missing")),
    ],
)
async def test_a_school_without_a_partner_asks_where_the_offer_or_else_its_region_says_so(
    fair: Any, offer: bool | None, region: bool, answer: Any
) -> None:
    await fair.hear(region_decided(2, requests_without_partner=region))
    known = await fair.published(without_partner=offer)
    asked = await fair.ask(known, TUESDAY, partnership_id=None)
    if answer is not None:
        assert fair.rule(asked) == answer
        return
    assert (asked.status_code, asked.json()["unpartnered"]) == (201, True), asked.text
    accepted = await fair.act(ACTIVITIES, asked, "accept", "host")
    assert accepted.json()["state"] == "accepted", accepted.text
    # the host asks its partners alone
    by_host = await fair.ask(known, THURSDAY, who="host", partnership_id=None)
    assert fair.rule(by_host) == (422, "partnership-missing")
