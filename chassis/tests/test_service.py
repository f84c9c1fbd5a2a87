"""A service as ops teams meet it: probes, pages, operations, start and stop."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, text

from triskel.chassis import telemetry
from triskel.chassis.clock import FileClock, FixedClock
from triskel.chassis.consumer import Consumers, rebuild, rebuilding
from triskel.chassis.ddl import OUTBOX_PARTITION_ROWS, OUTBOX_PARTITIONS_AHEAD
from triskel.chassis.migrations import migrate, pending
from triskel.chassis.service import ServiceSpec, Wiring, create_app
from triskel.chassis.settings import EX_CONFIG, ServiceSettings
from triskel.chassis.testing import Tokens, differences, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts.codes import Role
from triskel.sandbox.children import free_port

EXAMPLE = Path(__file__).parent / "example" / "migrations"
GOOD = {
    "TRISKEL_REGIONS": "FRH0",
    "TRISKEL_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/none",
    "TRISKEL_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    "TRISKEL_ISSUERS": json.dumps(
        [{"issuer": "https://i", "jwks_url": "https://i/k", "regions": ["FRH0"]}]
    ),
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRISKEL_")}
    return kept | GOOD | more


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TRISKEL_REGIONS", "Bretagne", "TRISKEL_REGIONS"),
        ("TRISKEL_PORT", "x", "TRISKEL_PORT"),
        ("TRISKEL_KAFKA_BOOTSTRAP", "http://kafka", "host:port"),
        ("TRISKEL_ISSUERS", "not json", "issuers"),
        ("TRISKEL_DATABASE_URL", "mysql://root:secret@h/d", "TRISKEL_DATABASE_URL"),
        ("TRISKEL_LOG_LEVEL", "loud", "TRISKEL_LOG_LEVEL"),
    ],
)
def test_a_wrong_setting_ends_the_start_in_one_readable_line(
    name: str, value: str, told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triskel.activities"],
        env=environment(**{name: value}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EX_CONFIG
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


async def test_without_database_and_broker_a_service_stays_up_not_ready_and_drains_on_sigterm() -> (
    None
):
    port, watch_port = free_port(), free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "triskel.activities"),
        env=environment(TRISKEL_PORT=str(port), TRISKEL_WATCH_PORT=str(watch_port)),
        stderr=asyncio.subprocess.PIPE,
    )
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, timeout=None) as client:
        while True:
            try:
                answer = await client.get("/readyz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if "database" in answer.json()["checks"]:
                break
            await asyncio.sleep(0.2)
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["checks"]["database"]["detail"]
        assert "does not answer" in answer.json()["checks"]["broker"]["detail"]
        assert (await client.get("/livez")).status_code == 200
        # the figures are on a port of their own here
        assert (await client.get("/metrics")).status_code == 404
        watch = f"http://127.0.0.1:{watch_port}"
        assert "triskel_ready 0.0" in (await client.get(f"{watch}/metrics")).text
        assert (await client.get(f"{watch}/livez")).status_code == 200
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert process.returncode in (0, -signal.SIGTERM)
    assert b"Traceback" not in errors
    # each line is JSON, and what could not start was closed
    assert len([json.loads(line) for line in errors.splitlines()]) > 2
    assert b"Unclosed" not in errors
    assert b"secret" not in errors


async def test_readiness_says_what_is_wrong_and_what_to_do(service: Any) -> None:
    await service.app.state.health.check()
    body = (await service.client.get("/readyz")).json()
    assert not body["ready"]
    assert body["checks"]["database"]["ok"]
    assert not body["checks"]["broker"]["ok"]
    async with service.app.state.database.transaction() as session:
        await session.execute(
            text(
                "insert into outbox (at, topic, key, value, headers) "
                "values (now() - interval '5 minutes', 't', 'k', '1', '{}')"
            )
        )
    await service.app.state.health.check()
    outbox = (await service.client.get("/readyz")).json()["checks"]["outbox"]
    assert not outbox["ok"]
    assert re.search(r"1 rows wait, the oldest 3\d\d", outbox["detail"])  # from five minutes on


async def test_the_pages_need_nothing_from_elsewhere(service: Any) -> None:
    docs = (await service.client.get("/docs")).text
    asyncapi = (await service.client.get("/asyncapi")).text
    for page in (docs, asyncapi):
        loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
        assert loaded
        assert all(not each.startswith(("http:", "https:", "//")) for each in loaded), loaded
    assert '"asyncapi": "3' in (await service.client.get("/asyncapi.yaml")).text
    openapi = (await service.client.get("/openapi.json")).json()
    assert "/v1/things" in openapi["paths"]
    assert "Problem" in json.dumps(openapi["components"]["schemas"])


async def test_operations_are_for_ops_alone(service: Any) -> None:
    for path in ("/v1/ops/dead-letters", "/v1/ops/lag", "/v1/ops/bus", "/v1/ops/outbox/parked"):
        headers = service.tokens.bearer(Role.COORDINATOR)
        assert (await service.client.get(path, headers=headers)).status_code == 403
        assert (await service.client.get(path)).status_code == 401
    headers = service.tokens.bearer(Role.OPS)
    listed = await service.client.get("/v1/ops/dead-letters", headers=headers)
    assert listed.json() == {"items": [], "waiting": {}, "next": None}
    away = await service.client.get("/v1/ops/lag", headers=headers)
    assert (away.status_code, away.json()["type"]) == (503, "urn:triskel:problem:broker-away")


async def test_a_parked_key_is_listed_and_released_over_http(service: Any) -> None:
    headers = service.tokens.bearer(Role.OPS)

    async def listed(query: str = "") -> Any:
        path = f"/v1/ops/outbox/parked{query}"
        return (await service.client.get(path, headers=headers)).json()

    async def release(body: dict[str, str]) -> httpx.Response:
        answer: httpx.Response = await service.client.post(
            "/v1/ops/outbox/release", headers=headers, json=body
        )
        return answer

    assert await listed() == {"items": [], "next": None}
    async with service.app.state.database.transaction() as session:
        await session.execute(
            text(
                "with row as (insert into outbox (topic, key, value, headers) "
                "values ('t', 'k/1', 'abc', '{}'), ('t', 'k/1', 'd', '{}'), ('t', 'k/2', 'e', '{}')"
                "returning id, topic, key) "
                "insert into relay_parked select id, topic, key, 'too large' from row"
            )
        )
        # as the relay leaves it when it has come past them
    async with service.app.state.database.transaction() as session:
        await session.execute(text("update relay_cursor set snapshot = pg_current_snapshot()"))
    first, second = (await listed())["items"]
    assert (first["topic"], first["key"], first["rows"], first["bytes"]) == ("t", "k/1", 2, 3)
    page = await listed("?limit=1")
    assert page["items"] == [first]
    assert (await listed(f"?after={page['next']}"))["items"] == [second]
    unknown = await release({"topic": "t", "key": "k/3"})
    assert (unknown.status_code, unknown.json()["errors"][0]["value"]) == (404, "t/k/3")
    assert (await release({"topic": "", "key": "k"})).status_code == 422
    assert (await release({"topic": "t", "key": "k/1"})).json() == {"rows": 2}
    assert (await listed())["items"] == [second]


async def test_a_rebuild_empties_the_projections_and_reads_from_the_beginning(
    service: Any,
) -> None:
    database = service.app.state.database
    async with database.transaction() as session:
        await session.execute(text("insert into seen values ('k', 1, 1)"))
        await session.execute(
            text(
                "insert into consumer_offsets (consumer_group, topic, partition, next_offset) "
                "values ('metrics.registry.organisations', 'registry.organisations', 0, 42)"
            )
        )
    headers = service.tokens.bearer(Role.OPS)
    answer = await service.client.post("/v1/ops/rebuild", headers=headers)
    assert answer.json() == {"rebuilding": ["seen"]}
    async with database.reading() as session:
        assert await session.scalar(text("select count(*) from seen")) == 0
        group = "metrics.registry.organisations"
        left = text("select max(next_offset) from consumer_offsets where consumer_group = :group")
        assert not await session.scalar(left, {"group": group})


async def test_a_reader_is_rebuilding_until_it_is_back_where_it_stood(service: Any) -> None:
    database, consumers = service.app.state.database, service.app.state.consumers
    group = "metrics.registry.organisations"

    async def reads_on_to(offset: int) -> bool:
        async with database.transaction() as session:
            await session.execute(
                text(
                    "insert into consumer_offsets values (:group, 'registry.organisations', 0, :at)"
                    " on conflict (consumer_group, topic, partition)"
                    " do update set next_offset = excluded.next_offset"
                ),
                {"group": group, "at": offset},
            )
            return await rebuilding(session, group)

    assert not await reads_on_to(42)
    for farthest in (7, 0):
        async with database.transaction() as session:
            await rebuild(session, consumers)
            assert await rebuilding(session, group)
        # begun again on its way, it must still come to where it stood at first
        assert await reads_on_to(farthest)
    assert await reads_on_to(41)
    assert not await reads_on_to(42)


async def test_a_service_says_which_migrations_it_lacks_and_never_runs_them_itself(
    postgres_url: str, fresh_database: FreshDatabase
) -> None:
    url = await fresh_database(EXAMPLE)
    assert await pending(url, EXAMPLE) == []
    assert await migrate(url, EXAMPLE) == []
    assert await pending(postgres_url, EXAMPLE) == ["0003", "0002", "0001"]


async def test_a_column_that_no_migration_makes_is_found(fresh_database: FreshDatabase) -> None:
    said = MetaData()
    Table(
        "things",
        said,
        Column("id", Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("colour", Integer),
    )
    found = await differences(await fresh_database(EXAMPLE), said)
    assert any("colour" in each for each in found)
    assert any("state" in each for each in found)


def test_a_clock_file_is_the_time_until_it_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("2025-10-01T10:00:00+02:00")
    clock = FileClock(path)
    assert clock.now().isoformat() == "2025-10-01T08:00:00+00:00"
    path.write_text("2025-10-02T10:00:00+02:00")
    assert clock.now().isoformat() == "2025-10-02T08:00:00+00:00"
    path.write_text("2025-10-02T10:00:00")
    with pytest.raises(ValueError, match="no zone"):
        FileClock(path)


def test_work_that_was_put_aside_goes_on_in_its_trace() -> None:
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with telemetry.continued("mail", "corr-1", "cause-1", parent):
        assert telemetry.correlation_id() == "corr-1"
        assert telemetry.causation_id() == "cause-1"
        now = telemetry.traceparent()
        assert now is not None
        assert now.split("-")[1] == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert now != parent
    assert telemetry.causation_id() is None


async def test_a_request_is_one_span_and_no_span_tells_its_path(service: Any) -> None:
    """A path may hold a secret: a calendar's, a link's."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    spans = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    for path in ("select 'the-secret'", "select sqrt(-1) as the_secret"):
        await service.client.get(f"/v1/open/says/{path}", params={"of": "the-secret"})
    told = [span.to_json() for span in spans.get_finished_spans()]
    assert [span.name for span in spans.get_finished_spans()] == [
        "GET /v1/open/says/{statement}",
        "GET /v1/open/says/{statement}",
    ]
    assert not [each for each in told if "the-secret" in each or "the_secret" in each]
    spans.shutdown()


async def test_writers_never_run_out_of_outbox_even_while_kafka_is_away(
    fresh_database: FreshDatabase, tokens: Tokens, clock: FixedClock, service: Any
) -> None:
    url = service.app.state.database.url
    connection = await asyncpg.connect(url)

    write = "insert into outbox (topic, key, value, headers) values ('t', 'k', '1', '{}')"
    await connection.execute(
        "alter table outbox alter column id restart with "
        f"{OUTBOX_PARTITIONS_AHEAD * OUTBOX_PARTITION_ROWS - 1}"
    )
    await connection.execute(write)
    # the control: without the worker the next row has nowhere to go
    with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
        await connection.execute(write)
    spec = ServiceSpec(
        name="metrics",
        description="An example whose broker is not there.",
        settings=ServiceSettings,
        migrations=EXAMPLE,
        routers=(),
        wire=lambda settings: Wiring(lambda outbox, clock: Consumers("metrics")),
    )
    settings = settings_for(ServiceSettings, url, tokens)
    app = create_app(spec, settings, clock=clock, fetch=tokens.fetch)
    async with app.router.lifespan_context(app):
        while True:
            try:
                await connection.execute(write)
                break
            except asyncpg.CheckViolationError:
                await asyncio.sleep(0.2)
    await connection.close()
