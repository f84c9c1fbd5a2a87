"""A pytest plugin: migrated databases, tokens, a clock that stands still."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from triskel.chassis.clock import FixedClock
from triskel.chassis.migrations import migrate
from triskel.chassis.testing.tokens import Tokens

FreshDatabase = Callable[[Path], Coroutine[Any, Any, str]]


@pytest.fixture(scope="session")
def fresh_database(postgres_url: str) -> FreshDatabase:
    """Gives the URL of a new database with a service's migrations: a copy of a template, which is
    migrated once a run."""
    templates: dict[Path, str] = {}
    turn = asyncio.Lock()

    def url(name: str) -> str:
        return postgres_url.rsplit("/", 1)[0] + f"/{name}"

    async def fresh(migrations: Path) -> str:
        name = f"test_{uuid4().hex[:12]}"
        async with turn:
            admin = await asyncpg.connect(postgres_url)
            try:
                if migrations not in templates:
                    template = f"template_{uuid4().hex[:12]}"
                    await admin.execute(f"create database {template}")
                    await migrate(url(template), migrations)
                    templates[migrations] = template
                await admin.execute(
                    f"create database {name} template {templates[migrations]} strategy file_copy"
                )
            finally:
                await admin.close()
        return url(name)

    return fresh


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
