"""A service restored from a dump on another server, with the runbook's own words."""

import asyncio
import os
import re
import shlex
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from triskel.chassis.database import Database
from triskel.chassis.kafka import ensure_topics
from triskel.chassis.relay import Relay, loop, window
from triskel.chassis.service import create_app
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing import Tokens, client_of, eventually, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.topics import records_of
from triskel.contracts.codes import Role
from triskel.registry.main import SPEC
from triskel.registry.settings import Settings
from triskel.sandbox import open_postgres
from triskel.sandbox.postgres import connection_environment, program

pytestmark = pytest.mark.connected
RUNBOOK = Path(__file__).parents[1] / "docs" / "runbook.md"
TOPIC = "registry.organisations"


def as_written(verb: str, url: str, where: Path) -> None:
    """Runs the runbook's command of that name."""
    (line,) = re.findall(rf"^{verb} .*$", RUNBOOK.read_text(encoding="utf-8"), flags=re.M)
    address = connection_environment(url)
    words = shlex.split(line.replace("$PGDATABASE", address["PGDATABASE"]))
    done = subprocess.run(
        [program(verb), *words[1:]],
        cwd=where,
        env=os.environ | address,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def register(url: str, tokens: Tokens, *names: str) -> list[str]:
    app = create_app(SPEC, settings_for(Settings, url, tokens), connect=False, fetch=tokens.fetch)
    found = []
    async with client_of(app) as client:
        for name in names:
            body = {"kind": "company", "names": {"fr": name}}
            headers = tokens.bearer(Role.COORDINATOR)
            answer = await client.post("/v1/organisations", json=body, headers=headers)
            found.append(answer.json()["id"])
    return found


@pytest.fixture
async def another_server(tmp_path: Path) -> AsyncIterator[str]:
    with open_postgres(tmp_path / "postgres") as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("create database restored")
        await connection.close()
        yield server.url.rsplit("/", 1)[0] + "/restored"


async def heard(bootstrap: str) -> set[str]:
    """The keys in the topic."""
    return {record.key.decode() for record in await records_of(bootstrap, TOPIC)}


async def restored(
    fresh_database: FreshDatabase, tokens: Tokens, another_server: str, tmp_path: Path
) -> tuple[set[str], set[str]]:
    """What was said before the dump, the last of it not sent, and what the new server says."""
    url = await fresh_database(SPEC.migrations)
    before = await register(url, tokens, "Avant un", "Avant deux")
    connection = await asyncpg.connect(url)
    # the old server was in use: its transaction ids are far beyond a new one's
    for _ in range(300):
        await connection.fetchval("select pg_current_xact_id()")
    await connection.execute("update relay_cursor set snapshot = pg_current_snapshot()")
    unsent = await register(url, tokens, "Dit et pas envoyé")
    await connection.close()
    as_written("pg_dump", url, tmp_path)
    as_written("pg_restore", another_server, tmp_path)
    return {*before, *unsent}, set(await register(another_server, tokens, "Après"))


@asynccontextmanager
async def relaying(url: str, bootstrap: str) -> AsyncIterator[None]:
    await ensure_topics(bootstrap)
    database = Database(url)
    relay = asyncio.create_task(Relay(database, bootstrap, Telemetry("test")).run())
    yield
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    await database.close()


async def test_a_dump_that_is_restored_on_another_server_loses_no_event(
    fresh_database: FreshDatabase,
    kafka_bootstrap: str,
    tokens: Tokens,
    another_server: str,
    tmp_path: Path,
) -> None:
    before, after = await restored(fresh_database, tokens, another_server, tmp_path)
    async with relaying(another_server, kafka_bootstrap):
        await eventually(lambda: heard(kafka_bootstrap), lambda found: found >= before | after)
    # and it is done once: the next relay finds nothing more to send
    connection = await asyncpg.connect(another_server)
    cursor = await window.take_over(connection)
    assert (await window.read(connection, cursor)).rows == []
    await connection.close()


async def test_the_control_a_relay_that_trusts_a_strangers_transaction_ids_says_nothing_new(
    fresh_database: FreshDatabase,
    kafka_bootstrap: str,
    tokens: Tokens,
    another_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, after = await restored(fresh_database, tokens, another_server, tmp_path)

    async def trusting(connection: Any) -> str:
        found: str = await connection.fetchval("select snapshot::text from relay_cursor")
        return found

    monkeypatch.setattr(window, "_make_all_due", trusting)
    looks = 0

    async def counted(*given: Any) -> window.Window:
        nonlocal looks
        looks += 1
        return await window.read(*given)

    monkeypatch.setattr(loop, "read", counted)
    async with relaying(another_server, kafka_bootstrap):
        await eventually(lambda: looks > 3)  # what a look finds is sent before the next one
    assert await heard(kafka_bootstrap) & after == set()
