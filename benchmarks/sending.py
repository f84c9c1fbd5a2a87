"""The relay against what only sends, and against the outbox that a FastStream user would pick."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from faststream.kafka import KafkaBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.measuring import (
    TOPIC,
    Ends,
    Place,
    Ratio,
    alternate,
    beside,
    fill,
    organisations,
    until,
)
from triskel.chassis.database import Database
from triskel.chassis.relay import Relay
from triskel.chassis.telemetry import Telemetry
from triskel.contracts import Message

EVENTS = 100_000
PEER_EVENTS = 2_000
# its records have no CloudEvents headers, and `reading` reads all of ours
PEER_TOPIC = "activities.offers"


@asynccontextmanager
async def running_relay(place: Place) -> AsyncIterator[asyncio.Event]:
    """A relay in the process that commits, as in a service; the event is what a commit sets."""
    database, wake = Database(place.url), asyncio.Event()
    async with beside(Relay(database, place.bootstrap, Telemetry("bench"), wake).run()):
        yield wake
    await database.close()


async def relay_rate(place: Place, ends: Ends, found: Sequence[Message]) -> float:
    """Rows a second, from the commit of a backlog to the last row in Kafka."""
    already = await ends.total()
    await fill(place.url, found)
    return len(found) / await ends.reach(already + len(found))


async def send_rate(bootstrap: str, found: Sequence[Message]) -> float:
    """Records a second of aiokafka's `send()` in a loop, which reads no database."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    began = time.perf_counter()
    pending = [
        await producer.send(each.topic, each.value, each.key, headers=list(each.headers))
        for each in found
    ]
    await asyncio.gather(*pending)
    seconds = time.perf_counter() - began
    await producer.stop()
    return len(found) / seconds


def librdkafka_rate(bootstrap: str, found: Sequence[Message]) -> float:
    """Records a second of the C library, which reads no database."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 5,
            "queue.buffering.max.messages": len(found) + 1,
            "partitioner": "murmur2_random",
        }
    )
    producer.list_topics(TOPIC)
    failed: list[object] = []

    def delivered(error: object, _: object) -> None:
        if error:
            failed.append(error)

    began = time.perf_counter()
    for each in found:
        producer.produce(
            each.topic, each.value, each.key, headers=list(each.headers), on_delivery=delivered
        )
        producer.poll(0)
    producer.flush()
    seconds = time.perf_counter() - began
    if failed:
        raise RuntimeError(f"librdkafka: {failed[0]}")
    return len(found) / seconds


async def faststream_outbox_rate(url: str, bootstrap: str, found: Sequence[Message]) -> float:
    """Rows a second of `faststream-outbox` as its quickstart has it, with its own defaults."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    metadata = MetaData()
    table = make_outbox_table(metadata, table_name="peer_outbox")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    rows = OutboxBroker(engine, outbox_table=table, logger=None)
    broker = KafkaBroker(bootstrap, logger=None)
    publish = broker.publisher(PEER_TOPIC)

    async def pass_on(body: dict[str, object]) -> dict[str, object]:
        return body

    publish(rows.subscriber("bench")(pass_on))
    async with engine.begin() as connection:
        for each in found:
            headers = {name: value.decode() for name, value in each.headers}
            await rows.publish(each.value, queue="bench", session=connection, headers=headers)
    watcher = await asyncpg.connect(url)
    await broker.start()
    began = time.perf_counter()
    await rows.start()

    async def empty() -> bool:
        return not await watcher.fetchval("select exists (select from peer_outbox)")

    await until(empty)
    seconds = time.perf_counter() - began
    await rows.stop()
    await broker.stop()
    await watcher.close()
    await engine.dispose()
    return len(found) / seconds


async def measure(place: Place) -> list[Ratio]:
    found = organisations(place.size(EVENTS, 2_000))
    few = organisations(place.size(PEER_EVENTS, 20))

    async def librdkafka() -> float:
        return await asyncio.to_thread(librdkafka_rate, place.bootstrap, found)

    async with running_relay(place), Ends(place.bootstrap) as ends:
        rates = await alternate(
            {
                "relay": lambda: relay_rate(place, ends, found),
                "librdkafka": librdkafka,
                "send": lambda: send_rate(place.bootstrap, found),
                "outbox": lambda: faststream_outbox_rate(place.url, place.bootstrap, few),
            },
            place,
        )
    ours, unit = rates["relay"], "rows/s"
    return [
        Ratio("relay ÷ librdkafka, no database", *(0.6, 1.0), ours, rates["librdkafka"], unit),
        Ratio("relay ÷ aiokafka `send()`, no database", 1.0, 1.25, ours, rates["send"], unit),
        Ratio("relay ÷ faststream-outbox as it comes", 3, 5, ours, rates["outbox"], unit),
    ]
