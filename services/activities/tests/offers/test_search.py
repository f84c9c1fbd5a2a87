"""Offers as schools find them: words, filters, distance, order, pages, and the plans behind."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from triskel.activities.offers.jobs import count_daily
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind

refilling = import_module("triskel.activities.migrations.versions.0010_one_folding_rule")
OFFERS, ACTIVITIES = "/v1/offers", "/v1/activities"
# 9:00 in Rennes, in winter; the clock stands at Wednesday 1 October
TUESDAY = datetime(2025, 11, 4, 8, tzinfo=UTC)
THURSDAY = datetime(2025, 11, 6, 8, tzinfo=UTC)


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


async def test_only_an_approved_open_host_publishes_and_is_found(fair: Any) -> None:
    kind = OrganisationKind.COMPANY
    known = await fair.published()
    assert await fair.listed() == [known.json()["title"]]
    await fair.hear(fair.organisation(fair.host, kind, version=2, status="suspended"))
    assert await fair.listed() == []
    assert fair.rule(await fair.ask(known, TUESDAY)) == (409, "host-not-ready")
    other = await fair.drafted()
    assert "publish" not in other.json()["allowed_actions"]
    assert fair.rule(await fair.act(OFFERS, other, "publish", "host")) == (409, "host-not-ready")
    await fair.hear(fair.organisation(fair.host, kind, version=3))
    assert await fair.listed() == [known.json()["title"]]
    assert (await fair.act(OFFERS, other, "publish", "host")).status_code == 200


async def test_words_are_found_without_accents_and_the_title_weighs_most(fair: Any) -> None:
    await fair.published(title="Découvrir la photonique")
    await fair.published(title="Les métiers", description="Optique et photonique, un peu.")
    await fair.published(title="Céramique", subjects=["Arts plastiques"])
    assert await fair.listed("q=PHOTONIQUE") == ["Découvrir la photonique", "Les métiers"]
    assert await fair.listed("q=metiers") == ["Les métiers"]
    assert await fair.listed("q=decouv photon") == ["Découvrir la photonique"]
    assert await fair.listed("subject=ARTS plastiques") == ["Céramique"]
    assert await fair.listed("q=astronomie") == []
    assert fair.rule(await fair.get(f"{OFFERS}?q=%27%2E", "teacher")) == (
        422,
        "search-without-words",
    )


async def test_words_stored_before_the_one_rule_are_folded_by_the_migration(fair: Any) -> None:
    subjects = ["Arts & métiers", "Œnologie"]
    known = await fair.published(title="Mes vœux", subjects=subjects)
    title = known.json()["title"]
    database = fair.app.state.database
    async with database.transaction() as session:
        old = "subjects = '{œnologie}', document = to_tsvector('simple', 'mes vœux')"
        await session.execute(text(f"update offers set {old}"))
    assert await fair.listed("q=voeux") == []
    async with database.engine.begin() as connection:
        await connection.run_sync(refilling.refill)
    for question in ("q=voeux", "q=OENOLOGIE", "subject=oenologie", "subject=arts métiers"):
        assert await fair.listed(question) == [title], question


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
        assert await fair.listed(query) == [found]
    assert await fair.listed(f"host_id={uuid4()}") == []


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
    assert await fair.listed(f"{here}&sort=distance") == ["Proche", "Vient partout", "Loin"]
    assert await fair.listed(f"{here}&km=10") == ["Proche"]
    page = await fair.get(f"{OFFERS}?{here}&km=10", "teacher")
    assert page.json()["items"][0]["distance_km"] == pytest.approx(5, abs=0.05)
    refused = await fair.get(f"{OFFERS}?sort=distance", "teacher")
    assert fair.rule(refused) == (422, "position-missing")


async def test_an_offer_at_its_hosts_own_place_is_found_by_the_nearest_of_its_sites(
    fair: Any,
) -> None:
    far, near = {"latitude": 48.11, "longitude": -1.67}, {"latitude": 47.22, "longitude": -1.55}
    site = said.Site(id=uuid4(), label="Nantes", position=said.Position(**near))
    nowhere = said.Site(id=uuid4(), label="Quimper")
    sites = {"sites": (site, nowhere), "version": 2}
    await fair.hear(fair.organisation(fair.host, OrganisationKind.COMPANY, **sites))
    offer = await fair.published(title="Chez nous")
    await fair.published(title="Ailleurs", position={"latitude": 48.2, "longitude": -1.67})
    here = "latitude=47.25&longitude=-1.55&km=20"
    assert await fair.listed(here) == ["Chez nous"]
    page = await fair.get(f"{OFFERS}?{here}&sort=distance", "teacher")
    assert page.json()["items"][0]["distance_km"] == pytest.approx(3.3, abs=0.1)
    assert await fair.listed("latitude=48.11&longitude=-1.67&km=5&sort=distance") == ["Chez nous"]
    path = f"{OFFERS}/{offer.json()['id']}"

    async def moved(position: Any) -> None:
        seen = {"If-Match": f'"{(await fair.get(path, "host")).json()["version"]}"'}
        answer = await fair.client.patch(
            path, json={"position": position}, headers=fair.who("host") | seen
        )
        assert answer.status_code == 200, answer.text

    await moved({"latitude": 48.3, "longitude": -1.67})
    assert await fair.listed(here) == []
    await moved(far)
    assert await fair.listed(here) == ["Chez nous"]
    await fair.hear(fair.organisation(fair.host, OrganisationKind.COMPANY, version=3))
    assert await fair.listed(here) == []


async def test_the_order_tells_no_competitor_how_hosts_answer(fair: Any) -> None:
    here = "latitude=48.0&longitude=-1.67"
    position = {"latitude": 48.0, "longitude": -1.67}
    hosts = {title: uuid4() for title in ("Ignore", "Répond")}
    for title, host in hosts.items():
        await fair.hear(fair.organisation(host, OrganisationKind.COMPANY))
        fair.host = host
        await fair.published(title=title, position=position)
    queries = ("", "q=polissent", here, f"q=polissent&{here}")

    async def orders(who: str) -> list[list[str]]:
        return [await fair.listed(query, who) for query in queries]

    before = await orders("stranger"), await orders("authority")
    await fair.hear(
        measured(hosts["Ignore"], answer_rate=0.1, median_hours=300.0),
        measured(hosts["Répond"], answer_rate=0.9, median_hours=12.0),
    )
    assert (await orders("stranger"), await orders("authority")) == before
    for query, order in zip(queries, before[0], strict=True):
        first = (await fair.get(f"{OFFERS}?{query}&limit=1", "stranger")).json()
        cursor = f"&limit=1&cursor={first['next']}"
        second = await fair.listed(f"{query}{cursor}", "stranger")
        assert [item["title"] for item in first["items"]] + second == order
    for who in ("teacher", "coordinator"):
        assert await orders(who) == [["Répond", "Ignore"]] * len(queries)


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
    assert await fair.listed() == ["Répond", "Inconnu", "Ignore"]
    assert await fair.listed("q=polissent") == ["Répond", "Inconnu", "Ignore"]
    # it is still the host's own affair, and what it publishes next is hidden too
    assert len((await fair.get(f"{OFFERS}/managed", "host")).json()["items"]) == 1
    await fair.published(title="Caché aussi")
    assert "Caché aussi" not in await fair.listed()
    await fair.hear(measured(hosts["Caché"], version=2, answer_rate=1.0, median_hours=0.0))
    assert (await fair.listed())[0] == "Caché"


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
        assert len(await fair.listed(query)) == found, query
    fair.clock.advance(days=20)  # 21 October: the lead time ends on 11 November
    assert await fair.listed("date_from=2025-11-04&date_to=2025-11-10") == []
    over = await fair.get(f"{OFFERS}?date_to=2025-10-10", "teacher")
    assert fair.rule(over) == (422, "period-over")


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
    assert await fair.listed("sort=next_free") == []


@pytest.mark.parametrize(
    ("midnight", "shown", "refused"),
    [
        # half an hour after midnight in Rennes, in summer and in winter: in UTC it is yesterday
        ("2025-10-14T22:30:00+00:00", "2025-11-06", "2025-11-04"),
        ("2025-10-28T23:30:00+00:00", "2025-11-20", "2025-11-18"),
    ],
)
async def test_the_next_free_day_is_one_that_a_request_at_that_moment_gets(
    fair: Any, midnight: str, shown: str, refused: str
) -> None:
    known = await fair.published()
    fair.clock.time = datetime.fromisoformat(midnight) - timedelta(hours=1)
    await count_daily(*fair.state)
    path = f"{OFFERS}/{known.json()['id']}"
    assert (await fair.get(path, "teacher")).json()["next_free"] == refused
    fair.clock.time = datetime.fromisoformat(midnight)
    assert await count_daily(*fair.state) == 1
    assert await count_daily(*fair.state) == 0
    assert (await fair.get(path, "teacher")).json()["next_free"] == shown
    early = await fair.ask(known, datetime.fromisoformat(f"{refused}T08:00:00+00:00"))
    assert fair.rule(early) == (422, "lead-time-too-short")
    given = await fair.ask(known, datetime.fromisoformat(f"{shown}T08:00:00+00:00"))
    assert given.status_code == 201, given.text


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
        assert await fair.listed(query), query
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
