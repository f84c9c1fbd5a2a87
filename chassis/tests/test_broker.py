"""Clients of Kafka: kept where they are asked often, and closed whatever becomes of them."""

import asyncio
import gc
import warnings
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

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
