"""Offers over HTTP: hosts keep them, schools find them and request from them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from triskel.activities.usecases.activities import expire_unanswered
from triskel.activities.usecases.offers.counting import count_daily
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind

OFFERS, ACTIVITIES = "/v1/offers", "/v1/activities"
# 9:00 in Rennes, in winter; the clock stands at Wednesday 1 October
TUESDAY = datetime(2025, 11, 4, 8, tzinfo=UTC)
THURSDAY = datetime(2025, 11, 6, 8, tzinfo=UTC)


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


async def listed(fair: Any, query: str = "", who: str = "teacher") -> list[str]:
    page = await fair.get(f"{OFFERS}?{query}", who)
    assert page.status_code == 200, page.text
    return [item["title"] for item in page.json()["items"]]


def measured(host: UUID, version: int = 1, **more: Any) -> said.HostResponsivenessMeasured:
    known: dict[str, Any] = {
        "id": host,
        "region": "FRH0",
        "version": version,
        "measured_at": TUESDAY,
        "answered": 1,
        "unanswered": 1,
        "answer_rate": 0.5,
        "median_hours": 48.0,
        "unanswered_in_a_row": 0,
    }
    state = said.HostResponsiveness(**(known | more))
    return said.HostResponsivenessMeasured(responsiveness=state)


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
    assert [type(e).__name__.removeprefix("Offer") for e in events] == [
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
        assert rule(await fair.act(OFFERS, known, "publish", who)) == (403, "host-only")
        # and nobody else knows of a draft
        assert rule(await fair.get(f"{OFFERS}/{number}", who)) == (404, "offer-unknown")
        assert rule(await fair.get(f"{OFFERS}/{number}/capacity", who)) == (404, "offer-unknown")
    stranger = await fair.drafted(host_id=str(fair.school))
    assert rule(stranger) == (403, "host-only")
    stale = await fair.post(f"{OFFERS}/{number}/publish", "host", **{"If-Match": '"7"'})
    assert rule(stale) == (412, "version-stale")
    managed = await fair.get(f"{OFFERS}/managed?state=draft", "host")
    assert [item["id"] for item in managed.json()["items"]] == [number]
    assert (await fair.get(f"{OFFERS}/managed", "stranger")).json()["items"] == []
    assert len((await fair.get(f"{OFFERS}/managed", "authority")).json()["items"]) == 1


async def test_only_an_approved_open_host_publishes_and_is_found(fair: Any) -> None:
    kind = OrganisationKind.COMPANY
    known = await fair.published()
    assert await listed(fair) == [known.json()["title"]]
    await fair.hear(fair.organisation(fair.host, kind, version=2, status="suspended"))
    assert await listed(fair) == []
    assert rule(await fair.ask(known, TUESDAY)) == (409, "host-not-ready")
    other = await fair.drafted()
    assert "publish" not in other.json()["allowed_actions"]
    assert rule(await fair.act(OFFERS, other, "publish", "host")) == (409, "host-not-ready")
    await fair.hear(fair.organisation(fair.host, kind, version=3))
    assert await listed(fair) == [known.json()["title"]]
    assert (await fair.act(OFFERS, other, "publish", "host")).status_code == 200


async def test_an_offer_without_a_season_is_not_published(fair: Any) -> None:
    known = await fair.drafted(seasons=[])
    assert "publish" not in known.json()["allowed_actions"]
    assert rule(await fair.act(OFFERS, known, "publish", "host")) == (409, "seasons-missing")


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
        assert rule(await fair.drafted(**wrong)) == (422, name)


async def test_words_are_found_without_accents_and_the_title_weighs_most(fair: Any) -> None:
    await fair.published(title="Découvrir la photonique")
    await fair.published(title="Les métiers", description="Optique et photonique, un peu.")
    await fair.published(title="Céramique", subjects=["Arts plastiques"])
    assert await listed(fair, "q=PHOTONIQUE") == ["Découvrir la photonique", "Les métiers"]
    assert await listed(fair, "q=metiers") == ["Les métiers"]
    assert await listed(fair, "q=decouv photon") == ["Découvrir la photonique"]
    assert await listed(fair, "subject=ARTS plastiques") == ["Céramique"]
    assert await listed(fair, "q=astronomie") == []
    assert rule(await fair.get(f"{OFFERS}?q=%00%27", "teacher")) == (422, "search-without-words")


async def test_each_filter_keeps_what_fits(fair: Any) -> None:
    await fair.published(title="Visite", levels=["3"], languages=["fr", "br"])
    await fair.published(
        title="Cours", format="guest-lesson", levels=["2"], places=["school", "online"]
    )
    for query, found in (
        ("level=3", "Visite"),
        ("level=2", "Cours"),
        ("format=guest-lesson", "Cours"),
        ("language=br", "Visite"),
        ("place=online", "Cours"),
        (f"host_id={fair.host}&place=company", "Visite"),
    ):
        assert await listed(fair, query) == [found]
    assert await listed(fair, f"host_id={uuid4()}") == []


async def test_distance_counts_to_where_it_happens_or_as_far_as_the_host_comes(fair: Any) -> None:
    for title, km, more in (
        ("Proche", 5, {}),
        ("Loin", 40, {}),
        ("Vient partout", 30, {"places": ["school"], "radius_km": 35}),
        ("Ne vient pas", 20, {"places": ["school"], "radius_km": 10}),
    ):
        at = {"latitude": 48.0 + km / 111.2, "longitude": -1.67}
        await fair.published(title=title, position=at, **more)
    here = "latitude=48.0&longitude=-1.67"
    assert await listed(fair, f"{here}&sort=distance") == ["Proche", "Vient partout", "Loin"]
    assert await listed(fair, f"{here}&km=10") == ["Proche"]
    page = await fair.get(f"{OFFERS}?{here}&km=10", "teacher")
    assert page.json()["items"][0]["distance_km"] == pytest.approx(5, abs=0.05)
    refused = await fair.get(f"{OFFERS}?sort=distance", "teacher")
    assert rule(refused) == (422, "position-missing")


async def test_hosts_that_answer_come_first_and_hidden_ones_not_at_all(fair: Any) -> None:
    hosts = {title: uuid4() for title in ("Répond", "Ignore", "Inconnu", "Caché")}
    for title, host in hosts.items():
        await fair.hear(fair.organisation(host, OrganisationKind.COMPANY))
        fair.host = host
        await fair.published(title=title)
    await fair.hear(
        measured(hosts["Répond"], answer_rate=0.9, median_hours=12.0),
        measured(hosts["Ignore"], answer_rate=0.1, median_hours=300.0),
        measured(hosts["Caché"], answer_rate=0.9, hidden_since=TUESDAY),
    )
    assert await listed(fair) == ["Répond", "Inconnu", "Ignore"]
    assert await listed(fair, "q=polissent") == ["Répond", "Inconnu", "Ignore"]
    # it is still the host's own affair, and what it publishes next is hidden too
    assert len((await fair.get(f"{OFFERS}/managed", "host")).json()["items"]) == 1
    await fair.published(title="Caché aussi")
    assert "Caché aussi" not in await listed(fair)
    await fair.hear(measured(hosts["Caché"], version=2, answer_rate=1.0, median_hours=0.0))
    assert (await listed(fair))[0] == "Caché"


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
        assert rule(wrong) == (422, name)
    fair.clock.advance(days=14)
    late = await fair.ask(known, TUESDAY)
    assert rule(late) == (422, "lead-time-too-short")
    assert late.json()["errors"][0]["field"] == "wished.starts_at"
    known = await fair.act(OFFERS, known, "pause", "host")
    assert rule(await fair.ask(known, THURSDAY)) == (409, "state-does-not-allow")
    assert rule(await fair.ask(known, THURSDAY, who="stranger")) == (403, "not-a-participant")


async def test_a_school_too_far_for_the_host_is_refused(fair: Any) -> None:
    quimper = {"latitude": 48.0, "longitude": -4.1}
    known = await fair.published(
        format="guest-lesson", places=["school", "online"], radius_km=100, position=quimper
    )
    refused = await fair.ask(known, TUESDAY)
    assert rule(refused) == (422, "too-far")
    assert "181 km" in refused.json()["detail"]


async def test_of_two_requests_for_the_last_place_one_succeeds(fair: Any) -> None:
    known = await fair.published()
    for _ in range(2):
        assert (await fair.ask(known, TUESDAY)).status_code == 201
    answers = await asyncio.gather(*(fair.ask(known, THURSDAY) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert rule(refused) == (409, "season-full")
    assert await capacity(fair, known) == (0, 3, 0, None)
    assert await listed(fair, "still_free=true") == []


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
    assert await listed(fair, "still_free=true") == [known.json()["title"]]
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
    assert rule(refused) == (409, "season-full")
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
    assert rule(refused) == (409, "season-below-taken")
    more = await fair.client.patch(
        f"{ACTIVITIES}/{made.json()['id']}",
        json={"capacity": 36},
        headers=fair.who("teacher") | {"If-Match": made.headers["etag"]},
    )
    assert rule(more) == (422, "pupils-above-capacity")


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
    assert rule(refused) == (422, "partnership-missing")


async def test_still_free_means_a_day_of_it_that_the_lead_time_allows(fair: Any) -> None:
    await fair.published()
    for query, found in (
        ("date_from=2025-11-04&date_to=2025-11-04", 1),
        ("date_from=2025-11-05&date_to=2025-11-05", 0),  # a Wednesday
        ("date_from=2025-10-01&date_to=2025-11-03", 0),  # before the season
        ("date_from=2025-11-11&date_to=2025-11-30", 1),
        ("date_from=2026-01-01", 0),
        ("still_free=true", 1),
    ):
        assert len(await listed(fair, query)) == found, query
    fair.clock.advance(days=20)  # 21 October: the lead time ends on 11 November
    assert await listed(fair, "date_from=2025-11-04&date_to=2025-11-10") == []
    over = await fair.get(f"{OFFERS}?date_to=2025-10-10", "teacher")
    assert rule(over) == (422, "period-over")


async def test_next_free_days_move_with_time_once_whoever_looks(fair: Any) -> None:
    known = await fair.published()
    assert await count_daily(*fair.state) == 0
    fair.clock.advance(days=30)  # 31 October
    done = await asyncio.gather(*(count_daily(*fair.state) for _ in range(4)))
    assert sum(done) == 1
    shown = await fair.get(f"{OFFERS}/{known.json()['id']}", "teacher")
    assert shown.json()["next_free"] == "2025-11-25"
    fair.clock.advance(days=60)
    assert await count_daily(*fair.state) == 1
    assert await listed(fair, "sort=next_free") == []


CROWD = 20_000
_CROWD = """
insert into offers (id, version, region, host_id, format, state, drafted_at, levels, subjects,
    languages, places, document, latitude, longitude, lead_days, host_listed, host_rank, free_days,
    next_free, counted_on, data)
select gen_random_uuid(), 2, 'FRH0', lpad((n % 500)::text, 32, '0')::uuid,
    case n % 50 when 0 then 'guest-lesson' else 'company-visit' end, 'published', now(),
    array[case n % 100 when 0 then '2' else '3' end], array['matiere ' || n % 300],
    array[case n % 100 when 0 then 'br' else 'fr' end],
    array[case n % 100 when 0 then 'online' else 'company' end],
    to_tsvector('simple', 'visite optique' || n % 300), 47 + n * 37 % 200 / 100.0,
    -4 + n % 401 / 100.0, 21, true, n % 1000 / 1000.0,
    datemultirange(daterange('2025-10-01'::date + n % 900, '2025-10-03'::date + n % 900)),
    '2025-10-01'::date + n % 900, '2025-10-01', cast(:data as jsonb)
from generate_series(1, :crowd) as n
"""


async def test_no_search_reads_the_whole_table(fair: Any) -> None:
    known = await fair.published()
    asked: list[tuple[str, Any]] = []

    def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "FROM offers" in statement:
            asked.append((statement, parameters))

    database = fair.app.state.database
    async with database.transaction() as session:
        data = await session.scalar(text("select data::text from offers"))
        await session.execute(text(_CROWD), {"data": data, "crowd": CROWD})
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as alone:
        await alone.exec_driver_sql("vacuum analyze offers")
    here = "latitude=48.1&longitude=-1.6"
    queries = (
        *("", "q=optique17", "subject=matiere 17", "level=2", "format=guest-lesson"),
        *("language=br", "place=online", f"host_id={UUID(int=17)}", f"{here}&km=5"),
        *(f"{here}&km=5&sort=distance", "sort=next_free", "still_free=true&sort=next_free"),
        *("date_from=2026-11-04&date_to=2026-11-05", "level=3&q=optique17&still_free=true"),
    )
    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    for query in queries:
        assert await listed(fair, query), query
    for path in (f"?state=draft&host_id={fair.host}", "?state=published", ""):
        assert (await fair.get(f"{OFFERS}/managed{path}", "coordinator")).status_code == 200
    event.remove(database.engine.sync_engine, "before_cursor_execute", heard)
    assert len(asked) == len(queries) + 3
    assert known.json()["state"] == "published"
    async with database.engine.connect() as connection:
        for statement, parameters in asked:
            rows = await connection.exec_driver_sql(f"explain {statement}", parameters)
            plan = "\n".join(row[0] for row in rows)
            assert "Seq Scan" not in plan, f"{statement}\n{plan}"
