"""Servers on their own: several brokers side by side, and what `kill` and `restart` promise."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from triskel.sandbox import SandboxError, open_kafka, open_postgres

pytestmark = pytest.mark.connected


async def say(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("said", value)


async def heard(bootstrap: str) -> list[bytes | None]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        partition = TopicPartition("said", 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value for _ in range(end)]


async def test_two_brokers_side_by_side_are_strangers_and_each_survives_a_kill(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        with ThreadPoolExecutor(2) as pool:
            opening = [open_kafka(name, tmp_path / name) for name in ("north", "south")]
            brokers = list(pool.map(stack.enter_context, opening))
        north, south = brokers
        assert north.bootstrap != south.bootstrap
        for broker, word in ((north, b"north"), (south, b"south")):
            admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
            await admin.start()
            await admin.create_topics([NewTopic("said", 1, 1)])
            await admin.close()
            await say(broker.bootstrap, word)

        killed = north.child.pid
        north.kill()
        with pytest.raises(ProcessLookupError):
            os.kill(killed, 0)
        assert await heard(south.bootstrap) == [b"south"]
        north.restart()
        assert north.child.pid != killed
        assert await heard(north.bootstrap) == [b"north"]
        assert north.child.log.is_file()


async def test_a_killed_postgres_has_what_was_committed_after_its_restart(tmp_path: Path) -> None:
    with open_postgres(tmp_path, wal_level="logical") as server:
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("show wal_level") == "logical"
        await connection.execute("create table kept as select 42 as answer")
        server.kill()
        connection.terminate()
        server.restart()
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("select answer from kept") == 42
        await connection.close()


def test_the_mark_of_a_dead_postgres_does_not_stop_the_next(tmp_path: Path) -> None:
    with open_postgres(tmp_path) as server:
        server.kill()
    mark = tmp_path / "pgdata" / "postmaster.pid"
    assert mark.exists()
    # its number was given to another program since: to this one
    lines = mark.read_text().splitlines()
    mark.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with open_postgres(tmp_path) as server:
        assert server.child.pid != os.getpid()


def test_a_server_that_cannot_start_says_why_in_one_line_and_where_the_log_is(
    tmp_path: Path,
) -> None:
    with (
        pytest.raises(SandboxError) as told,
        open_postgres(tmp_path, wal_level="nonsense"),
    ):
        pass
    message = str(told.value)
    assert "nonsense" in message
    assert str(tmp_path / "postgresql.log") in message
    assert "\n" not in message
