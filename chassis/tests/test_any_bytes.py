"""Whatever arrives beside good events: each good one is handled once, all others are dead letters.

On a real broker. Kafka takes any bytes as key, value, and names and values of headers.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import memory_records
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import ConsumedRecord, Consumers, DeadLetterLimit, KafkaConsumers
from triskel.chassis.database import Database
from triskel.chassis.kafka import ensure_topics
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing import eventually
from triskel.chassis.testing.deliver import received
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.raw import RawRecord, batch_of, send_raw
from triskel.contracts import InvalidMessage, decode, encode, registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind

pytestmark = pytest.mark.connected
EXAMPLE = Path(__file__).parent / "example" / "migrations"
TOPIC = "registry.organisations"
PARTITIONS = 4
NO_LIMIT = DeadLetterLimit(consecutive_dead_letters=10**9)

some_bytes = st.binary(max_size=30)
names = st.one_of(
    some_bytes.filter(lambda name: name != b"ce_type"),
    st.sampled_from([b"ce_id", b"ce_time", b"ce_sequence", b"content-type", b"\xff\xfe", b""]),
)
values = st.one_of(
    st.none(), some_bytes, st.sampled_from([b"application/cloudevents+json", b"\0", b"None"])
)
# without a type, and without a key for an erasure, none of these is an event
strange = st.one_of(
    st.builds(RawRecord, st.none() | some_bytes, some_bytes, st.lists(st.tuples(names, values))),
    st.builds(RawRecord, st.none(), st.none(), st.lists(st.tuples(names, values))),
)


def event(name: str = "Good", headers: Sequence[tuple[bytes, bytes | None]] = ()) -> RawRecord:
    """A good one; headers that are not ours, before and after, do not matter."""
    state = registry.Organisation(
        id=uuid4(),
        region="FRH0",
        version=1,
        kind=OrganisationKind.COMPANY,
        helix=HELIX_OF[OrganisationKind.COMPANY],
        names={"fr": name},
        status="approved",
    )
    said = registry.OrganisationApproved(organisation=state)
    envelope = received(said).envelope
    assert envelope is not None
    message = encode(said, envelope)
    ours = [(name.encode(), value) for name, value in message.headers]
    return RawRecord(message.key, message.value, [*headers, *ours, *headers])


# one of each kind that was met, in every run
MET = [
    event(headers=[(b"x-note", None)]),
    RawRecord(b"k", b"{", [(b"x-note", None)]),
    RawRecord(None, b"{"),
    RawRecord(b"\xff\0", b"\xff\0", [(b"content-type", None)]),
    RawRecord(b"k", b"{", [(b"\xff\xfe", b"a name that is no UTF-8")]),
    event(headers=[(b"\xff\xfe", None)]),
    RawRecord(b"k", b"{", [(b"ce_id", b"1"), (b"ce_id", b"2"), (b"ce_type", None)]),
    RawRecord(b"k", b"{", [(b"large", b"\0" * 1_000_000)]),
]


class Arena:
    """A reader on a real broker, with a database of its own, and what was sent to it."""

    def __init__(self, bootstrap: str, url: str) -> None:
        self.bootstrap = bootstrap
        self.database = Database(url)
        self.good: set[str] = set()
        self.bad: set[str] = set()
        consumers = Consumers("metrics")

        @consumers.on(TOPIC)
        async def on_organisations(
            session: AsyncSession, records: Sequence[ConsumedRecord]
        ) -> None:
            places = [f"{record.partition}/{record.offset}" for record in records]
            await session.execute(
                text(
                    "insert into seen select place, 1, 1 from unnest(cast(:places as text[])) place"
                    " on conflict (key) do update set additions = seen.additions + 1"
                ),
                {"places": places},
            )
            events = [record.event for record in records if record.event is not None]
            if any(event.aggregate.names["fr"] == "Poison" for event in events):
                raise ValueError("no handler can take it")

        self.kafka_consumers = KafkaConsumers(
            consumers, self.database, Outbox("metrics"), bootstrap, "0", Telemetry("t"), NO_LIMIT
        )

    async def open(self) -> None:
        await ensure_topics(self.bootstrap)
        self.producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await self.producer.start()
        self.ends = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await self.ends.start()
        self.task = asyncio.create_task(self.kafka_consumers.run())

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.producer.stop()
        await self.ends.stop()
        await self.database.close()

    async def send(self, partition: int, good: list[bool], records: list[RawRecord]) -> None:
        first = await send_raw(self.producer, TOPIC, partition, records)
        for offset, is_good in enumerate(good, first):
            (self.good if is_good else self.bad).add(f"{partition}/{offset}")

    async def feed(self, strangers: Sequence[RawRecord], poison: Sequence[RawRecord] = ()) -> None:
        """Each between two good ones, over all partitions; returns when all were read."""
        for partition in range(PARTITIONS):
            good, records = [True], [event()]
            for bad in strangers[partition::PARTITIONS]:
                records += [bad, event()]
                good += [bad.value is not None and b"approved" in bad.value, True]
            for bad in poison:
                records, good = [*records, bad], [*good, False]
            await self.send(partition, good, records)
        await eventually(self.is_read)

    async def is_read(self) -> bool:
        ends = await self.ends.end_offsets([TopicPartition(TOPIC, p) for p in range(PARTITIONS)])
        rows = await self.rows(
            "select partition, next_offset from consumer_offsets where topic = :topic", topic=TOPIC
        )
        stored = dict(rows)
        return all(stored.get(place.partition) == end for place, end in ends.items())

    async def rows(self, statement: str, **given: Any) -> list[Any]:
        async with self.database.reading() as session:
            return [tuple(row) for row in await session.execute(text(statement), given)]

    async def handled(self) -> set[str]:
        return {key for (key,) in await self.rows("select key from seen")}

    async def buried(self) -> set[str]:
        return {
            f"{partition}/{offset}"
            for partition, offset in await self.rows(
                'select partition, "offset" from dead_letters where origin_topic = :topic',
                topic=TOPIC,
            )
        }


def test_each_good_event_is_handled_once_and_every_other_record_is_a_dead_letter(
    kafka_bootstrap: str, fresh_database: FreshDatabase
) -> None:
    with asyncio.Runner() as runner:
        arena = Arena(kafka_bootstrap, runner.run(fresh_database(EXAMPLE)))
        runner.run(arena.open())

        @settings(max_examples=10)
        @given(st.lists(strange, max_size=40))
        def feed(records: list[RawRecord]) -> None:
            runner.run(arena.feed(records))
            assert runner.run(arena.handled()) >= arena.good
            assert runner.run(arena.buried()) >= arena.bad

        try:
            runner.run(arena.feed(MET, [event("Poison")]))
            feed()
            assert len(arena.bad) > 20
            assert not runner.run(arena.handled()) & runner.run(arena.buried())
            assert runner.run(arena.rows("select distinct additions from seen")) == [(1,)]
            # the control: the way it was loses good ones among what it was fed
            taken = runner.run(as_it_was(kafka_bootstrap))
            assert arena.good - taken
        finally:
            runner.run(arena.close())


async def as_it_was(bootstrap: str) -> set[str]:
    """A reader that stores a dead letter as the first version did, and goes on behind a batch that
    raised: which records had an effect."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    places = [TopicPartition(TOPIC, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.start()
    ends = await consumer.end_offsets(places)
    taken: set[str] = set()
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=1000, max_records=100)).values():
            try:
                taken |= {_taken_as_it_was(record) for record in records}
            except Exception:  # FastStream's middleware told it, and its loop went on
                continue
    await consumer.stop()
    return taken


def _taken_as_it_was(record: Any) -> str:
    try:
        decode(record.headers, record.key, record.value)
    except InvalidMessage:
        _ = [(str(name), bytes(value)) for name, value in record.headers]
    return f"{record.partition}/{record.offset}"


def test_names_of_headers_that_are_no_utf_8_are_read_where_aiokafka_alone_raises() -> None:
    records = [
        RawRecord(b"k", b"1", [(b"plain", None)]),
        RawRecord(b"k", b"2", [(b"\xff\xfe", b"x"), ("é".encode(), b"y")]),
        RawRecord(b"k", b"3", [(b"plain", b"z")]),
    ]
    for compression in (0, 1):
        data = batch_of(records, compression)
        ours = fetcher.MemoryRecords(data)
        assert ours.has_next()
        found = list(ours.next_batch())
        assert [record.value for record in found] == [b"1", b"2", b"3"]
        assert [record.offset for record in found] == [0, 1, 2]
        names = [name.encode("utf-8", "surrogateescape") for name, _ in found[1].headers]
        assert names == [name for name, _ in records[1].headers]
        # the control
        with pytest.raises((UnicodeDecodeError, CorruptRecordException)):
            list(memory_records.MemoryRecords(data).next_batch())
