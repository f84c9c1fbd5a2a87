"""Clients of Kafka: kept where they are asked often, and closed whatever becomes of them."""

import asyncio
import gc
import warnings
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import uvloop
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError

from triskel.chassis import kafka_connections
from triskel.chassis.consumer.faststream_bypass import FetchingConsumer
from triskel.chassis.kafka import BrokerProbe, ensure_topics
from triskel.chassis.relay.sender import WindowSender

NOBODY_LISTENS = "127.0.0.1:9"
SECONDS = 600.0  # that a broker which is there may take on a busy machine


async def test_clients_whose_start_fails_are_closed() -> None:
    async def start() -> None:
        for attempt in (BrokerProbe(NOBODY_LISTENS).problem(5), ensure_topics(NOBODY_LISTENS)):
            try:
                assert "does not answer" in str(await attempt)
            except KafkaError:
                continue
        with pytest.raises(KafkaError):
            async with WindowSender(NOBODY_LISTENS):
                raise AssertionError

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await start()
        gc.collect()
    assert [str(each.message) for each in caught if "Unclosed" in str(each.message)] == []


async def test_a_producer_that_nobody_closes_is_seen() -> None:
    """The control."""

    async def leave_open() -> None:
        with pytest.raises(KafkaError):
            await AIOKafkaProducer(bootstrap_servers=NOBODY_LISTENS).start()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await leave_open()
        gc.collect()
    assert any("Unclosed AIOKafkaProducer" in str(each.message) for each in caught)


@pytest.mark.connected
@pytest.mark.parametrize("changed", [True, False])
async def test_a_start_that_is_cancelled_leaves_no_connection_open_and_aiokafkas_does(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    opened: list[AIOKafkaConnection] = []
    connected, create = asyncio.Event(), kafka_connections._create_conn

    async def note(*where: Any, **options: Any) -> AIOKafkaConnection:
        opened.append(await create(*where, **options))
        connected.set()
        return opened[-1]

    monkeypatch.setattr(kafka_connections, "_create_conn", note)
    if not changed:
        monkeypatch.setattr(AIOKafkaClient, "bootstrap", kafka_connections._bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    starting = asyncio.create_task(admin.start())
    await connected.wait()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await admin.close()
    assert [connection.connected() for connection in opened] == [not changed]
    opened[0].close()


@pytest.mark.connected
@pytest.mark.parametrize("changed", [True, False])
def test_a_client_whose_connection_ended_finds_the_broker_again_and_aiokafkas_never_does(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    """On the event loop of the services; asyncio's takes what is written to an ended connection."""
    if not changed:
        monkeypatch.setattr(AIOKafkaConnection, "send", kafka_connections._send)

    async def finds_it_again() -> bool:
        client = AIOKafkaClient(bootstrap_servers=kafka_bootstrap)
        await client.bootstrap()
        assert await client.force_metadata_update()
        (connection,) = client._conns.values()
        # it ends in the middle of an answer, and nobody has noticed yet
        connection._read_task.cancel()
        connection._reader.feed_data(b"half an answer")
        connection._writer.transport.abort()
        while "closed=True" not in repr(connection._writer.transport):  # noqa: ASYNC110
            await asyncio.sleep(0)
        refreshed = asyncio.ensure_future(client.force_metadata_update())
        await asyncio.wait([refreshed, client._sync_task], return_when=asyncio.FIRST_COMPLETED)
        found = refreshed.done() and not refreshed.result() and await client.force_metadata_update()
        with suppress(RuntimeError):  # what the task ended of, where it has
            await client.close()
        connection.close()
        return bool(found)

    assert uvloop.run(finds_it_again()) is changed


@pytest.mark.connected
async def test_the_broker_is_asked_again_on_the_same_connection(kafka_bootstrap: str) -> None:
    broker = BrokerProbe(kafka_bootstrap)
    assert await broker.problem(SECONDS) is None
    kept = broker._admin
    assert await broker.problem(SECONDS) is None
    assert broker._admin is kept
    await broker.close()
    assert await broker.problem(SECONDS) is None
    assert broker._admin is not kept
    await broker.close()


@pytest.mark.connected
async def test_a_reader_that_waits_gets_the_next_record_and_never_nothing(
    kafka_bootstrap: str,
) -> None:
    """After nothing FastStream sleeps, and what comes meanwhile waits for it."""
    topic = f"test.{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])

    async def failed(error: Exception) -> None:
        raise error

    consumer = FetchingConsumer(
        bootstrap_servers=kafka_bootstrap, on_error=failed, auto_offset_reset="earliest"
    )
    place = TopicPartition(topic, 0)
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        await producer.send_and_wait(topic, b"first")
        await consumer.start()
        consumer.assign([place])
        consumer.start_at(place, 1)
        getting = asyncio.create_task(consumer.getmany(timeout_ms=0))
        await producer.send_and_wait(topic, b"second")
        (records,) = (await getting).values()
    await consumer.stop()
    await admin.delete_topics([topic])
    await admin.close()
    assert [record.value for record in records] == [b"second"]
