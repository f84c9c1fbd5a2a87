"""Records that nobody should have sent, beside good ones; a topic that is not what it was."""

import asyncio
import random
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from faults.world import World, until
from triskel.chassis.kafka import ensure_topics

POISONED = "activities.activities"
READERS = ("registry", "notifications", "metrics")
# more consecutive ones than a partition may have (chassis, consumer/dead_letter_limit.py)
SPOILT_RECORDS = 25
# its reader counts what it does not know, and no figure hangs on it here
REMADE, REMADE_READER = "metrics.reference", "metrics"
# what is not noticed by then, on a busy machine too, never will be
NOTICED_SECONDS = 900


async def _producer(world: World) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(bootstrap_servers=world.kafka.bootstrap, max_request_size=2**20)
    await producer.start()
    return producer


async def _send_to_readers(world: World, value: bytes, event_type: str) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", event_type.encode())]
    producer = await _producer(world)
    await producer.send_and_wait(POISONED, value, b"poison", headers=headers)
    await producer.stop()


async def send_poison(world: World, rng: random.Random) -> None:
    """Truncated, wrong and nameless records: a dead letter each, for each of three readers."""
    value = rng.choice((b"{", b'{"activity": {}}', b"\xff\xfe", b"x" * 200_000))
    await _send_to_readers(world, value, "triskel.activities.activity-closed.v1")


async def send_a_giant(world: World, rng: random.Random) -> None:
    """As large as the broker takes: a dead letter whose copy would not fit into a record."""
    value = b"x" * rng.randint(1_000_000, 1_040_000)
    await _send_to_readers(world, value, "triskel.activities.activity-closed.v1")


async def send_from_the_future(world: World, rng: random.Random) -> None:
    """A type that this version does not know is counted and skipped, and no dead letter."""
    kind = f"triskel.activities.activity-dreamt-of.v{rng.randint(2, 9)}"
    await _send_to_readers(world, b"{}", kind)


def is_event(record: Any) -> bool:
    """Whether a service said it: ours have all their attributes."""
    return any(name == "ce_sequence" for name, _ in record.headers)


async def send_random_bytes(world: World, rng: random.Random) -> None:
    """In key, value and headers, on any partition: a dead letter each, for each reader."""
    producer = await _producer(world)
    for _ in range(rng.randint(1, 4)):
        names = [rng.choice(("ce_type", "ce_time", "content-type", "\u00fc", "")) for _ in range(3)]
        headers = [(name, rng.randbytes(rng.randint(0, 20))) for name in names]
        key = rng.choice((None, b"", rng.randbytes(16)))
        value = rng.randbytes(rng.randint(0, 500))
        partition = rng.randrange(4)
        await producer.send_and_wait(POISONED, value, key, partition, headers=headers)
    await producer.stop()


async def _log(world: World, place: TopicPartition, most: int) -> list[Any]:
    """The first records of a partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka.bootstrap)
    await consumer.start()
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    consumer.seek(place, 0)
    records: list[Any] = []
    while len(records) < min(end, most):
        records += next(iter((await consumer.getmany(timeout_ms=1000)).values()), [])
    await consumer.stop()
    return records


async def send_null_headers(world: World, rng: random.Random) -> None:
    """Headers of null value are legal: an event that has them besides is one more copy of it, and
    one whose own are null is a dead letter."""
    place = TopicPartition(POISONED, rng.randrange(4))
    events = [record for record in await _log(world, place, 50) if is_event(record)]
    producer = await _producer(world)
    if events:
        event = rng.choice(events)
        more = [("trace", None), ("content-type", None), ("ce_theirs", None)]
        kept = [(name, value) for name, value in event.headers if name != "content-type"]
        await producer.send_and_wait(
            POISONED, event.value, event.key, place.partition, headers=[*kept, *more]
        )
    nulls = [("ce_type", None), ("ce_id", None), ("content-type", None)]
    await producer.send_and_wait(POISONED, b"{}", None, place.partition, headers=nulls)
    await producer.stop()


async def spoil_a_partition(world: World, rng: random.Random) -> None:
    """One partition gets nothing but what no reader can take: each reader stops there and goes on
    elsewhere, until an operator has decided on every dead letter."""
    partition = rng.randrange(4)
    producer = await _producer(world)
    for _ in range(SPOILT_RECORDS):
        await producer.send_and_wait(POISONED, b"{", b"poison", partition)
    await producer.stop()
    async with asyncio.timeout(NOTICED_SECONDS):
        await asyncio.gather(*(_decide_on_all(world, reader, partition) for reader in READERS))


async def _decide_on_all(world: World, reader: str, partition: int) -> None:
    """Discards what the partition has as dead letters until all of the spoilt ones came."""
    discarded = 0
    while discarded < SPOILT_RECORDS:
        page = await world.operate("GET", reader, "/v1/ops/dead-letters?limit=200")
        for letter in page["items"]:
            if (letter["origin_topic"], letter["partition"]) == (POISONED, partition):
                path = f"/v1/ops/dead-letters/{letter['id']}/discard"
                await world.operate("POST", reader, path)
                discarded += letter["key"] == "poison"
        await asyncio.sleep(0.2)


async def make_a_topic_anew(world: World, rng: random.Random) -> None:
    """Somebody deletes a topic and makes it again: its reader stops, says so, and goes on where an
    operator lets it."""
    await _fill_remade(world)
    await until(lambda: _is_read(world))
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka.bootstrap)
    await admin.start()

    async def gone() -> bool:
        return REMADE not in await admin.list_topics()

    async def made() -> bool:
        return REMADE in await ensure_topics(world.kafka.bootstrap)

    await admin.delete_topics([REMADE])
    await until(gone)
    await admin.close()
    await until(made)
    await _fill_remade(world)
    async with asyncio.timeout(NOTICED_SECONDS):
        await until(lambda: _is_stopped(world))
        for partition in range(4):
            decision = {"topic": REMADE, "partition": partition, "to": "begin"}
            await world.operate("POST", REMADE_READER, "/v1/ops/offsets", decision)
        await until(lambda: _is_read(world))


async def _rows(world: World) -> list[Any]:
    rows = await world.operate("GET", REMADE_READER, "/v1/ops/lag")
    return [row for row in rows or () if row["topic"] == REMADE]


async def _is_read(world: World) -> bool:
    rows = await _rows(world)
    return len(rows) == 4 and not any(row["lag"] or row["stopped"] for row in rows)


async def _is_stopped(world: World) -> bool:
    rows = await _rows(world)
    return len(rows) == 4 and all(row["stopped"] for row in rows)


async def _fill_remade(world: World) -> None:
    """Types of a version to come: counted and skipped, wherever the reader begins."""
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"triskel.metrics.dreamt-of.v9")]
    producer = await _producer(world)
    for partition in range(4):
        await producer.send_and_wait(REMADE, b"{}", b"k", partition, headers=headers)
    await producer.stop()


async def replay_old_records(world: World, rng: random.Random) -> None:
    """Copies of an older part of the log, shuffled: duplicates and reordering in one."""
    topic = rng.choice(("registry.organisations", "activities.activities", "registry.partnerships"))
    place = TopicPartition(topic, rng.randrange(4))
    good = [record for record in await _log(world, place, 300) if is_event(record)]
    rng.shuffle(good)
    producer = await _producer(world)
    for record in good:
        headers = list(record.headers)
        await producer.send(topic, record.value, record.key, place.partition, headers=headers)
    await producer.flush()
    await producer.stop()
