"""Listening to Kafka with FastStream: subscribe, seek to the stored offsets, apply batches."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import deadletters
from triskel.chassis.consumer.batch import Apply, Moved
from triskel.chassis.consumer.handlers import Consumers
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import CATALOGUE

MAX_RECORDS = 2_000
COMMIT_HINT_SECONDS = 1.0
RESUME_POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
NEW_MIRROR_SECONDS = 5.0


_STORED = text("select consumer_group, topic, partition, next_offset from consumer_offsets")


class _Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """One topic of the catalogue, here and from mirrors."""

    def __init__(self, listening: "Listening", topic: str, apply: Apply) -> None:
        self.topic = topic
        self.apply = apply
        self.stopped: str | None = None
        self._listening = listening
        self._hinted_at = 0.0
        self.subscriber: Any = None

    @property
    def consumer(self) -> AIOKafkaConsumer:
        return self.subscriber.consumer

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        for place in revoked:
            self.apply.positions.pop((place.topic, place.partition), None)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        await self._seek([(place.topic, place.partition) for place in assigned])

    async def read_on(self, places: Sequence[tuple[str, int]]) -> None:
        """From the stored offsets, which somebody moved."""
        if places:
            log.info("reader moved", group=self.apply.group)
            await self._seek(places)

    async def _seek(self, places: Sequence[tuple[str, int]]) -> None:
        """Read on from the stored offsets; while the database is away, wait for it."""
        while places:
            try:
                stored = await self.apply.stored(places)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("reader waits", group=self.apply.group, why=type(error).__name__)
                await asyncio.sleep(RESUME_POLL_SECONDS)
                continue
            mine = self.consumer.assignment()
            for (topic, partition), offset in stored.items():
                place = TopicPartition(topic, partition)
                if place in mine:
                    self.consumer.seek(place, offset)
                    self.apply.positions[topic, partition] = offset
            return

    async def handle(self, records: Sequence[Any]) -> None:
        """Never raises for a bad record or an absent database: that would lose the batch."""
        known = [r for r in records if (r.topic, r.partition) in self.apply.positions]
        strangers = {(r.topic, r.partition) for r in records} - self.apply.positions.keys()
        began = time.perf_counter()
        try:
            await self.apply.batch(known)
        except Moved:
            log.info("reader moved", group=self.apply.group)
            strangers |= {(r.topic, r.partition) for r in known}
        else:
            self._measure(known, began)
        if strangers:
            await self._seek(sorted(strangers))
        await self._rest_if_poisoned()
        await self._hint()

    def _measure(self, records: Sequence[Any], began: float) -> None:
        telemetry, now = self._listening.telemetry, time.time()
        telemetry.consumer_batch.labels(self.topic).observe(time.perf_counter() - began)
        delay = telemetry.bus_delay.labels(self.topic)
        for record in records:
            delay.observe(max(0.0, now - record.timestamp / 1000))

    async def _rest_if_poisoned(self) -> None:
        """Many dead letters in a row are not bad luck: stop until people have decided on them."""
        limit = self._listening.max_in_a_row
        while self.apply.in_a_row >= limit:
            if self.stopped is None:
                self.stopped = f"{self.apply.in_a_row} dead letters in a row"
                log.error("reader stopped", group=self.apply.group, why=self.stopped)
            await asyncio.sleep(RESUME_POLL_SECONDS)
            try:
                async with self._listening.database.reading() as session:
                    waiting = await deadletters.waiting(session)
            except Exception as error:
                if not is_transient(error):
                    raise
                continue
            if waiting.get(self.topic, 0) < limit:
                self.apply.in_a_row = 0
        self.stopped = None

    async def _hint(self) -> None:
        """Tell Kafka where we are, for lag tools only; the truth is in PostgreSQL."""
        if time.monotonic() - self._hinted_at < COMMIT_HINT_SECONDS:
            return
        self._hinted_at = time.monotonic()
        mine = self.consumer.assignment()
        offsets = {
            TopicPartition(topic, partition): offset
            for (topic, partition), offset in self.apply.positions.items()
            if TopicPartition(topic, partition) in mine
        }
        try:
            if offsets:
                await self.consumer.commit(offsets)
        except KafkaError:
            return  # a rebalance is under way; the next hint will do


class Listening:
    """Hears every topic of a reader until cancelled; stays up while Kafka or PostgreSQL is away."""

    def __init__(
        self,
        consumers: Consumers,
        database: Database,
        outbox: Outbox,
        bootstrap: str,
        replica: str,
        telemetry: Telemetry,
        max_in_a_row: int = 20,
    ) -> None:
        self.database = database
        self.telemetry = telemetry
        self.max_in_a_row = max_in_a_row
        self.connected = False
        self._bootstrap = bootstrap
        self._replica = replica
        self._subscriptions = [
            _Subscription(self, topic, Apply(consumers, topic, database, outbox, telemetry))
            for topic in consumers.topics
        ]

    @property
    def stopped_topics(self) -> dict[str, str]:
        return {s.topic: s.stopped for s in self._subscriptions if s.stopped}

    async def run(self) -> None:
        pause = 0.2
        while True:
            broker = self._broker()
            try:
                await broker.start()
                self.connected = True
                await self._follow_the_store()
            except (KafkaError, OSError) as error:
                log.warning("reader waits for Kafka", why=type(error).__name__)
            finally:
                self.connected = False
                await broker.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _follow_the_store(self) -> None:
        """Until cancelled. A rebuild moves the stored offsets, perhaps while nothing is said and
        no batch would notice: what differs twice in a row, without moving, is read from there."""
        before: dict[tuple[str, str, int], tuple[int, int]] = {}
        while True:
            await asyncio.sleep(RESUME_POLL_SECONDS)
            try:
                async with self.database.reading() as session:
                    found = (await session.execute(_STORED)).all()
            except Exception as error:
                if not is_transient(error):
                    raise
                continue
            stored = {(row[0], row[1], row[2]): row[3] for row in found}
            differs: dict[tuple[str, str, int], tuple[int, int]] = {}
            for subscription in self._subscriptions:
                apply = subscription.apply
                for (topic, partition), position in apply.positions.items():
                    place = (apply.group, topic, partition)
                    if stored.get(place, 0) != position:
                        differs[place] = (stored.get(place, 0), position)
                moved = [
                    p[1:] for p in differs if p[0] == apply.group and before.get(p) == differs[p]
                ]
                await subscription.read_on(moved)
            before = differs

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._bootstrap,
            logger=None,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=10.0,
        )
        for subscription in self._subscriptions:
            topic = CATALOGUE[subscription.topic]
            group = subscription.apply.group
            where: dict[str, Any] = {"pattern": topic.pattern()} if topic.mirrored else {}
            names = () if topic.mirrored else (topic.name,)
            subscription.subscriber = broker.subscriber(
                *names,
                **where,
                group_id=group,
                group_instance_id=f"{group}.{self._replica}",
                batch=True,
                max_records=MAX_RECORDS,
                auto_offset_reset="earliest",
                ack_policy=AckPolicy.MANUAL,
                listener=subscription,
                session_timeout_ms=10_000,
                batch_timeout_ms=200,
                persistent=False,
            )
            subscription.subscriber(subscription.handle, parser=_as_it_is, decoder=_undecoded)
        return broker


async def _as_it_is(records: tuple[Any, ...]) -> KafkaAckableMessage:
    """FastStream's own parser decodes every header as UTF-8 and would lose a batch to a bad one."""
    return KafkaAckableMessage(
        body=b"", raw_message=records, consumer=None, headers={}, batch_headers=[]
    )


async def _undecoded(message: Any) -> Any:
    return message.raw_message


class Lag(BaseModel):
    """Records of one partition that a reader has not handled yet."""

    consumer_group: str
    topic: str
    partition: int
    next_offset: int
    end_offset: int
    lag: int


async def lag(session: AsyncSession, bootstrap: str, consumers: Consumers) -> list[Lag]:
    """From the stored offsets and the ends of the log. Raises `KafkaError` when Kafka is away."""
    stored = {
        (group, topic, partition): offset
        for group, topic, partition, offset in await session.execute(_STORED)
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await admin.start()
        await reader.start()
        heard = {
            name: consumers.group(topic)
            for name in await admin.list_topics()
            for topic in consumers.topics
            if re.match(CATALOGUE[topic].pattern(), name)
        }
        places = [
            (heard[described["topic"]], TopicPartition(described["topic"], partition["partition"]))
            for described in (await admin.describe_topics(list(heard)) if heard else ())
            for partition in described["partitions"]
        ]
        ends = await reader.end_offsets([place for _, place in places])
    finally:
        await reader.stop()
        await admin.close()
    rows = []
    for group, place in sorted(places):
        offset = stored.get((group, place.topic, place.partition), 0)
        rows.append(
            Lag(
                consumer_group=group,
                topic=place.topic,
                partition=place.partition,
                next_offset=offset,
                end_offset=ends[place],
                lag=max(0, ends[place] - offset),
            )
        )
    return rows


async def rebuild(session: AsyncSession, consumers: Consumers) -> None:
    """Forget the projections and the offsets in one transaction: the readers, which notice by
    their compare-and-set, read the log again from its beginning. Where they stood is kept under a
    group of its own, for `rebuilding`."""
    tables = ", ".join(f'"{name}"' for name in consumers.projections)
    await session.execute(text(f"truncate {tables}"))
    groups = {"groups": [consumers.group(topic) for topic in consumers.topics]}
    await session.execute(_REMEMBER_WHERE_THEY_STOOD, groups)
    await session.execute(
        text("delete from consumer_offsets where consumer_group = any (:groups)"), groups
    )


# a second rebuild, before the first has come to its end, keeps the farther place
_REMEMBER_WHERE_THEY_STOOD = text(
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select consumer_group || '.stood', topic, partition, next_offset from consumer_offsets
    where consumer_group = any (:groups)
    on conflict (consumer_group, topic, partition) do update
    set next_offset = greatest(consumer_offsets.next_offset, excluded.next_offset)
    """
)
_REBUILDING = text(
    """
    select exists (
        select from consumer_offsets stood left join consumer_offsets reads
        on reads.consumer_group = :consumer_group and reads.topic = stood.topic
            and reads.partition = stood.partition
        where stood.consumer_group = :consumer_group || '.stood'
            and coalesce(reads.next_offset, 0) < stood.next_offset)
    """
)


async def rebuilding(session: AsyncSession, group: str) -> bool:
    """Whether a reader is not yet back where it stood when its last rebuild began: its projections
    lack what was known before, so nobody should conclude from what is not there."""
    return bool(await session.scalar(_REBUILDING, {"consumer_group": group}))
