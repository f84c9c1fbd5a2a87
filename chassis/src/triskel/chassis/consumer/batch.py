"""One batch, one transaction: offsets move by compare-and-set with what the events change."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.deadletters import bury, foreign, forget
from triskel.chassis.consumer.handlers import Consumers, Delivery
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import InvalidMessage, UnknownEventType, decode, topic_of

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0

Place = tuple[str, int]
"""(topic as the broker names it, partition)"""


class Moved(Exception):
    """The stored offset is not where this reader left it: somebody else owns the partition, or a
    rebuild began. Nothing was changed; read on from the stored offset."""


_MOVE = text(
    """
    update consumer_offsets c set next_offset = n.next
    from unnest(:topics, :partitions, :expected, :following) as n (topic, partition, expected, next)
    where c.consumer_group = :consumer_group and c.topic = n.topic
      and c.partition = n.partition and c.next_offset = n.expected
    """
).bindparams(
    bindparam("topics", type_=ARRAY(Text)),
    bindparam("partitions", type_=ARRAY(Integer)),
    bindparam("expected", type_=ARRAY(BigInteger)),
    bindparam("following", type_=ARRAY(BigInteger)),
)
_BEGIN = text(
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select :consumer_group, n.topic, n.partition, 0
    from unnest(:topics, :partitions) as n (topic, partition)
    on conflict do nothing
    """
).bindparams(bindparam("topics", type_=ARRAY(Text)), bindparam("partitions", type_=ARRAY(Integer)))
_STORED = text(
    "select topic, partition, next_offset from consumer_offsets "
    "where consumer_group = :consumer_group"
)


class Apply:
    """Applies batches of one consumer group. `positions` is where this reader stands."""

    def __init__(
        self,
        consumers: Consumers,
        topic: str,
        database: Database,
        outbox: Outbox,
        telemetry: Telemetry,
    ) -> None:
        self.group = consumers.group(topic)
        self.positions: dict[Place, int] = {}
        self.in_a_row = 0
        self._consumers = consumers
        self._topic = topic
        self._handler = consumers.handlers[topic]
        self._database = database
        self._outbox = outbox
        self._telemetry = telemetry

    async def stored(self, places: Sequence[Place]) -> dict[Place, int]:
        """The stored next offsets; a place that has none begins at 0."""
        given = {
            "consumer_group": self.group,
            "topics": [topic for topic, _ in places],
            "partitions": [partition for _, partition in places],
        }
        async with self._database.transaction() as session:
            await session.execute(_BEGIN, given)
            rows = await session.execute(_STORED, {"consumer_group": self.group})
            found = {(topic, partition): offset for topic, partition, offset in rows}
        return {place: found[place] for place in places}

    async def batch(self, records: Sequence[Any]) -> None:
        """Apply records of any partitions, each partition's in the order of its offsets.

        Returns when every record had its effect or is a dead letter. Raises `Moved`. While the
        database is away it tries on.
        """
        fresh = [
            record
            for record in records
            if record.offset >= self.positions.get((record.topic, record.partition), 0)
        ]
        self._count("duplicate", len(records) - len(fresh))
        if fresh:
            await self._apply_or_split(fresh)

    async def _apply_or_split(self, records: Sequence[Any]) -> None:
        attempt, pause = 1, FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._apply(records)
                return
            except Moved:
                raise
            except Exception as error:  # a handler may raise anything
                if is_transient(error):
                    log.warning("reader waits", group=self.group, why=type(error).__name__)
                elif attempt >= ATTEMPTS:
                    break
                else:
                    attempt += 1
                failure = error
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        if len(records) == 1:
            reason = f"handler failed: {type(failure).__name__}"
            log.error("dead letter", group=self.group, why=reason, offset=records[0].offset)
            await self._apply(records, buried=reason)
            return
        half = len(records) // 2
        await self._apply_or_split(records[:half])
        await self._apply_or_split(records[half:])

    async def _apply(self, records: Sequence[Any], buried: str | None = None) -> None:
        following: dict[Place, int] = {}
        for record in records:
            following[record.topic, record.partition] = record.offset + 1
        deliveries: list[Delivery] = []
        dead: list[tuple[Any, str]] = []
        counts: dict[str, int] = defaultdict(int)
        for record in records:
            if buried is not None:
                dead.append((record, buried))
                continue
            try:
                received = decode(record.headers, record.key, record.value)
            except UnknownEventType:
                counts["unknown"] += 1
                continue
            except InvalidMessage as error:
                dead.append((record, str(error)))
                continue
            if why := foreign(record.topic, received):
                dead.append((record, why))
                counts["foreign"] += 1
                continue
            topic, origin = topic_of(record.topic)
            deliveries.append(
                Delivery(
                    key=received.key,
                    envelope=received.envelope,
                    event=received.event,
                    topic=topic.name,
                    origin=origin,
                    partition=record.partition,
                    offset=record.offset,
                )
            )
        async with self._database.transaction() as session:
            await self._move(session, following)
            if erased := [delivery.key for delivery in deliveries if delivery.event is None]:
                await forget(session, self._topic, erased)
            if deliveries:
                await self._handler(session, deliveries)
            attempts = 1 if buried is None else ATTEMPTS
            letters = [
                await bury(session, self._consumers.reader, record, reason, attempts)
                for record, reason in dead
            ]
            await self._outbox.write(session, letters)
        self.positions.update(following)
        counts |= {"handled": len(deliveries), "dead-letter": len(dead)}
        for outcome, count in counts.items():
            self._count(outcome, count)
        self.in_a_row = 0 if deliveries else self.in_a_row + len(dead)

    async def _move(self, session: AsyncSession, following: dict[Place, int]) -> None:
        places = list(following)
        done = await session.execute(
            _MOVE,
            {
                "consumer_group": self.group,
                "topics": [topic for topic, _ in places],
                "partitions": [partition for _, partition in places],
                "expected": [self.positions.get(place, 0) for place in places],
                "following": [following[place] for place in places],
            },
        )
        if getattr(done, "rowcount", 0) != len(places):
            raise Moved

    def _count(self, outcome: str, count: int) -> None:
        if count:
            self._telemetry.consumer_events.labels(self._topic, outcome).inc(count)
