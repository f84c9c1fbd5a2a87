"""The relay on real Kafka: killed at any moment it skips nothing and keeps each key's order."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import Relay, loop, outbox_backlog, parked_keys, release_key
from triskel.chassis.relay.window import store
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing import eventually
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.topics import records_of
from triskel.contracts import Message
from triskel.contracts.refusals import Conflict, NotFound

pytestmark = pytest.mark.connected
HERE = Path(__file__).parent
EXAMPLE = HERE / "example" / "migrations"
Row = tuple[str, int]


@pytest.fixture
async def url(fresh_database: FreshDatabase) -> str:
    return await fresh_database(EXAMPLE)


@pytest.fixture
async def topic(kafka_bootstrap: str) -> AsyncIterator[str]:
    name = f"test.{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    limits = {"max.message.bytes": "100000"}
    await admin.create_topics([NewTopic(name, 4, 1, topic_configs=limits)])
    yield name
    await admin.delete_topics([name])
    await admin.close()


async def on_the_wire(bootstrap: str, topic: str) -> list[Row]:
    """Everything in the topic, each partition in its order."""
    found = await records_of(bootstrap, topic)
    return [(record.key.decode(), json.loads(record.value or b"null")) for record in found]


def first_times(rows: list[Row]) -> list[Row]:
    return list(dict.fromkeys(rows))


async def insert(url: str, topic: str, *rows: tuple[str, bytes]) -> None:
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "insert into outbox (topic, key, value, headers) values ($1, $2, $3, '{}')",
        [(topic, key, value) for key, value in rows],
    )
    await connection.close()


async def relayed(database: Database) -> None:
    """Until nothing waits."""

    async def waiting() -> int:
        async with database.reading() as session:
            return (await outbox_backlog(session)).rows

    await eventually(waiting, lambda rows: rows == 0)


async def _write(url: str, topic: str, number: int, keys: list[str], done: asyncio.Event) -> None:
    rng = random.Random(number)
    connection = await asyncpg.connect(url)
    while not done.is_set():
        transaction = connection.transaction()
        await transaction.start()
        key = rng.choice(keys)
        version = await connection.fetchval(
            "update things set version = version + 1 where id = $1 returning version", key
        )
        await connection.execute(
            "insert into outbox (topic, key, value, headers) values ($1, $2, $3, '{}')",
            topic,
            key,
            json.dumps(version).encode(),
        )
        await asyncio.sleep(rng.random() * 0.004)
        await (transaction.rollback() if rng.random() < 0.05 else transaction.commit())
    await connection.close()


async def test_relays_that_are_killed_skip_nothing_and_keep_the_order_of_each_key(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    keys = [str(uuid4()) for _ in range(8)]
    setup = await asyncpg.connect(url)
    await setup.executemany("insert into things (id, version) values ($1, 0)", [(k,) for k in keys])
    command = [sys.executable, str(HERE / "processes" / "relay.py"), kafka_bootstrap]
    # by the environment: every user of a machine can read command lines
    environment = os.environ | {"DATABASE_URL": url}
    done = asyncio.Event()
    writers = [asyncio.create_task(_write(url, topic, number, keys, done)) for number in range(6)]
    looking = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap)
    await looking.start()

    async def arrived() -> int:
        ends = await looking.end_offsets([TopicPartition(topic, number) for number in range(4)])
        return sum(ends.values())

    async def until_more_arrives() -> None:
        before = await arrived()
        await eventually(arrived, lambda now: now > before)

    # two compete all the time; the leader, or who would follow it, is killed again and again
    rng = random.Random(7)
    processes = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(2)]
    await until_more_arrives()
    for _ in range(5):
        victim = rng.randrange(2)
        processes[victim].send_signal(signal.SIGKILL)
        await processes[victim].wait()
        processes[victim] = await asyncio.create_subprocess_exec(*command, env=environment)
        # by whoever leads now; the next kill comes at any moment after it
        await until_more_arrives()
        await asyncio.sleep(rng.uniform(0, 1))
    await eventually(arrived, lambda now: now > 500)
    done.set()
    await asyncio.gather(*writers)
    await looking.stop()
    database = Database(url)
    await relayed(database)
    for process in processes:
        process.kill()
        await process.wait()
    await database.close()
    committed = {
        (row["key"], json.loads(row["value"]))
        for row in await setup.fetch("select key, value from outbox")
    }
    await setup.close()
    sent = await on_the_wire(kafka_bootstrap, topic)
    assert set(sent) == committed
    for key in keys:
        versions = [version for name, version in first_times(sent) if name == key]
        assert versions == sorted(versions)


async def run_until_sent(database: Database, bootstrap: str) -> None:
    relay = asyncio.create_task(Relay(database, bootstrap, Telemetry("test")).run())
    try:
        await relayed(database)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


async def test_a_commit_wakes_the_relay_whichever_replica_it_was_made_in(
    url: str, kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHORTEST_POLL_SECONDS", "LONGEST_POLL_SECONDS"):
        monkeypatch.setattr(loop, name, 3600.0)  # nothing is found by looking
    replicas = [(Database(url), Outbox("example")) for _ in range(2)]
    relays, tasks = [], []
    for database, outbox in replicas:
        relays.append(Relay(database, kafka_bootstrap, Telemetry("test"), outbox.wake))
        tasks.append(asyncio.create_task(relays[-1].run()))
        await eventually(lambda: relays[0].leads)
    for number, (database, outbox) in enumerate([*replicas, *reversed(replicas)]):
        async with database.transaction() as session:
            message = Message(topic, str(number).encode(), b"1", ())
            await outbox.write(session, [message])
        # the cursor is stored at the next look, which never comes here
        await eventually(
            lambda: on_the_wire(kafka_bootstrap, topic),
            lambda rows, sent=number + 1: len(rows) == sent,
        )
    assert [relay.leads for relay in relays] == [True, False]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for database, _ in replicas:
        await database.close()
    assert sorted(await on_the_wire(kafka_bootstrap, topic)) == [(str(n), 1) for n in range(4)]


async def test_a_fault_of_ours_is_counted_and_does_not_end_the_relay(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    database, telemetry = Database(url), Telemetry("test")
    connection = await asyncpg.connect(url)
    # no writer of ours makes such headers
    await connection.execute(
        "insert into outbox (topic, key, value, headers) values ($1, 'k', '1', '[]')", topic
    )
    task = asyncio.create_task(Relay(database, kafka_bootstrap, telemetry).run())
    await eventually(
        lambda: telemetry.registry.get_sample_value(
            "triskel_relay_errors_total", {"kind": "AttributeError"}
        )
    )
    await connection.execute("update outbox set headers = '{}'")
    await eventually(lambda: on_the_wire(kafka_bootstrap, topic), lambda rows: len(rows) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await connection.close()
    await database.close()


async def test_a_row_that_is_too_large_parks_its_key_and_the_others_go_on(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    database = Database(url)
    await insert(url, topic, ("good", b"1"), ("bad", b'"%s"' % (b"x" * 200_000)), ("good", b"2"))
    await run_until_sent(database, kafka_bootstrap)
    await insert(url, topic, ("bad", b"2"), ("good", b"3"))
    await run_until_sent(database, kafka_bootstrap)
    sent = await on_the_wire(kafka_bootstrap, topic)
    assert [row for row in first_times(sent) if row[0] == "good"] == [
        ("good", 1),
        ("good", 2),
        ("good", 3),
    ]
    assert [row for row in sent if row[0] == "bad"] == []
    async with database.reading() as session:
        assert (await outbox_backlog(session)).parked_keys == 1
    # once the cause is mended, a person releases the key and its rows come in order
    connection = await asyncpg.connect(url)
    await connection.execute("update outbox set value = '1' where length(value) > 1000")
    await connection.close()
    async with database.transaction() as session:
        assert await release_key(session, topic, "bad") == 2
    await run_until_sent(database, kafka_bootstrap)
    sent = await on_the_wire(kafka_bootstrap, topic)
    assert [row for row in sent if row[0] == "bad"] == [("bad", 1), ("bad", 2)]
    await database.close()


async def test_a_key_is_not_released_while_newer_rows_of_it_would_overtake_the_older_ones(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    database = Database(url)
    large = b'"%s"' % (b"x" * 200_000)
    await insert(url, topic, ("bad", large), ("control", large))
    await run_until_sent(database, kafka_bootstrap)
    connection = await asyncpg.connect(url)
    await connection.execute("update outbox set value = '1' where length(value) > 1000")
    await insert(url, topic, ("bad", b"2"), ("control", b"2"))
    with pytest.raises(Conflict, match="would send them first"):
        async with database.transaction() as session:
            await release_key(session, topic, "bad")
    # the control: a release that does not look
    await connection.execute(
        "with freed as (delete from relay_parked where key = 'control' returning outbox_id) "
        "insert into outbox (topic, key, value, headers) "
        "select topic, key, value, headers from outbox where id in (select outbox_id from freed)"
    )
    await connection.close()
    await run_until_sent(database, kafka_bootstrap)
    async with database.transaction() as session:
        (parked,) = await parked_keys(session, 0, 10)
        assert (parked.topic, parked.key, parked.rows) == (topic, "bad", 2)
        assert parked.reason == "larger than the topic allows"
        assert await release_key(session, topic, "bad") == 2
    with pytest.raises(NotFound, match="No row of this key is parked"):
        async with database.transaction() as session:
            await release_key(session, topic, "bad")
    await run_until_sent(database, kafka_bootstrap)
    sent = first_times(await on_the_wire(kafka_bootstrap, topic))
    assert [row for row in sent if row[0] == "bad"] == [("bad", 1), ("bad", 2)]
    assert [row for row in sent if row[0] == "control"] == [("control", 2), ("control", 1)]
    await database.close()


async def test_the_tombstone_of_an_erased_key_goes_out_though_the_key_was_parked(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    database, large = Database(url), b'"%s"' % (b"x" * 200_000)
    await insert(url, topic, ("erased", large), ("control", large))
    await run_until_sent(database, kafka_bootstrap)
    async with database.transaction() as session:
        await Outbox("metrics").forget(session, topic, "erased")
    await insert(url, topic, ("control", b"0"))
    await run_until_sent(database, kafka_bootstrap)
    assert await on_the_wire(kafka_bootstrap, topic) == [("erased", None)]
    await database.close()


async def test_the_relay_waits_for_a_broker_that_is_away_and_loses_nothing(
    url: str, kafka_bootstrap: str, topic: str
) -> None:
    database = Database(url)
    await insert(url, topic, ("k", b"1"))
    away = asyncio.create_task(Relay(database, "127.0.0.1:9", Telemetry("test")).run())
    await asyncio.sleep(1)
    assert not away.done()
    away.cancel()
    await asyncio.gather(away, return_exceptions=True)
    async with database.reading() as session:
        backlog = await outbox_backlog(session)
    assert backlog.rows == 1
    assert backlog.oldest_seconds > 0.9
    await run_until_sent(database, kafka_bootstrap)
    assert await on_the_wire(kafka_bootstrap, topic) == [("k", 1)]
    await database.close()


async def test_the_cursor_is_stored_now_and_then_and_when_the_relay_stops_in_good_order(
    url: str, kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each store leaves a dead row that a long snapshot elsewhere keeps
    stored = 0

    async def counted(connection: Any, cursor: Any) -> None:
        nonlocal stored
        stored += 1
        await store(connection, cursor)

    monkeypatch.setattr(loop, "store", counted)
    database, connection = Database(url), await asyncpg.connect(url)

    async def relayed(rows: int) -> int:
        """How often the cursor was stored while so many rows were sent one by one."""
        before, telemetry = stored, Telemetry("test")
        relay = asyncio.create_task(Relay(database, kafka_bootstrap, telemetry).run())
        for number in range(1, rows + 1):
            await insert(url, topic, (str(number), b"1"))
            await eventually(
                lambda: telemetry.registry.get_sample_value("triskel_relay_rows_total"),
                lambda sent, wanted=number: sent == wanted,
            )
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        async with database.reading() as session:
            assert (await outbox_backlog(session)).rows == 0
        return stored - before

    monkeypatch.setattr(loop, "STORE_SECONDS", 3_600)
    assert await relayed(12) <= 2  # once at most at its start, and when it stops
    # the control: with every window
    monkeypatch.setattr(loop, "STORE_SECONDS", 0)
    assert await relayed(12) >= 12
    await connection.close()
    await database.close()
