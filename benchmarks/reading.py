"""A reader of a real projection against raw reading, and against an inbox row per event."""

import itertools
import time

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from benchmarks.measuring import (
    PARTITIONS,
    TOPIC,
    Ends,
    Place,
    Ratio,
    alternate,
    beside,
    organisations,
    until,
)
from benchmarks.sending import relay_rate, running_relay
from triskel.chassis.clock import SystemClock
from triskel.chassis.consumer import ConsumedRecord, Consumers, KafkaConsumers
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.contracts import decode
from triskel.metrics.consumers import build_consumers

LOG = 200_000
FILL = 50_000
INBOX_EVENTS = 2_000
FRESH = "truncate organisations, consumer_offsets"


def projection() -> Consumers:
    """The reader of metrics, of that one topic."""
    consumers = build_consumers(Outbox("metrics"), SystemClock())
    consumers.handlers = {TOPIC: consumers.handlers[TOPIC]}
    return consumers


async def consumer_rate(place: Place, replica: str, end: int) -> float:
    """Events a second into the projection, offsets and all, from the beginning of the log; the
    time that joining a group takes is not counted."""
    database = Database(place.url)
    connection = await asyncpg.connect(place.url)
    await connection.execute(FRESH)

    async def stored() -> int:
        return int(await connection.fetchval("select sum(next_offset) from consumer_offsets") or 0)

    async def begun() -> bool:
        return await stored() > 0

    async def read() -> bool:
        return await stored() >= end

    outbox, telemetry = Outbox("metrics"), Telemetry("bench")
    kafka_consumers = KafkaConsumers(
        projection(), database, outbox, place.bootstrap, replica, telemetry
    )
    async with beside(kafka_consumers.run()):
        await until(begun)
        already = await stored()
        seconds = await until(read)
    await connection.close()
    await database.close()
    # a tiny log is read at once
    return (end - already or end) / seconds


async def raw_rate(bootstrap: str, end: int) -> float:
    """Records a second read and decoded, nothing more."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    began, read = time.perf_counter(), 0
    while read < end:
        for records in (await consumer.getmany(timeout_ms=500, max_records=2000)).values():
            for record in records:
                decode(record.headers, record.key, record.value)
            read += len(records)
    seconds = time.perf_counter() - began
    await consumer.stop()
    return end / seconds


async def inbox_rate(place: Place) -> float:
    """Events a second with the same handler, but a transaction and an inbox row for each."""
    database = Database(place.url)
    async with database.transaction() as session:
        await session.execute(text(FRESH))
        await session.execute(text("drop table if exists inbox"))
        await session.execute(text("create table inbox (id text primary key)"))
    handler = projection().handlers[TOPIC]
    known = text("insert into inbox values (:id) on conflict do nothing")
    consumer = AIOKafkaConsumer(bootstrap_servers=place.bootstrap)
    await consumer.start()
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    began, handled = time.perf_counter(), 0
    while handled < place.size(INBOX_EVENTS, 50):
        for record in (await consumer.getmany(timeout_ms=500, max_records=500)).get(partition, ()):
            received = decode(record.headers, record.key, record.value)
            assert received.envelope is not None
            record = ConsumedRecord(
                key=received.key,
                envelope=received.envelope,
                event=received.event,
                topic=TOPIC,
                origin=None,
                partition=record.partition,
                offset=record.offset,
            )
            async with database.transaction() as session:
                await session.execute(known, {"id": received.envelope.id})
                await handler(session, [record])
            handled += 1
    seconds = time.perf_counter() - began
    await consumer.stop()
    await database.close()
    return handled / seconds


async def measure(place: Place) -> list[Ratio]:
    async with running_relay(place), Ends(place.bootstrap) as ends:
        while (end := await ends.total()) < place.size(LOG, 2_000):
            await relay_rate(place, ends, organisations(place.size(FILL, 2_000)))
    number = itertools.count()
    rates = await alternate(
        {
            "consumer": lambda: consumer_rate(place, f"r{next(number)}", end),
            "raw": lambda: raw_rate(place.bootstrap, end),
            "inbox": lambda: inbox_rate(place),
        },
        place,
    )
    ours, unit = rates["consumer"], "events/s"
    return [
        Ratio("consumer ÷ raw read and decode", 0.3, 0.6, ours, rates["raw"], unit),
        Ratio(
            "consumer ÷ a transaction and inbox row per event", 30, 60, ours, rates["inbox"], unit
        ),
    ]
