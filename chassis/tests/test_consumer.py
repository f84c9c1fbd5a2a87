"""The consumer on real Kafka: each event counts once, where the classic way counts it twice."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from triskel.chassis.kafka import ensure_topics
from triskel.chassis.testing import eventually
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts import Envelope, encode, registry
from triskel.contracts.codes import Role

pytestmark = pytest.mark.connected
HERE = Path(__file__).parent
EXAMPLE = HERE / "example" / "migrations"
NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
EVENTS = 600


def said(key: str, version: int) -> registry.PartnershipProposed:
    return registry.PartnershipProposed(
        partnership=registry.Partnership(
            id=key,
            region="FRH0",
            version=version,
            school_id=uuid4(),
            company_id=uuid4(),
            school_year="2025-2026",
            state="proposed",
            proposed_by=Role.TEACHER,
            proposed_at=NOW,
            answer_by=NOW,
            starts_on=date(2025, 9, 1),
            ends_on=date(2026, 7, 3),
        ),
        by=Role.TEACHER,
    )


async def publish(bootstrap: str, keys: Sequence[str], number: int) -> None:
    """`number` events, the keys in turn."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for each in range(number):
        event = said(keys[each % len(keys)], each // len(keys) + 1)
        envelope = Envelope(
            id=str(uuid4()),
            source="/regions/FRH0/registry",
            type=event.event_type(),
            subject=str(event.aggregate.id),
            time=NOW,
            dataschema=event.dataschema(),
            sequence=event.aggregate.version,
            region="FRH0",
            correlationid="test",
        )
        message = encode(event, envelope)
        headers = list(message.headers)
        await producer.send(message.topic, message.value, message.key, headers=headers)
    await producer.stop()


async def start(way: str, url: str, bootstrap: str, replica: str, die_after: int = 0) -> Process:
    command = [str(HERE / "processes" / "reader.py"), way, bootstrap, replica, str(die_after)]
    # by the environment: every user of a machine can read command lines
    environment = os.environ | {"DATABASE_URL": url}
    return await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)


async def stop(*processes: Process) -> None:
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def additions(url: str, keys: Sequence[str]) -> int:
    connection = await asyncpg.connect(url)
    found = await connection.fetchval(
        "select coalesce(sum(additions), 0) from seen where key = any($1)", list(keys)
    )
    await connection.close()
    return int(found)


async def until_heard(url: str, keys: Sequence[str], number: int) -> None:
    await eventually(lambda: additions(url, keys), lambda found: found >= number)


@pytest.fixture
async def bootstrap(kafka_bootstrap: str) -> str:
    await ensure_topics(kafka_bootstrap)
    return kafka_bootstrap


async def test_killed_between_database_and_kafka_each_event_counts_once_and_classically_twice(
    bootstrap: str, fresh_database: FreshDatabase
) -> None:
    ours, classic = await fresh_database(EXAMPLE), await fresh_database(EXAMPLE)
    keys = [str(uuid4()) for _ in range(20)]
    await publish(bootstrap, keys, EVENTS)
    first = [
        await start("ours", ours, bootstrap, "a", die_after=3),
        await start("classic", classic, bootstrap, "a", die_after=3),
    ]
    assert [await process.wait() for process in first] == [-9, -9]
    assert 0 < await additions(ours, keys) < EVENTS
    again = [
        await start("ours", ours, bootstrap, "a"),
        await start("classic", classic, bootstrap, "a"),
    ]
    await until_heard(ours, keys, EVENTS)
    # the control: what was read before the kill is read again
    await until_heard(classic, keys, EVENTS + 1)
    await stop(*again)
    assert await additions(ours, keys) == EVENTS


async def test_members_that_come_and_go_lose_nothing_and_count_nothing_twice(
    bootstrap: str, fresh_database: FreshDatabase
) -> None:
    url = await fresh_database(EXAMPLE)
    keys = [str(uuid4()) for _ in range(20)]
    members = [await start("ours", url, bootstrap, "b")]
    for round_ in range(3):
        await publish(bootstrap, keys, EVENTS)
        members.append(await start("ours", url, bootstrap, f"c{round_}"))
        await asyncio.sleep(0.7)
    await stop(members[1])
    await publish(bootstrap, keys, EVENTS)
    await until_heard(url, keys, 4 * EVENTS)
    await asyncio.sleep(1)
    await stop(*members)
    assert await additions(url, keys) == 4 * EVENTS
