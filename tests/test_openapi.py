"""Every route of every service under schemathesis: no 5xx, and no answer that OpenAPI lacks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

from triskel.chassis.auth import ORGANISATION_HEADER, person_of
from triskel.chassis.clock import FixedClock
from triskel.chassis.service import create_app
from triskel.chassis.settings import ServiceSettings
from triskel.chassis.testing import Tokens, deliver, examples, on_a_socket, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts.catalogue import SERVICES, topics_read_by
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MEMBER_AS

CHECKS: list[Any] = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
]
CONTRACTS = Path(__file__).parents[1] / "contracts" / "examples"
CASES_A_ROUTE = 8
# the routes that watch or serve pages answer without a look at what is asked
WATCH = r"^/(livez|readyz|metrics|asyncapi|docs|openapi)"


@contextmanager
def served(
    app: FastAPI, settings: ServiceSettings, first: Callable[[], Awaitable[None]]
) -> Iterator[str]:
    """The application over TCP, in a thread and on an event loop of its own; its address."""
    with start_blocking_portal() as portal:
        portal.call(first)
        with portal.wrap_async_context_manager(on_a_socket(app, settings)) as port:
            yield f"http://127.0.0.1:{port}"


class Place:
    """A service with something in it, who may call it, and the ids that it knows."""

    def __init__(self, service: str, url: str, kafka: str, key: Path | None = None) -> None:
        self._url, self.tokens = url, Tokens()
        self._rng, self._known = Random(service), [str(uuid4())]
        spec = import_module(f"triskel.{service}.main").SPEC
        more: dict[str, Any] = {
            "notifications": {"smtp_url": "smtp://localhost", "mail_from": "a@b.example"},
            "activities": {"badge_key_file": key, "public_url": "http://activities.test"},
        }.get(service, {})
        self.settings = settings_for(spec.settings, url, self.tokens, kafka_bootstrap=kafka, **more)
        clock = FixedClock(datetime(2025, 10, 1, 8, tzinfo=UTC))
        self.app: FastAPI = create_app(
            spec, self.settings, clock=clock, connect=False, fetch=self.tokens.fetch
        )
        self._heard = [topic.name for topic in topics_read_by(service)]

    async def hear(self) -> None:
        """The contracts' own examples, so that there is something to find."""
        for topic in self._heard:
            state = self.app.state
            events = examples(CONTRACTS, topic)
            await deliver(state.database, state.consumers, *events)
        await self.app.state.database.close()

    def look_around(self) -> None:
        """Learn the ids of everything that is there now."""
        self._known = asyncio.run(self._ids()) or self._known

    async def _ids(self) -> list[str]:
        connection = await asyncpg.connect(self._url)
        try:
            tables = await connection.fetch(
                "select table_name from information_schema.columns where column_name = 'id' "
                "and data_type = 'uuid' and table_schema = 'public' order by 1"
            )
            found: list[str] = []
            for (table,) in tables:
                rows = await connection.fetch(f'select id from "{table}" order by id limit 20')
                found += [str(row[0]) for row in rows]
            await connection.executemany(_LET_IN, [self._member(*each) for each in _pairs(found)])
            return found
        finally:
            await connection.close()

    def _member(self, role: Role, organisation_id: str) -> tuple[Any, ...]:
        person = person_of(self.tokens.issuer.issuer, f"{role}-{organisation_id}")
        return uuid4(), organisation_id, person, [MEMBER_AS[role]]

    def somebody(self) -> dict[str, str]:
        """Anybody, mostly somebody who may do something here."""
        role = self._rng.choice((*[Role.COORDINATOR] * 3, Role.HEAD, Role.COMPANY, Role.OPS))
        own = self._rng.choice(self._known)
        bearer = self.tokens.bearer(role, subject=f"{role}-{own}")
        return bearer | ({ORGANISATION_HEADER: own} if role in MEMBER_AS else {})

    def an_id(self) -> str:
        return self._rng.choice(self._known)

    def seldom(self) -> bool:
        return self._rng.random() < 0.2


_LET_IN = """
    insert into memberships (id, version, region, organisation_id, person, roles, state)
    values ($1, 1, 'FRH0', $2, $3, $4, 'active')
"""


def _pairs(organisation_ids: list[str]) -> Iterator[tuple[Role, str]]:
    return product((Role.HEAD, Role.COMPANY), organisation_ids)


async def furnish(address: str, tokens: Tokens) -> None:
    """Post each route's own examples: what OpenAPI shows people must be usable."""
    async with httpx.AsyncClient(base_url=address, timeout=None) as client:
        document = (await client.get("/openapi.json")).json()
        for path, methods in document["paths"].items():
            for example in _examples_of(document, methods.get("post", {})):
                answer = await client.post(
                    path,
                    json=example,
                    headers=tokens.bearer(Role.COORDINATOR) | {"Idempotency-Key": str(uuid4())},
                )
                assert answer.status_code < 500, answer.text


def _examples_of(document: dict[str, Any], operation: dict[str, Any]) -> list[Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    found: list[Any] = schema.get("examples", [])
    return found


@pytest.fixture(scope="module", params=SERVICES)
def place(
    request: pytest.FixtureRequest,
    fresh_database_of_module: FreshDatabase,
    kafka_bootstrap: str,
    badge_key: Path,
) -> Iterator[tuple[Place, str]]:
    migrations = import_module(f"triskel.{request.param}.main").SPEC.migrations
    url = asyncio.run(fresh_database_of_module(migrations))
    place = Place(request.param, url, kafka_bootstrap, badge_key)
    with served(place.app, place.settings, place.hear) as address:
        asyncio.run(furnish(address, place.tokens))
        place.look_around()
        yield place, address


def _is_id(parameter: Any) -> bool:
    return bool(parameter.definition.get("schema", {}).get("format") == "uuid")


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """What the schema allows, and what it does not."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))


def without_examples(document: dict[str, Any]) -> list[str]:
    """The JSON bodies that OpenAPI shows no example of."""
    found: set[str] = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            # a body that may be left out is one of two
            either = [each.get("$ref", "") for each in (schema, *schema.get("anyOf", ()))]
            for reference in filter(None, either):
                body = document["components"]["schemas"][reference.rpartition("/")[2]]
                if not body.get("examples"):
                    found.add(f"{method.upper()} {path}: {reference.rpartition('/')[2]}")
    return sorted(found)


def test_openapi_shows_an_example_of_every_body(place: tuple[Place, str]) -> None:
    document = place[0].app.openapi()
    assert not without_examples(document), "\n".join(without_examples(document))
    for schema in document["components"]["schemas"].values():
        schema.pop("examples", None)
    takes_json = any(
        "application/json" in operation.get("requestBody", {}).get("content", {})
        for methods in document["paths"].values()
        for operation in methods.values()
    )
    assert bool(without_examples(document)) == takes_json


def offences(place: Place, address: str) -> list[str]:
    """Each operation asked a bounded number of times, always the same; what was wrong, once."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(path_regex=WATCH)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert operations
    return sorted(set().union(*(_offences_of(operation, place) for operation in operations)))


def _offences_of(operation: Any, place: Place) -> set[str]:
    found: set[str] = set()
    ids = [parameter.name for parameter in operation.path_parameters if _is_id(parameter)]

    @settings(
        max_examples=CASES_A_ROUTE,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_cases(operation))
    def ask(case: Any) -> None:
        for name in ids:
            if not place.seldom():
                case.path_parameters[name] = place.an_id()
        if not place.seldom():
            case.headers.pop(ORGANISATION_HEADER, None)
        try:
            case.call_and_validate(headers=place.somebody(), checks=CHECKS)
        except FailureGroup as wrong:
            found.update(f"{operation.label}: {each}" for each in wrong.exceptions)

    ask()
    return found


def test_no_route_answers_5xx_or_what_openapi_does_not_say(place: tuple[Place, str]) -> None:
    found = offences(*place)
    assert not found, "\n".join(found)


async def _nothing() -> None:
    return None


def test_a_planted_fault_and_a_planted_undocumented_answer_are_found() -> None:
    planted = FastAPI()

    @planted.get("/breaks")
    async def breaks(text: str) -> Response:
        return JSONResponse({}, 500)

    @planted.get("/teapot")
    async def teapot() -> Response:
        return JSONResponse({}, 418)

    nowhere = Place("metrics", "postgresql://nobody@127.0.0.1:9/none", "127.0.0.1:9")
    settings = settings_for(ServiceSettings, "postgresql://nobody@127.0.0.1:9/none", Tokens())
    with served(planted, settings, _nothing) as address:
        found = offences(nowhere, address)
    assert any(line.startswith("GET /breaks: Server error") for line in found), found
    assert any(line.startswith("GET /teapot: Undocumented status") for line in found), found
