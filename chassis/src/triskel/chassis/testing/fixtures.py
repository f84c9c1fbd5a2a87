"""A pytest plugin: migrated databases, tokens, a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI

from triskel.chassis.client import ApiClient
from triskel.chassis.clock import FixedClock
from triskel.chassis.migrations import migrate
from triskel.chassis.service import ServiceSpec, create_app
from triskel.chassis.testing.client import client_of, settings_for
from triskel.chassis.testing.roundtrips import RoundTrips, counting_round_trips
from triskel.chassis.testing.tokens import Tokens

FreshDatabase = Callable[[Path], Coroutine[Any, Any, str]]
StartService = Callable[..., AbstractAsyncContextManager[tuple[ApiClient, FastAPI]]]


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Those of structlog's default take seconds each: they show what every variable holds."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session")
def _templates() -> dict[Path, str]:
    """Names of databases with a service's migrations, to copy from; each is migrated once a run."""
    return {}


@pytest.fixture
async def fresh_database(
    postgres_url: str, _templates: dict[Path, str]
) -> AsyncIterator[FreshDatabase]:
    """Gives the URL of a new database with a service's migrations, which is dropped after the
    test."""
    async with _databases(postgres_url, _templates) as fresh:
        yield fresh


@pytest.fixture(scope="module")
async def fresh_database_of_module(
    postgres_url: str, _templates: dict[Path, str]
) -> AsyncIterator[FreshDatabase]:
    """The same for the tests of a module that share what they look at."""
    async with _databases(postgres_url, _templates) as fresh:
        yield fresh


@asynccontextmanager
async def _databases(server: str, templates: dict[Path, str]) -> AsyncIterator[FreshDatabase]:
    made: list[str] = []
    turn = asyncio.Lock()

    def url(name: str) -> str:
        return server.rsplit("/", 1)[0] + f"/{name}"

    async def fresh(migrations: Path) -> str:
        name = f"test_{uuid4().hex[:12]}"
        async with turn, _administrator(server) as admin:
            if migrations not in templates:
                template = f"template_{uuid4().hex[:12]}"
                await admin.execute(f"create database {template}")
                await migrate(url(template), migrations)
                templates[migrations] = template
            await admin.execute(
                f"create database {name} template {templates[migrations]} strategy file_copy"
            )
            made.append(name)
        return url(name)

    yield fresh
    async with _administrator(server) as admin:
        for name in made:
            await admin.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def _administrator(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def start_service(fresh_database: FreshDatabase, tokens: Tokens, clock: FixedClock) -> StartService:
    """A service on a new database, whose broker is not there, and a client of it, while the context
    lasts. What is given beside its spec are settings."""

    @asynccontextmanager
    async def start(
        spec: ServiceSpec[Any], **more: Any
    ) -> AsyncIterator[tuple[ApiClient, FastAPI]]:
        url = await fresh_database(spec.migrations)
        settings = settings_for(spec.settings, url, tokens, **more)
        app = create_app(spec, settings, clock=clock, connect=False, fetch=tokens.fetch)
        async with client_of(app) as client:
            yield client, app

    return start


@pytest.fixture
async def round_trips(postgres_url: str) -> AsyncIterator[RoundTrips]:
    """Counts how often what connects through it waits for PostgreSQL."""
    async with counting_round_trips(postgres_url) as trips:
        yield trips


@pytest.fixture(scope="session")
def badge_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key that signs certificates."""
    file = tmp_path_factory.mktemp("badges") / "key.pem"
    file.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 1 October 2025, 10:00 in Rennes."""
    return FixedClock(datetime(2025, 10, 1, 8, tzinfo=UTC))
