"""How long an event takes from its commit to a reader's handler, at 500 events a second."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.debezium import HEADERS, router_row, running_debezium
from benchmarks.measuring import (
    PARTITIONS,
    TOPIC,
    Place,
    Ratio,
    alternate,
    beside,
    organisations,
    outbox_row,
    p99,
    until,
)
from benchmarks.sending import running_relay
from triskel.chassis.consumer import ConsumedRecord, Consumers, KafkaConsumers
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.contracts import Message

RATE = 500
SECONDS = 8
FOREIGN_SECONDS = 2
_OURS = "insert into outbox (topic, key, value, headers) values ($1, $2, $3, $4::jsonb)"
_ROUTED = (
    f"insert into router_outbox (topic, key, value, {', '.join(HEADERS)}) "
    f"values ({', '.join(f'${number}' for number in range(1, 4 + len(HEADERS)))})"
)
Times = dict[str, float]
Say = Callable[[Message], Awaitable[None]]


async def paced(found: Sequence[Message], say: Say) -> Times:
    """Says each at its time, and notes when it was said: committed or handed to the client."""
    said: Times = {}
    began = time.perf_counter()
    for number, each in enumerate(found):
        if (early := began + number / RATE - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        await say(each)
        said[each.key.decode()] = time.perf_counter()
    return said


async def slowest(found: Sequence[Message], say: Say, heard: Times) -> float:
    """The 99th percentile in milliseconds of what was said and heard."""
    said = await paced(found, say)

    async def all_heard() -> bool:
        return said.keys() <= heard.keys()

    await asyncio.wait_for(until(all_heard), 60)
    return p99([max(0.0, heard[key] - at) for key, at in said.items()]) * 1000


@asynccontextmanager
async def handler(place: Place, heard: Times, group: str) -> AsyncIterator[None]:
    """Our reader with a handler that notes when it is called."""
    consumers = Consumers("metrics")

    @consumers.on(TOPIC)
    async def note(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        now = time.perf_counter()
        heard.update((record.key, now) for record in records)

    database = Database(place.url)
    kafka_consumers = KafkaConsumers(
        consumers, database, Outbox("metrics"), place.bootstrap, group, Telemetry("bench")
    )
    async with beside(kafka_consumers.run()):
        yield
    await database.close()


@asynccontextmanager
async def reader(place: Place, heard: Times) -> AsyncIterator[None]:
    """A plain consumer at the end of the log."""
    consumer = AIOKafkaConsumer(bootstrap_servers=place.bootstrap)
    await consumer.start()
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    await consumer.seek_to_end(*partitions)

    async def read() -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                now = time.perf_counter()
                heard.update((record.key.decode(), now) for record in records)

    async with beside(read()):
        yield
    await consumer.stop()


@asynccontextmanager
async def foreign_transactions(url: str) -> AsyncIterator[None]:
    """Somebody who writes elsewhere in the server and takes two seconds for it, half the time."""

    async def hold() -> None:
        connection = await asyncpg.connect(url)
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                async with connection.transaction():
                    await connection.fetchval("select pg_current_xact_id()")
                    await asyncio.sleep(FOREIGN_SECONDS)
                await asyncio.sleep(FOREIGN_SECONDS)
        await connection.close()

    async with beside(hold()):
        yield


async def measure(place: Place) -> list[Ratio]:
    heard: Times = {}
    events = RATE * place.size(SECONDS, 1)
    connection = await asyncpg.connect(place.url)
    producer = AIOKafkaProducer(
        bootstrap_servers=place.bootstrap, acks="all", enable_idempotence=True
    )
    await producer.start()

    async with running_relay(place) as wake, handler(place, heard, "delays"):

        async def commit(message: Message) -> None:
            await connection.execute(_OURS, *outbox_row(message))
            wake.set()

        async def ours() -> float:
            return await slowest(organisations(events), commit, heard)

        async def with_foreign() -> float:
            async with foreign_transactions(place.url):
                return await slowest(organisations(events), commit, heard)

        async def raw() -> float:
            arrived: Times = {}

            async def produce(message: Message) -> None:
                headers = list(message.headers)
                await producer.send(message.topic, message.value, message.key, headers=headers)

            async with reader(place, arrived):
                return await slowest(organisations(events), produce, arrived)

        arms = {"ours": ours, "foreign": with_foreign, "raw": raw}
        found = await alternate(arms, place)
    async with running_debezium(place), running_relay(place) as wake:

        async def route(message: Message) -> None:
            await connection.execute(_ROUTED, *router_row(message))

        async def consumed(say: Say) -> float:
            arrived: Times = {}
            async with reader(place, arrived):
                return await slowest(organisations(events), say, arrived)

        peers = await alternate(
            {"relay": lambda: consumed(commit), "Debezium": lambda: consumed(route)}, place
        )
    await producer.stop()
    await connection.close()
    ours_, unit = found["ours"], "ms"
    return [
        Ratio("commit to handler ÷ raw, p99", 2.5, 1.5, ours_, found["raw"], unit, at_most=True),
        Ratio(
            "that p99 beside foreign 2 s transactions ÷ without",
            *(2, 1.2),
            found["foreign"],
            ours_,
            unit,
            at_most=True,
        ),
        Ratio(
            "commit to consumer, p99 ÷ Debezium's",
            *(1, 0.5),
            peers["relay"],
            peers["Debezium"],
            unit,
            at_most=True,
        ),
    ]
