"""A reader on a real broker stops where it must, says so, and goes on where it may."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.errors import TopicAlreadyExistsError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import (
    ConsumedRecord,
    Consumers,
    DeadLetterLimit,
    KafkaConsumers,
    Lag,
    dead_letters,
    lag,
)
from triskel.chassis.consumer.offsets import set_offset
from triskel.chassis.database import Database, after_commit
from triskel.chassis.health import Check, Health
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing import eventually
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts.refusals import Invalid, NotFound

pytestmark = pytest.mark.connected
EXAMPLE = Path(__file__).parent / "example" / "migrations"
HEARD = "registry.partnerships"
LIMIT = DeadLetterLimit(consecutive_dead_letters=3)
GOOD = None
"""An erasure: the shortest record that a reader takes."""
BAD = b"{"


class Own(Consumers):
    """With consumer groups of its own: a group remembers who was in it for ten seconds."""

    def group(self, topic: str) -> str:
        return f"{super().group(topic)}.{id(self)}"


class World:
    """A mirrored topic of its own, and a reader that hears it."""

    def __init__(self, bootstrap: str, database: Database) -> None:
        self.bootstrap = bootstrap
        self.database = database
        self.topic = f"t{uuid4().hex[:8]}.{HEARD}"
        self.telemetry = Telemetry("test")
        self.heard: list[str] = []  # in transactions that are committed
        self.consumers = Own("metrics", projections=["seen"])
        self.task: asyncio.Task[None] | None = None

        @self.consumers.on(HEARD)
        async def on_partnerships(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
            mine = [
                record.key for record in records if f"{record.origin}.{record.topic}" == self.topic
            ]
            # what a batch that fails has done is rolled back, and is handled again
            after_commit(session, lambda: self.heard.extend(mine))

    async def make(self, partitions: int = 1) -> None:
        new = NewTopic(self.topic, partitions, 1)
        async with self.admin() as admin:
            while True:
                answer = await admin.create_topics([new])
                ((_, code, *_),) = answer.topic_errors
                if code != TopicAlreadyExistsError.errno:
                    return
                await asyncio.sleep(0.05)  # the old one is being deleted

    async def make_anew(self) -> None:
        async with self.admin() as admin:
            await admin.delete_topics([self.topic])
        await self.make()

    def admin(self) -> "_Admin":
        return _Admin(self.bootstrap)

    async def publish(self, *values: bytes | None, partition: int = 0, key: str = "k") -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        for number, value in enumerate(values):
            name = f"{key}{number}".encode()
            await producer.send_and_wait(self.topic, value, name, partition=partition)
        await producer.stop()

    def start(self) -> None:
        outbox = Outbox("metrics")
        self.kafka_consumers = KafkaConsumers(
            self.consumers, self.database, outbox, self.bootstrap, "0", self.telemetry, LIMIT
        )
        self.task = asyncio.create_task(self.kafka_consumers.run())

    async def has_heard(self, number: int) -> None:
        """A topic with so many good records, a reader that runs, and has handled them."""
        await self.make()
        await self.publish(*[GOOD] * number)
        self.start()
        await eventually(lambda: len(self.heard) == number)

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            self.task = None

    def stopped(self, partition: int = 0) -> str | None:
        return self.kafka_consumers.stopped.get(f"{self.topic}/{partition}")

    def counted(self, name: str, **labels: str) -> float:
        labels = {"topic": HEARD} | labels
        return self.telemetry.registry.get_sample_value(f"triskel_{name}_total", labels) or 0

    async def lag(self, partition: int = 0) -> Lag:
        async with self.database.reading() as session:
            rows = await lag(session, self.bootstrap, self.consumers)
        (row,) = [r for r in rows if (r.topic, r.partition) == (self.topic, partition)]
        return row

    async def decide(self, to: Any, partition: int = 0) -> Lag:
        place = TopicPartition(self.topic, partition)
        async with self.database.transaction() as session:
            return await set_offset(session, self.bootstrap, self.consumers, place, to)

    async def readiness(self) -> tuple[Check, float | None]:
        """What `/readyz` says of reading, and the gauge that the alert is made of."""
        health = Health(
            "metrics",
            self.database,
            self.bootstrap,
            EXAMPLE,
            self.telemetry,
            self.kafka_consumers,
            self.consumers,
            {},
        )
        await health.check()
        await health.close()
        place = {"place": f"{self.topic}/0"}
        gauge = self.telemetry.registry.get_sample_value("triskel_consumer_stopped", place)
        return health.readiness.checks["reading"], gauge

    async def write(self, statement: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement))


class _Admin:
    def __init__(self, bootstrap: str) -> None:
        self._client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()


@pytest.fixture
async def world(kafka_bootstrap: str, fresh_database: FreshDatabase) -> AsyncIterator[World]:
    database = Database(await fresh_database(EXAMPLE))
    world = World(kafka_bootstrap, database)
    yield world
    await world.stop()
    async with world.admin() as admin:
        await admin.delete_topics([world.topic])
    await database.close()


async def test_a_partition_with_too_many_dead_letters_stops_alone_until_people_have_decided(
    world: World,
) -> None:
    await world.make(partitions=2)
    await world.publish(*[BAD] * 3, partition=0, key="bad")
    world.start()
    await eventually(lambda: world.stopped(0))
    assert world.stopped(0) == "3 consecutive dead letters"
    # the other one is read, and its successes do not count for this one
    await world.publish(BAD, partition=0, key="bad")
    await world.publish(*[GOOD] * 5, partition=1)
    await eventually(lambda: len(world.heard) == 5)
    assert world.stopped(1) is None
    async with world.database.transaction() as session:
        assert await dead_letters.waiting_by_partition(session) == {(world.topic, 0): 3}
        for letter in await dead_letters.list_waiting(session, 0, 10):
            await dead_letters.discard(session, letter.id)
    await eventually(lambda: not world.stopped(0))
    await eventually(lambda: _counts(world, "select count(*) from dead_letters", 4))


async def _counts(world: World, statement: str, number: int) -> bool:
    async with world.database.reading() as session:
        return bool(await session.scalar(text(statement)) == number)


async def test_whatever_is_raised_out_of_a_batch_is_counted_and_read_again(world: World) -> None:
    await world.make()
    await world.write("alter table dead_letters rename to away")
    await world.publish(GOOD, BAD, GOOD)
    world.start()
    await eventually(
        lambda: any("fails again" in why for why in world.kafka_consumers.stopped.values())
    )
    assert world.counted("consumer_failures", error="ProgrammingError")
    # the good one before it may have been handled alone by now; the bad one at 1 was not passed
    assert (await world.lag()).next_offset <= 1
    # what comes behind it does not write over it
    await world.publish(GOOD, key="later")
    await world.write("alter table away rename to dead_letters")
    await eventually(lambda: len(world.heard) == 3)
    assert sorted(world.heard) == ["k0", "k2", "later0"]
    assert await _counts(world, 'select "offset" from dead_letters', 1)
    await eventually(lambda: not world.kafka_consumers.stopped)


async def test_a_topic_that_was_made_anew_while_the_reader_was_away_stops_it_until_decided(
    world: World,
) -> None:
    await world.has_heard(30)
    await world.stop()
    await world.make_anew()
    await world.publish(*[GOOD] * 10, key="anew")
    world.start()
    await eventually(lambda: world.stopped())
    assert "the topic was made anew" in (world.stopped() or "")
    row = await world.lag()
    assert row.stopped is not None
    assert (row.next_offset, row.begin_offset, row.end_offset) == (30, 0, 10)
    assert row.topic_id != row.stored_topic_id
    assert len(world.heard) == 30
    check, gauge = await world.readiness()
    assert (check.ok, gauge) == (False, 1)
    assert f"{world.topic}/0: the topic was made anew" in check.detail
    with pytest.raises(Invalid, match="from 0 to 10"):
        await world.decide(11)
    with pytest.raises(NotFound):
        await world.decide("begin", partition=7)
    assert (await world.decide("begin")).stopped is None
    await eventually(lambda: len(world.heard) == 40)
    assert world.stopped() is None
    check, gauge = await world.readiness()
    assert (check.ok, gauge) == (True, None)


async def test_a_topic_made_anew_that_has_grown_beyond_the_stored_offset_is_noticed_by_its_id(
    world: World,
) -> None:
    await world.has_heard(3)
    # while it reads, and nothing is raised
    await world.make_anew()
    await world.publish(*[GOOD] * 5, key="anew")
    await eventually(lambda: world.stopped())
    await eventually(lambda: _counts(world, "select count(stopped) from consumer_offsets", 1))
    # the operator takes what is new alone
    row = await world.decide("end")
    assert (row.next_offset, row.lag) == (5, 0)
    await eventually(lambda: not world.stopped())
    await world.publish(GOOD, key="later")
    await eventually(lambda: "later0" in world.heard)


async def test_a_control_that_knows_no_ids_takes_what_has_grown_beyond_for_its_own(
    world: World,
) -> None:
    await world.has_heard(3)
    await world.stop()
    await world.make_anew()
    await world.publish(*[GOOD] * 5, key="anew")
    await world.write("update consumer_offsets set topic_id = null")
    world.start()
    await eventually(lambda: len(world.heard) == 5)
    assert world.heard[3:] == ["anew3", "anew4"], "the first three are skipped in silence"


async def test_a_stored_offset_beyond_the_end_stops_the_reader_and_the_log_growing_heals_nothing(
    world: World,
) -> None:
    """A broker that was restored from a backup: its topics have the ids that they had."""
    await world.has_heard(3)
    await world.stop()
    await world.write("update consumer_offsets set next_offset = 5 where next_offset = 3")
    world.start()
    await eventually(lambda: world.stopped())
    assert world.stopped() == "the stored offset 5 is beyond the end of the log, 3"
    await eventually(lambda: _counts(world, "select count(stopped) from consumer_offsets", 1))
    await world.publish(*[GOOD] * 4, key="later")
    await world.stop()
    world.start()
    await eventually(lambda: world.stopped())
    await world.decide(3)
    await eventually(lambda: len(world.heard) == 7)
    assert world.heard[3:] == ["later0", "later1", "later2", "later3"]


async def test_a_reader_goes_on_at_the_begin_of_a_log_whose_retention_passed_it_and_counts_it(
    world: World,
) -> None:
    await world.has_heard(1)
    await world.stop()
    await world.publish(*[GOOD] * 4, key="later")
    async with world.admin() as admin:
        await admin.delete_records({TopicPartition(world.topic, 0): RecordsToDelete(3)})
    world.start()
    await eventually(lambda: len(world.heard) == 3)
    assert world.heard[1:] == ["later2", "later3"]
    assert world.counted("consumer_events", outcome="gone") == 2
    assert world.stopped() is None


async def test_new_partitions_and_new_mirrored_topics_are_read_within_seconds(
    world: World,
) -> None:
    """By aiokafka's own age of metadata it would be five minutes."""
    world.start()
    await eventually(lambda: world.kafka_consumers.connected)
    await world.make()
    await world.publish(GOOD, key="topic")
    await eventually(lambda: world.heard == ["topic0"])
    async with world.admin() as admin:
        await admin.create_partitions({world.topic: NewPartitions(2)})
    await world.publish(GOOD, partition=1, key="partition")
    await eventually(lambda: world.heard == ["topic0", "partition0"])


async def test_a_topic_that_is_gone_does_not_keep_its_reader_from_the_others(world: World) -> None:
    """Kafka gives a member that comes back within its session the partitions that it had."""
    await world.make()
    await world.publish(GOOD)
    world.start()
    await eventually(lambda: world.heard == ["k0"])
    await world.stop()
    async with world.admin() as admin:
        await admin.delete_topics([world.topic])
    world.topic = f"u{world.topic}"
    await world.make()
    await world.publish(GOOD, key="other")
    world.start()
    await eventually(lambda: world.heard == ["k0", "other0"])


async def test_a_partition_that_went_to_another_replica_is_not_followed_any_more(
    world: World,
) -> None:
    """A batch that is being applied while its partition goes notes a position all the same."""
    await world.has_heard(1)
    (subscription,) = world.kafka_consumers.subscriptions.values()
    gone = TopicPartition(world.topic, 7)
    subscription.processor.positions[gone] = 3
    await eventually(lambda: gone not in subscription.processor.positions)
