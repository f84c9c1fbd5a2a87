"""Organisations over HTTP: their sites, their history, and what each filter finds."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from triskel.chassis.testing import Tokens, eventually, outbox_events
from triskel.contracts.codes import Role

SITE = {
    "label": "Atelier de Cesson",
    "address": {"municipality": "Cesson-Sévigné", "municipality_code": "35051", "country": "FR"},
    "position": {"latitude": 48.119, "longitude": -1.604},
    "identifier": {"scheme": "siret", "value": "732 829 320 00074"},
}


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment."""
    return Tokens("https://issuer.test", "FRH0", "NL")


@pytest.fixture
def settings_more() -> dict[str, Any]:
    return {"regions": ("FRH0", "NL")}


async def change(platform: Any, known: Any, body: dict[str, Any], who: dict[str, str]) -> Any:
    headers = who | {"If-Match": known.headers["ETag"]}
    path = f"/v1/organisations/{known.json()['id']}"
    return await platform.client.patch(path, json=body, headers=headers)


async def act(platform: Any, known: Any, action: str, who: dict[str, str], body: Any = None) -> Any:
    headers = who | {"If-Match": known.headers["ETag"]}
    path = f"/v1/organisations/{known.json()['id']}/{action}"
    return await platform.client.post(path, json=body, headers=headers)


async def test_whoever_looks_for_what_is_near_finds_it_by_the_nearest_of_its_sites(
    platform: Any,
) -> None:
    rennes, brest = (
        {"latitude": 48.117, "longitude": -1.678},
        {"latitude": 48.39, "longitude": -4.486},
    )
    sites = [{"label": "Brest", "position": brest}, {"label": "Quimper"}]
    known = await platform.organisation("company", position=rennes, sites=sites)
    nowhere = await platform.organisation("company", sites=[{"label": "Brest", "position": brest}])
    await platform.organisation("company", position=rennes)

    async def found(query: str) -> dict[str, float]:
        headers = platform.who(Role.COORDINATOR)
        page = await platform.client.get(f"/v1/organisations?{query}", headers=headers)
        assert page.status_code == 200, page.text
        return {each["id"]: each["distance_km"] for each in page.json()["items"]}

    here = await found("latitude=48.4&longitude=-4.486&km=20")
    assert here == dict.fromkeys((known.json()["id"], nowhere.json()["id"]), 1.11)
    there = await found("latitude=48.117&longitude=-1.678&km=20")
    assert (len(there), there[known.json()["id"]]) == (2, 0)


async def test_an_organisation_has_sites_that_keep_their_ids_and_are_said_as_a_whole(
    platform: Any,
) -> None:
    known = await platform.organisation("company", sites=[SITE])
    (site,) = known.json()["sites"]
    assert site["identifier"] == {"scheme": "siret", "value": "73282932000074"}
    assert known.json()["identifiers"] == []
    host = platform.who(Role.COMPANY, known.json()["id"])
    body = {"sites": [{"label": "Siège"}, SITE | {"id": site["id"], "label": "Cesson"}]}
    known = await change(platform, known, body, host)
    assert [s["label"] for s in known.json()["sites"]] == ["Siège", "Cesson"]
    assert known.json()["sites"][1]["id"] == site["id"]
    said = (await outbox_events(platform.app.state.database))[-1]
    assert (said.changed, len(said.organisation.sites)) == (("sites",), 2)  # type: ignore[attr-defined]
    # an organisation is found by the number of its site
    found = await platform.client.get(
        "/v1/organisations?identifier=siret:73282932000074", headers=host
    )
    assert [item["id"] for item in found.json()["items"]] == [known.json()["id"]]
    known = await change(platform, known, {"sites": []}, host)
    assert known.json()["sites"] == []
    # the number is free again
    assert (await platform.organisation("company", sites=[SITE])).status_code == 201


async def test_of_six_that_give_one_identifier_at_once_five_are_told_which_one_is_taken(
    platform: Any,
) -> None:
    own = {"scheme": "siren", "value": "732829320"}
    answers = await asyncio.gather(
        *(platform.organisation("company", identifiers=[own]) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {platform.rule(answer) for answer in refused} == {(409, "identifier-taken")}
    assert {answer.json()["errors"][0]["field"] for answer in refused} == {"identifiers.siren"}


async def test_a_change_that_waited_for_another_keeps_the_identifiers_that_came_meanwhile(
    platform: Any,
) -> None:
    known = (await platform.organisation("company")).json()["id"]
    who = platform.who(Role.COORDINATOR) | {"If-Match": "*"}
    database = platform.app.state.database

    async def waiting() -> Any:
        async with database.reading() as session:
            return await session.scalar(text("select count(*) from pg_locks where not granted"))

    async with database.transaction() as session:
        change = text("update organisations set version = 2 where id = :id")
        await session.execute(change, {"id": known})
        path = f"/v1/organisations/{known}"
        patch = asyncio.create_task(
            platform.client.patch(path, json={"partnership_capacity": 3}, headers=who)
        )
        await eventually(waiting)
        give = text("insert into identifiers values ('siren', '732829320', :id, null, true)")
        await session.execute(give, {"id": known})
    changed = (await patch).json()
    assert (changed["version"], changed["partnership_capacity"]) == (3, 3)
    assert changed["identifiers"] == [{"scheme": "siren", "value": "732829320"}]


async def test_a_sites_identifier_is_verified_and_belongs_to_one_organisation_or_site(
    platform: Any,
) -> None:
    mine = await platform.organisation("company", sites=[SITE])

    async def rule(**more: Any) -> tuple[int, str]:
        answer: tuple[int, str] = platform.rule(await platform.organisation("company", **more))
        return answer

    wrong = {"scheme": "siret", "value": "73282932000075"}
    assert await rule(sites=[SITE | {"identifier": wrong}]) == (422, "siret-check-digit")
    unit = {"scheme": "siren", "value": "732829320"}
    assert await rule(sites=[SITE | {"identifier": unit}]) == (422, "identifier-of-no-site")
    assert await rule(sites=[SITE]) == (409, "identifier-taken")
    assert await rule(identifiers=[SITE["identifier"]]) == (409, "identifier-taken")
    assert await rule(identifiers=[unit, unit]) == (422, "identifier-twice")
    assert await rule(sites=[SITE, SITE]) == (422, "identifier-twice")
    host = platform.who(Role.COMPANY, mine.json()["id"])
    foreign = await change(platform, mine, {"sites": [{"id": str(uuid4()), "label": "x"}]}, host)
    assert platform.rule(foreign) == (422, "site-unknown")
    assert await platform.said() == ["organisation-approved"]


async def test_a_directory_that_names_a_site_changes_nothing_of_its_organisation(
    platform: Any, imported: Any
) -> None:
    await platform.organisation("company", sites=[SITE])
    content = b"kind;name;scheme;identifier;country\ncompany;Autre;siret;73282932000074;FR\n"
    report = await imported(content, "triskel-template")
    assert (report["created"], report["changed"], report["unchanged"]) == (0, 0, 1)
    assert await platform.said() == ["organisation-approved"]


async def test_an_organisations_history_says_who_did_what_when_and_why(
    platform: Any, imported: Any
) -> None:
    coordinator = platform.who(Role.COORDINATOR)
    known = await platform.organisation("company", platform.who(Role.COMPANY, uuid4()))
    host = platform.who(Role.COMPANY, known.json()["id"])
    known = await act(platform, known, "approve", coordinator)
    platform.clock.advance(days=1)
    known = await change(platform, known, {"partnership_capacity": 3}, host)
    known = await act(platform, known, "suspend", coordinator, {"reason": "Assurance expirée"})
    assert known.json()["status_reason"] == "Assurance expirée"
    path = f"/v1/organisations/{known.json()['id']}"
    for who, reason in ((host, "Assurance expirée"), (platform.who(Role.COMPANY, uuid4()), None)):
        assert (await platform.client.get(path, headers=who)).json()["status_reason"] == reason
    known = await act(platform, known, "reinstate", coordinator)
    assert known.json()["status_reason"] is None
    answer = await platform.client.get(f"{path}/history", headers=host)
    steps = answer.json()["items"]
    assert [(s["version"], s["action"], s["status"], s["by"]) for s in steps] == [
        (1, "register", "applied", "company"),
        (2, "approve", "approved", "coordinator"),
        (3, "update", "approved", "company"),
        (4, "suspend", "suspended", "coordinator"),
        (5, "reinstate", "approved", "coordinator"),
    ]
    assert [s["reason"] for s in steps] == [None, None, None, "Assurance expirée", None]
    assert steps[0]["at"] < steps[2]["at"] == known.json()["updated_at"]
    stranger = platform.who(Role.HEAD, uuid4())
    assert (await platform.client.get(f"{path}/history", headers=stranger)).status_code == 403


async def test_an_imports_steps_are_in_the_history_too(platform: Any, imported: Any) -> None:
    head = "VESTIGINGSCODE;INSTELLINGSNAAM VESTIGING;ONDERWIJSTYPE VO\n"
    first, other = "02VG01;Lyceum;HAVO\n", "02VG02;Mavo;MAVO\n"
    imported.region = "NL"
    await imported((head + first + other).encode(), "nl-duo")
    await imported((head + first.replace("Lyceum", "Zee") + other).encode(), "nl-duo")
    await imported((head + other).encode(), "nl-duo", max_closed=1)
    coordinator = platform.who(Role.COORDINATOR, region="NL")
    found = await platform.client.get("/v1/organisations?identifier=02VG01", headers=coordinator)
    path = f"/v1/organisations/{found.json()['items'][0]['id']}/history"
    steps = (await platform.client.get(path, headers=coordinator)).json()["items"]
    assert [(s["action"], s["by"]) for s in steps] == [
        ("import", "system"),
        ("update", "system"),
        ("close", "system"),
    ]


async def test_a_row_that_is_refused_does_not_close_its_school(
    platform: Any, imported: Any
) -> None:
    head = "VESTIGINGSCODE;INSTELLINGSNAAM VESTIGING;ONDERWIJSTYPE VO\n"
    imported.region = "NL"
    await imported((head + "02VG01;Lyceum;HAVO\n02VG02;Mavo;MAVO\n").encode(), "nl-duo")
    report = await imported((head + "02VG01;;HAVO\n02VG02;Mavo;MAVO\n").encode(), "nl-duo")
    report = await imported(
        (head + "02VG01;;HAVO\n02VG02;Mavo;MAVO\n").encode(), "nl-duo", max_closed=5
    )
    assert (report["refused"], report["closed"]) == (1, 0)


FILTERS = [
    "region=FRH0",
    "nuts3=FRH03",
    "municipality=RENNES",
    "municipality_code=35238",
    "identifier=0350024L",
    "identifier=uai:0350024l",
    "priority_education=true",
    "updated_since=2025-10-01T09:00:00Z",
    "open=false",
    "q=zola",
    "kind=school",
    "status=imported",
    "level=3",
    "latitude=48.11&longitude=-1.67&km=1",
    "sort=updated",
]


async def test_each_filter_finds_what_it_says_and_pages_in_order(platform: Any) -> None:
    rennes = {"municipality": "Rennes", "municipality_code": "35238", "country": "FR"}
    await platform.organisation("company", names={"fr": "Ancien"})
    platform.clock.advance(hours=1)
    wanted = await platform.organisation(
        "school",
        names={"fr": "Zola"},
        nuts3="FRH03",
        address=rennes,
        priority_education=True,
        identifiers=[{"scheme": "uai", "value": "0350024L"}],
    )
    who = platform.who(Role.TEACHER, uuid4())
    for query in FILTERS[1:8]:
        found = await platform.client.get(f"/v1/organisations?{query}", headers=who)
        assert [item["id"] for item in found.json()["items"]] == [wanted.json()["id"]], query
    newest = await platform.client.get("/v1/organisations?sort=updated&limit=1", headers=who)
    assert [item["names"]["fr"] for item in newest.json()["items"]] == ["Ancien"]
    following = await platform.client.get(
        f"/v1/organisations?sort=updated&limit=1&cursor={newest.json()['next']}", headers=who
    )
    assert [item["names"]["fr"] for item in following.json()["items"]] == ["Zola"]
    for query, rule in (
        ("identifier=uai:0350024M", "uai-check-letter"),
        ("identifier=xyz:1", "identifier-scheme-unknown"),
    ):
        refused = await platform.client.get(f"/v1/organisations?{query}", headers=who)
        assert platform.rule(refused) == (422, rule)


_MANY = """
    insert into organisations (id, version, region, kind, status, open, names, search_name, levels,
        address, latitude, longitude, nuts3, priority_education, sites, updated_at)
    select gen_random_uuid(), 1, case n % 50 when 0 then 'FRH0' else 'NL' || n % 40 end,
        case n % 9 when 0 then 'school' else 'company' end,
        case n % 20 when 0 then 'imported' else 'approved' end, n % 60 <> 0,
        jsonb_build_object('fr', 'nom ' || n), 'nom ' || n || repeat(' zola', (n = 7)::int),
        case n % 9 when 0 then '{3}' else '{}' end::text[],
        jsonb_build_object('municipality', 'Ville ' || n % 900, 'municipality_code',
            (n % 900)::text, 'country', 'FR'),
        43 + (n % 700) / 100.0, (n % 900) / 100.0, 'FR' || lpad((n % 100)::text, 3, '0'),
        n % 30 = 0, '[]', timestamptz '2025-09-01' + n * interval '1 minute'
    from generate_series(1, 20000) as n
"""

_MANY_OF_THEM = (
    """
    insert into identifiers (scheme, value, organisation_id, main)
    select 'uai', id, id, true from organisations
    """,
    """
    insert into partnerships (id, version, region, school_id, company_id, school_year, state,
        proposed_by, proposed_at, answer_by, starts_on, ends_on, agreement_number)
    select gen_random_uuid(), 1, 'FRH0', id, id, '2025-2026', 'ended', 'teacher', updated_at,
        updated_at, '2025-09-01', '2026-07-01', 0
    from organisations
    """,
    """
    insert into planned_activities (id, version, host_id, school_id, state, proposed_by)
    select gen_random_uuid(), 1, id, id, 'scheduled', 'host' from organisations
    """,
    """
    insert into contacts (id, version, region, organisation_id, name, email, roles, language,
        languages, channels, confirmed)
    select gen_random_uuid(), 1, region, id, 'X', 'x@x.example', '{}', 'fr', '{}', '{}', true
    from organisations
    """,
    """
    insert into memberships (id, version, region, organisation_id, person, roles, state)
    select gen_random_uuid(), 1, region, id, id, '{}', 'active' from organisations
    """,
    """
    insert into organisation_conflicts (organisation_id, field, region, register_value, since)
    select id, 'pupils', region, '1', updated_at from organisations
    """,
    """
    insert into waiting_entries (id, version, region, organisation_id, side, school_year, state,
        wishes, since, remaining)
    select gen_random_uuid(), 1, region, id, 'host', '2025-2026', 'open', '{}', updated_at, 1
    from organisations
    """,
)


async def test_no_filter_reads_the_whole_table(platform: Any) -> None:
    database, asked = platform.app.state.database, []

    def remember(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    async with database.transaction() as session:
        for statement in (_MANY, *_MANY_OF_THEM, "analyze"):
            await session.execute(text(statement))
    event.listen(database.engine.sync_engine, "before_cursor_execute", remember)
    for query in FILTERS:
        path = f"/v1/organisations?{query}"
        answer = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
        assert answer.status_code == 200, query
    raw = await database.raw()
    plans = [
        (statement, "\n".join(row[0] for row in await raw.fetch(f"explain {statement}", *values)))
        for statement, values in asked
    ]
    await raw.close()
    assert [statement + plan for statement, plan in plans if "Seq Scan" in plan] == []
