"""Delivers events to consumers in tests, each one twice, old versions after new ones."""

import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from aiokafka import ConsumerRecord, TopicPartition
from faststream.kafka import TestKafkaBroker
from faststream.kafka.testing import FakeConsumer
from sqlalchemy import text

from triskel.chassis.consumer import (
    Consumers,
    KafkaConsumers,
    PartitionBatch,
    dead_letters,
    offsets,
)
from triskel.chassis.consumer.subscription import Subscription
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.contracts import Envelope, Event, Received, decode, encode, tombstone


def received(event: Event, number: int = 1) -> Received:
    """An event as a consumer gets it: encoded and decoded again."""
    state = event.aggregate
    envelope = Envelope(
        id=f"0199a1b3-0000-7000-8000-{number:012x}",
        source=f"/regions/{state.region}/{event.owner}",
        type=event.event_type(),
        subject=str(state.id),
        time=datetime(2025, 10, 1, 8, tzinfo=UTC),
        dataschema=event.dataschema(),
        sequence=state.version,
        region=state.region,
        correlationid=f"test-{number}",
    )
    message = encode(event, envelope)
    return decode(message.headers, message.key, message.value)


class _MemoryConsumer(FakeConsumer):
    """FastStream's consumer without Kafka; what it is handed lies behind the stored offsets."""

    def __init__(self, positions: dict[TopicPartition, int]) -> None:
        self._positions = positions

    def batches(self, records: Sequence[ConsumerRecord]) -> list[PartitionBatch]:
        partition = TopicPartition(records[0].topic, records[0].partition)
        return [PartitionBatch(partition, self._positions[partition], records)]

    def assignment(self) -> set[TopicPartition]:
        return set()


async def deliver(
    database: Database,
    consumers: Consumers,
    *events: Event | Received,
    seed: int = 1,
    origin: str | None = None,
) -> None:
    """Delivers every event twice, as the bus may, by FastStream's test broker: through the
    middlewares, the decoding and the transaction of a real batch. First each topic's events in
    their order, then all of them again in another order, old versions after newer ones. `origin` is
    the region whose mirror brings them.

    Raises `AssertionError` for what becomes a dead letter.
    """
    items = [
        (event if isinstance(event, Received) else received(event, number))
        for number, event in enumerate(events, 1)
    ]
    again = list(items)
    random.Random(seed).shuffle(again)
    outbox, telemetry = Outbox(consumers.reader), Telemetry(consumers.reader)
    service = KafkaConsumers(consumers, database, outbox, "memory:9092", "test", telemetry)
    async with TestKafkaBroker(service.broker()):
        for delivered in (items, again):
            for topic, run in groupby(delivered, _topic):
                subscription = service.subscriptions[consumers.group(topic)]
                await _hand_over(database, subscription, list(run), origin)


def _topic(item: Received) -> str:
    # in these tests a tombstone is of the only topic that has tombstones
    return "registry.contacts" if item.event is None else type(item.event).topic


async def _hand_over(
    database: Database, subscription: Subscription, items: Sequence[Received], origin: str | None
) -> None:
    topic = subscription.topic if origin is None else f"{origin}.{subscription.topic}"
    partition, processor = TopicPartition(topic, 0), subscription.processor
    if partition not in processor.positions:
        async with database.transaction() as session:
            await offsets.start_at_zero(session, processor.group, [partition])
            stored = (await offsets.load(session))[processor.group]
        processor.positions[partition] = stored[partition].next_offset
        subscription.subscriber.consumer = _MemoryConsumer(processor.positions)
    begin = processor.positions[partition]
    records = [_record(item, partition, offset) for offset, item in enumerate(items, begin)]
    await subscription.subscriber.process_message(tuple(records))
    async with database.reading() as session:
        letters = await dead_letters.list_waiting(session, 0, 1)
    assert not letters, letters[0].reason


def _record(item: Received, partition: TopicPartition, offset: int) -> ConsumerRecord:
    if item.event is None or item.envelope is None:
        message = tombstone(partition.topic, item.key)
    else:
        message = encode(item.event, item.envelope)
    now = round(time.time() * 1000)
    sizes = (len(message.key), len(message.value or b""))
    return ConsumerRecord(
        *partition, offset, now, 0, message.key, message.value, None, *sizes, message.headers
    )


def examples(directory: Path, topic: str) -> list[Received]:
    """The contracts' examples of a topic, so that consumers are tested with the owner's
    messages."""
    found = []
    for path in sorted(directory.glob("*/*.json")):
        example = json.loads(path.read_text(encoding="utf-8"))
        headers = [(name, value.encode()) for name, value in example["headers"].items()]
        item = decode(headers, example["key"].encode(), json.dumps(example["value"]).encode())
        if item.event is not None and type(item.event).topic == topic:
            found.append(item)
    return sorted(found, key=lambda item: item.event.aggregate.version if item.event else 0)


async def outbox_events(database: Database) -> list[Event]:
    """The events recorded so far, in order; without tombstones."""
    async with database.reading() as session:
        rows = await session.execute(
            text("select headers, key, value from outbox where value is not null order by id")
        )
        found = [
            decode(
                [(name, text.encode()) for name, text in headers.items()], key.encode(), value
            ).event
            for headers, key, value in rows
        ]
    return [event for event in found if event is not None]
