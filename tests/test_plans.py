"""Every list of the registry and the activities on 100,000 rows a table: no query that a request
makes reads a whole table.

The rows are copies of real ones, with other ids, times and words. The plans are those of the very
statements that a request sends, with their parameters.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from triskel.chassis.testing import ApiClient, Tokens, deliver, examples
from triskel.chassis.testing.fixtures import StartService
from triskel.contracts.catalogue import topics_read_by
from triskel.contracts.codes import Role

CONTRACTS = Path(__file__).parents[1] / "contracts" / "examples"
ROWS = 100_000
COPIES_REFERRED_TO = 500
LARGE_ROWS = 5_000
"""A table with fewer rows may well be read whole."""
BUS = {"outbox", "idempotency_keys", "alembic_version", "relay_cursor", "consumer_offsets"}
FEW = {"calendars", "regions"}
"""A row a region and one for each of its school years, which are read together."""
VALUES = {
    "q": "emile zola",
    "nuts3": "FRH03",
    "municipality": "Rennes",
    "municipality_code": "35238",
    "identifier": "0350024L",
    "subject": "physique-chimie",
    "language": "fr",
    "school_year": "2025-2026",
    "latitude": 48.1,
    "longitude": -1.7,
    "km": 10,
    "region": "FRH0",
}
"""What is asked for, by parameter, where OpenAPI does not tell."""
READ_WHOLE: dict[str, set[str]] = {
    # one short row a host, joined to every candidate: a hash of all is quicker than so many looks
    "/v1/matching/waiting-schools": {"host_responsiveness"},
    # a sum reads all that has cost lines, and here one region has everything
    "/v1/budgets": {"activities"},
}
TOGETHER = {"latitude", "longitude", "km"}


async def multiply(url: str) -> set[str]:
    """Copy each table's rows until it has `ROWS`: other ids, later times, longer words. Gives the
    tables that are large now."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")  # no foreign keys
        tables = await connection.fetch(
            "select table_name from information_schema.tables where table_schema = 'public' "
            "and table_type = 'BASE TABLE' order by 1"
        )
        kept = BUS | FEW
        copied = [name for (name,) in tables if name not in kept and not name.startswith("outbox")]
        # to make an index of all rows at once takes a fraction of what it takes row by row
        indexes = await connection.fetch(
            "select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made "
            "from pg_index where not indisunique and indrelid::regclass::text = any ($1)",
            copied,
        )
        for index in indexes:
            await connection.execute(f"drop index {index['name']}")
        for table in copied:
            if count := await connection.fetchval(f'select count(*) from "{table}"'):
                await _multiply(connection, table, count)
        await connection.execute("set maintenance_work_mem = '256MB'")
        for index in indexes:
            await connection.execute(index["made"])
        await connection.execute("analyze")
        found = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and reltuples > $1", LARGE_ROWS
        )
        return {name for (name,) in found}
    finally:
        await connection.close()


async def _multiply(connection: Any, table: str, count: int) -> None:
    columns = await connection.fetch(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' "
        "order by ordinal_position",
        table,
    )
    copied = ", ".join(_varied(name, kind) for name, kind in columns)
    names = ", ".join(f'"{name}"' for name, _ in columns)
    await connection.execute(
        f'insert into "{table}" ({names}) select {copied} from "{table}" as t, '
        f"generate_series(1, {ROWS // count}) as n on conflict do nothing"
    )


def _varied(name: str, kind: str) -> str:
    column = f't."{name}"'
    # the copy of a row that another refers to has the id by which its copies refer to it
    if kind == "uuid" and name == "id":
        return f"md5({column}::text || n)::uuid"
    if kind == "uuid":
        return f"md5({column}::text || (n % {COPIES_REFERRED_TO} + 1))::uuid"
    if kind == "boolean":
        return f"{column} <> (n % 20 = 0)"
    if kind.startswith("timestamp"):
        return f"{column} + n * interval '1 minute'"
    if kind == "date":
        return f"{column} + n % 300"
    if kind == "double precision":
        return f"{column} + (n % 997) * 0.01"
    if name in ("search_name", "value", "email", "token_hash", "digest", "title"):
        return f"{column} || ' ' || n" if name != "token_hash" else f"md5(n::text || {column})"
    return column


class Planned:
    """The statements of requests, and how PostgreSQL would read for them."""

    def __init__(self, engine: Any) -> None:
        self._asked: list[tuple[str, Any]] = []
        event.listen(engine.sync_engine, "before_cursor_execute", self._remember)

    def _remember(self, _: Any, __: Any, statement: str, parameters: Any, *more: Any) -> None:
        self._asked.append((statement, parameters))

    async def whole_reads(self, connection: Any, large: set[str]) -> set[str]:
        """Large tables that the statements since the last call would read whole."""
        asked, self._asked = self._asked, []
        found: set[str] = set()
        for statement, parameters in asked:
            if not statement.lstrip().lower().startswith(("select", "with")):
                continue
            found |= await self.of(connection, statement, *parameters) & large
        return found

    @staticmethod
    async def of(connection: Any, statement: str, *parameters: Any) -> set[str]:
        """The tables that one statement would read whole."""
        plan = await connection.fetchval(f"explain (format json) {statement}", *parameters)
        return set(_whole(json.loads(plan)[0]["Plan"]))


def _whole(plan: dict[str, Any]) -> list[str]:
    found = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    for below in plan.get("Plans", ()):
        found += _whole(below)
    return found


def questions(document: dict[str, Any], known: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """(path, query) of each list: plain, by each filter alone, in each order."""
    found: list[tuple[str, dict[str, Any]]] = []
    for path, methods in document["paths"].items():
        parameters = {
            p["name"]: p | {"schema": _plain(p["schema"], document)}
            for p in methods.get("get", {}).get("parameters", ())
        }
        if "cursor" not in parameters:
            continue
        path = path.replace("{number}", known.get(path.split("/")[2], ""))
        needed = {
            name: value(parameter, known)
            for name, parameter in parameters.items()
            if parameter["in"] == "query" and parameter["required"]
        }
        found.append((path, needed))
        for name, parameter in parameters.items():
            if parameter["in"] != "query" or name in ("cursor", "limit"):
                continue
            names = TOGETHER if name in TOGETHER else {name}
            for given in values(parameter, known) if len(names) == 1 else [None]:
                query = {each: value(parameters[each], known) for each in names}
                found.append((path, needed | (query if given is None else {name: given})))
    return found


def values(parameter: dict[str, Any], known: dict[str, str]) -> list[Any]:
    if parameter["name"] == "sort":
        found: list[Any] = parameter["schema"]["enum"]
        return found
    return [value(parameter, known)]


def value(parameter: dict[str, Any], known: dict[str, str]) -> Any:
    """One that may be asked: by name, by OpenAPI's example, by its type."""
    name, schema = parameter["name"], parameter["schema"]
    if name in VALUES:
        return VALUES[name]
    if schema.get("format") == "uuid":
        return known.get(name, known["any"])
    if "enum" in schema:
        return schema["enum"][-1]
    if schema.get("format") == "date-time":
        return "2025-11-01T08:00:00+01:00"
    if schema.get("format") == "date":
        return "2025-11-03"
    plain = {"boolean": True, "integer": 2, "number": 2.5}
    if schema.get("type") in plain:
        return plain[schema["type"]]
    raise AssertionError(f"say in VALUES what to ask for by {name!r}")


def _plain(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Without the null that it may be, and with what it refers to."""
    either = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    plain: dict[str, Any] = either[0] if either else schema
    if "$ref" in plain:
        plain = document["components"]["schemas"][plain["$ref"].rpartition("/")[2]]
    return plain


class Seeds:
    """Somebody who fills a service through its own routes, as the region's coordinator."""

    def __init__(self, client: ApiClient, tokens: Tokens) -> None:
        self._client, self._who = client, tokens.bearer(Role.COORDINATOR)

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self._client.post(path, json=body, headers=self._who)
        assert answer.status_code < 300, (path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    async def registry(self) -> dict[str, str]:
        """One of each thing; the ids by the first word of their path."""
        place, year = {"latitude": 48.1, "longitude": -1.7}, "2025-2026"
        school, company = [
            (await self.post("/v1/organisations", body | {"position": place}))["id"]
            for body in (
                {
                    "kind": "school",
                    "names": {"fr": "Lycée Émile Zola"},
                    "levels": ["3"],
                    "identifiers": [{"scheme": "uai", "value": "0350024L"}],
                    "address": {"municipality": "Rennes", "country": "FR"},
                },
                {"kind": "company", "names": {"fr": "Atelier"}, "sector": "26.70"},
            )
        ]
        parties = {"school_id": school, "company_id": company, "school_year": year}
        dates = {"starts_on": "2025-10-15", "ends_on": "2026-07-03"}
        for number in (school, company):
            waits = {"organisation_id": number, "school_year": year}
            await self.post("/v1/waiting-list", waits)
        turn = {"school_year": year, "rank_until": "2025-10-20T16:00:00Z"}
        opened = await self.post("/v1/matching/rounds", turn)
        person = {"name": "Quelqu'un", "email": "q@lycee.example", "roles": ["teacher"]}
        await self.post("/v1/contacts", person | {"organisation_id": school})
        await self.post("/v1/partnerships", parties | dates)
        return {"any": school, "organisations": school, "matching": opened["id"]}

    async def activities(self) -> dict[str, str]:
        """What the contracts' examples tell of, and an offer and a draft of our own."""
        host = "0199a1b2-0002-7000-8000-000000000002"
        school = "0199a1b2-0001-7000-8000-000000000001"
        draft = {"format": "parents-day", "title": "Une soirée", "school_year": "2025-2026"}
        await self.post("/v1/activities", draft | {"host_id": host, "school_id": school})
        season = {"first": "2025-11-03", "last": "2026-06-26", "activities": 6}
        offer = {
            "host_id": host,
            "format": "company-visit",
            "title": "Visite de l'atelier",
            "description": "Une demi-journée dans l'atelier d'optique.",
            "levels": ["3"],
            "subjects": ["physique-chimie"],
            "languages": ["fr"],
            "capacity": 35,
            "places": ["company"],
            "position": {"latitude": 48.1, "longitude": -1.7},
            "seasons": [season | {"weekdays": [2, 4], "half_days": ["morning"]}],
            "lead_days": 21,
        }
        await self.post("/v1/offers", offer)
        return {"any": host, "activities": host, "school_id": school, "host_id": host}


@pytest.mark.parametrize("service", ["registry", "activities"])
async def test_no_list_reads_a_whole_table(
    service: str, start_service: StartService, tokens: Tokens
) -> None:
    spec = import_module(f"triskel.{service}.main").SPEC
    async with start_service(spec) as (client, app):
        for topic in topics_read_by(service):
            events = examples(CONTRACTS, topic.name)
            await deliver(app.state.database, app.state.consumers, *events)
        known = await getattr(Seeds(client, tokens), service)()
        url = app.state.settings.database_url
        large = await multiply(url)
        planned = Planned(app.state.database.engine)
        found: dict[str, set[str]] = {}
        people = {
            "coordinator": tokens.bearer(Role.COORDINATOR),
            "head": tokens.bearer(Role.HEAD, organisation=known["any"]),
        }
        async with asyncpg.create_pool(url, min_size=1) as pool, pool.acquire() as connection:
            for path, query in questions(app.openapi(), known):
                for name, who in people.items():
                    answer = await client.get(path, params=query, headers=who)
                    assert answer.status_code < 500, (path, query, answer.text)
                    whole = await planned.whole_reads(connection, large)
                    if whole - READ_WHOLE.get(path, set()):
                        found[f"{path} {query} as {name}"] = whole
            # the control: a question that no index answers
            control = f"select * from {min(large)} order by version::text"
            assert await planned.of(connection, control)
        assert found == {}
