"""One batch, one transaction: what a reader does with good, bad, strange and repeated records."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import (
    BatchProcessor,
    ConsumedRecord,
    Consumers,
    DeadLetterLimit,
    OffsetConflict,
    PartitionBatch,
    dead_letters,
    latest,
    offsets,
)
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing.deliver import received
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts import encode, registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind
from triskel.contracts.refusals import Conflict

EXAMPLE = Path(__file__).parent / "example" / "migrations"
TOPIC = "registry.organisations"
UPSERT = text(
    """
    insert into seen (key, version, additions) values (:key, :version, 1)
    on conflict (key) do update set version = excluded.version, additions = seen.additions + 1
    where seen.version < excluded.version
    """
)


@dataclass
class Record:
    """As aiokafka gives it."""

    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    key: bytes | None
    topic: str = TOPIC
    partition: int = 0
    timestamp: int = 0


def record(offset: int, name: str = "Atelier", version: int = 1, **more: Any) -> Record:
    state = registry.Organisation(
        id=more.pop("id", None) or uuid4(),
        region=more.pop("region", "FRH0"),
        version=version,
        kind=OrganisationKind.COMPANY,
        helix=HELIX_OF[OrganisationKind.COMPANY],
        names={"fr": name},
        status="approved",
    )
    item = received(registry.OrganisationApproved(organisation=state))
    assert item.envelope is not None
    message = encode(registry.OrganisationApproved(organisation=state), item.envelope)
    known: dict[str, Any] = {
        "value": message.value,
        "headers": list(message.headers),
        "key": message.key,
    }
    return Record(offset, **(known | more))


@dataclass
class Reader:
    database: Database
    processor: BatchProcessor
    telemetry: Telemetry
    consumers: Consumers
    heard: list[str] = field(default_factory=list)

    async def take(self, *records: Record, fetched_from: int | None = None) -> None:
        """As a consumer hands them over: from where it stands, unless it is said otherwise."""
        await hand_over(self.processor, *records, fetched_from=fetched_from)

    def counted(self, outcome: str) -> float:
        labels = {"topic": TOPIC, "outcome": outcome}
        series = self.telemetry.registry
        return series.get_sample_value("triskel_consumer_events_total", labels) or 0

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.reading() as session:
            return list((await session.execute(text(statement))).all())


async def hand_over(
    processor: BatchProcessor, *records: Record, fetched_from: int | None = None
) -> None:
    batches = {}
    for each in records:
        partition = TopicPartition(each.topic, each.partition)
        own = [r for r in records if (r.topic, r.partition) == partition]
        position = processor.positions[partition] if fetched_from is None else fetched_from
        batches[partition] = PartitionBatch(partition, position, own)
    await processor.process(list(batches.values()))


async def begin(processor: BatchProcessor, *partitions: TopicPartition) -> None:
    async with processor._database.transaction() as session:
        await offsets.start_at_zero(session, processor.group, partitions)
        known = (await offsets.load(session))[processor.group]
    processor.positions |= {each: known[each].next_offset for each in partitions}


@pytest.fixture
async def reader(fresh_database: FreshDatabase) -> AsyncIterator[Reader]:
    database = Database(await fresh_database(EXAMPLE))
    consumers, telemetry = Consumers("metrics", projections=["seen"]), Telemetry("test")

    @consumers.on(TOPIC)
    async def on_organisations(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        for record in latest(records):
            if not isinstance(record.event, registry.OrganisationEvent):
                continue  # a tombstone
            if record.event.organisation.names["fr"] == "Poison":
                raise ValueError("no handler can take it")
            reader.heard.append(record.key)
            version = record.event.organisation.version
            await session.execute(UPSERT, {"key": record.key, "version": version})

    processor = BatchProcessor(consumers, TOPIC, database, Outbox("metrics"), telemetry)
    reader = Reader(database, processor, telemetry, consumers)
    await begin(processor, TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1))
    yield reader
    await database.close()


async def test_a_batch_that_comes_again_changes_nothing(reader: Reader) -> None:
    batch = [record(0), record(1)]
    await reader.take(*batch)
    with pytest.raises(OffsetConflict):
        await reader.take(*batch, fetched_from=0)
    assert {row.additions for row in await reader.rows("select * from seen")} == {1}
    assert reader.counted("handled") == 2


async def test_an_old_copy_after_a_newer_one_changes_nothing(reader: Reader) -> None:
    number = uuid4()
    await reader.take(record(0, id=number, version=3))
    await reader.take(record(1, id=number, version=2))
    assert [(r.version, r.additions) for r in await reader.rows("select * from seen")] == [(3, 1)]


async def test_a_reader_that_lost_its_partition_changes_nothing(reader: Reader) -> None:
    other = BatchProcessor(
        reader.consumers, TOPIC, reader.database, Outbox("metrics"), Telemetry("other")
    )
    await begin(other, TopicPartition(TOPIC, 0))
    await hand_over(other, record(0))
    with pytest.raises(OffsetConflict):
        await reader.take(record(0, name="from a zombie"))
    assert len(await reader.rows("select * from seen")) == 1
    # it reads on from where the other one is
    await begin(reader.processor, TopicPartition(TOPIC, 0))
    assert reader.processor.positions[TOPIC, 0] == 1


async def test_an_event_that_no_handler_can_take_is_buried_and_its_neighbours_go_on(
    reader: Reader,
) -> None:
    await reader.take(record(0), record(1, "Poison"), record(2), record(3))
    assert len(await reader.rows("select * from seen")) == 3
    (letter,) = await reader.rows("select * from dead_letters")
    assert (letter.origin_topic, letter.partition, letter.offset) == (TOPIC, 0, 1)
    assert "ValueError" in letter.reason
    # the whole, its first half, and it alone
    assert letter.attempts == 4 + 1 + 1
    (said,) = await reader.rows("select topic, headers from outbox")
    assert said.topic == "metrics.dead-letters"
    assert said.headers["dl_origin"] == f"{TOPIC}/0/1"
    # the control: one transaction for all of them would have lost the neighbours
    async with reader.database.reading() as session:
        with pytest.raises(ValueError, match="no handler"):
            await reader.consumers.handlers[TOPIC](session, [_delivery(record(9, "Poison"))])


def _delivery(bad: Record) -> ConsumedRecord:
    item = received(registry.OrganisationApproved.from_json(bad.value or b""))
    return ConsumedRecord(item.key, item.envelope, item.event, TOPIC, None, 0, bad.offset)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"value": b"{"}, "JSON"),
        ({"value": b'{"organisation": {}}'}, "organisation"),
        ({"value": b"\xff\xfe"}, ""),
        ({"headers": []}, "type"),
        ({"headers": [("ce_type", b"\xff")]}, ""),
    ],
)
async def test_a_record_that_breaks_the_contract_is_buried_with_its_reason(
    reader: Reader, spoil: dict[str, Any], why: str
) -> None:
    await reader.take(record(0), record(1, **spoil), record(2))
    assert len(await reader.rows("select * from seen")) == 2
    (letter,) = await reader.rows("select * from dead_letters")
    assert letter.offset == 1
    assert why.lower() in letter.reason.lower()
    assert letter.value == (spoil.get("value") or letter.value)


async def test_an_unknown_type_is_counted_and_skipped(reader: Reader) -> None:
    strange = record(1)
    strange.headers = [
        (n, b"triskel.registry.organisation-knighted.v1" if n == "ce_type" else v)
        for n, v in strange.headers
    ]
    await reader.take(record(0), strange, record(2))
    assert reader.counted("unknown") == 1
    assert await reader.rows("select * from dead_letters") == []
    assert len(await reader.rows("select * from seen")) == 2


async def test_a_mirror_may_carry_its_own_regions_events_only(reader: Reader) -> None:
    topic = f"es21.{TOPIC}"
    await begin(reader.processor, TopicPartition(topic, 0))
    await reader.take(record(0, region="ES21", topic=topic), record(1, region="FRH0", topic=topic))
    assert len(await reader.rows("select * from seen")) == 1
    (letter,) = await reader.rows("select * from dead_letters")
    assert letter.origin_topic == topic
    assert reader.counted("foreign") == 1


async def test_a_dead_letter_is_listed_shown_redriven_once_or_discarded(reader: Reader) -> None:
    await reader.take(record(0, "Poison"), record(1, value=b"{"))
    async with reader.database.transaction() as session:
        first, second = await dead_letters.list_waiting(session, 0, 10)
        shown = await dead_letters.show(session, first.id)
        assert shown.event_type == "triskel.registry.organisation-approved.v1"
        assert shown.value is not None
        assert "Poison" in shown.value
        # while the cause is there it stays
        with pytest.raises(Exception, match="fails again"):
            await dead_letters.redrive(session, first.id, reader.consumers)
        with pytest.raises(Exception, match="still breaks the contract"):
            await dead_letters.redrive(session, second.id, reader.consumers)
    mended = Consumers("metrics")

    @mended.on(TOPIC)
    async def on_organisations(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        for record in records:
            await session.execute(UPSERT, {"key": record.key, "version": 1})

    async with reader.database.transaction() as session:
        await dead_letters.redrive(session, first.id, mended)
        with pytest.raises(Exception, match="handled already"):
            await dead_letters.redrive(session, first.id, mended)
        await dead_letters.discard(session, second.id)
        assert await dead_letters.waiting(session) == {}
    assert len(await reader.rows("select * from seen")) == 1


async def test_a_header_of_null_value_counts_as_absent_and_the_neighbours_are_taken_too(
    reader: Reader,
) -> None:
    second = record(1)
    second.headers.append(("x-note", None))
    await reader.take(record(0), second, record(2))
    assert len(await reader.rows("select * from seen")) == 3
    assert await reader.rows("select * from dead_letters") == []


async def test_a_portion_is_refused_where_the_one_before_it_was_not_applied(
    reader: Reader,
) -> None:
    """Whatever dropped the first three records: the fourth must not write over the gap."""
    with pytest.raises(OffsetConflict):
        await reader.take(record(3), fetched_from=3)
    assert await reader.rows("select * from seen") == []
    # offsets that compaction took are no gap: the fetch began where the reader stood
    await reader.take(record(3), fetched_from=0)
    assert len(await reader.rows("select * from seen")) == 1


async def test_a_control_that_compares_with_its_own_memory_writes_over_the_gap(
    reader: Reader,
) -> None:
    """As it was: the position moved only when a batch was applied, and the batch after a failed
    one was compared with it."""
    await reader.take(record(3), fetched_from=reader.processor.positions[TOPIC, 0])
    (stored,) = await reader.rows("select next_offset from consumer_offsets where partition = 0")
    assert stored.next_offset == 4, "three records are skipped, and nothing shows it"


ODD: list[dict[str, Any]] = [
    {"key": None},
    {"key": b"\xff\x00"},
    {"key": b"\x00", "value": None, "headers": []},
    {"key": None, "value": None, "headers": []},
    {"headers": [("content-type", None)]},
    {"headers": [("ce_type", None), ("ce_id", b"\xff\x00\xfe")]},
    {"headers": [("ce_id", b"a"), ("ce_id", b"b"), ("", b"")]},
    {"headers": [("\udcff\udcfe", b"name that is no UTF-8"), ("a\0b", b"\0"), ("é", b"\xff")]},
    {"headers": [("large", b"x" * 1_000_000), ("ce_id", b"\0" * 1000)]},
    {"headers": [(f"h{number}", b"y" * 10_000) for number in range(100)]},
    {"value": b"\xff" * 1_000_000},
    {"value": b'{"a": "\\ud800\\u0000"}'},
    {"value": b'{"\\ud800": 1}', "headers": [("content-type", b"application/cloudevents+json")]},
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_a_dead_letter_holds_any_bytes_and_can_be_shown_redriven_and_discarded(
    reader: Reader, odd: dict[str, Any]
) -> None:
    bad = record(1, **({"value": b"{"} | odd))
    await reader.take(record(0), bad, record(2))
    assert len(await reader.rows("select * from seen")) == 2
    (letter,) = await reader.rows("select * from dead_letters")
    assert (letter.raw_key, letter.value) == (bad.key, bad.value)
    # the message for the dead letters' topic fits into a record
    (said,) = await reader.rows("select headers, value from outbox")
    assert len(said.value or b"") + sum(map(len, said.headers.values())) < 1_000_000
    async with reader.database.transaction() as session:
        (listed,) = await dead_letters.list_waiting(session, 0, 10)
        shown = await dead_letters.show(session, listed.id)
        assert len(shown.headers) == len(bad.headers)
        assert [header.value is None for header in shown.headers] == [
            value is None for _, value in bad.headers
        ]
        shown.model_dump_json()
        with pytest.raises(Conflict):
            await dead_letters.redrive(session, listed.id, reader.consumers)
        await dead_letters.discard(session, listed.id)
        assert await dead_letters.waiting(session) == {}


async def test_a_redriven_dead_letter_has_its_own_bytes(reader: Reader) -> None:
    """A handler gets what came, not what could be written as text."""
    bad = record(0, "Poison", key=b"\xff not the key of the event")
    bad.headers.append(("x-note", None))
    await reader.take(bad)
    mended = Consumers("metrics")

    @mended.on(TOPIC)
    async def on_organisations(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await session.execute(UPSERT, {"key": records[0].key, "version": 1})

    async with reader.database.transaction() as session:
        await dead_letters.redrive(session, 1, mended)
    assert len(await reader.rows("select * from seen")) == 1


async def test_a_batch_whose_dead_letters_cannot_be_stored_is_raised_and_nothing_moves(
    reader: Reader,
) -> None:
    async with reader.database.transaction() as session:
        await session.execute(text("alter table dead_letters rename to away"))
    with pytest.raises(ProgrammingError):
        await reader.take(record(0), record(1, value=b"{"))
    (stored,) = await reader.rows("select next_offset from consumer_offsets where partition = 0")
    assert stored.next_offset == 1, "the good one was taken, and the bad one is read again"


async def test_a_partition_with_bad_records_only_reaches_its_limit_beside_a_healthy_one(
    reader: Reader,
) -> None:
    for offset in range(DeadLetterLimit().consecutive_dead_letters):
        await reader.take(record(offset), record(offset, partition=1, value=b"{"))
    assert reader.processor.dead_letter_counters[TOPIC, 0].exceeded is None
    assert reader.processor.dead_letter_counters[TOPIC, 1].exceeded == "20 consecutive dead letters"


async def test_an_erasure_reaches_the_dead_letters(reader: Reader) -> None:
    bad = record(0, value=b"{")
    await reader.take(bad)
    assert bad.key is not None
    await reader.take(Record(1, None, [], bad.key))
    assert await reader.rows("select * from dead_letters") == []
