"""One batch, one transaction: offsets move by compare-and-set with what the events change."""

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from triskel.chassis.consumer import offsets
from triskel.chassis.consumer.deadletters import foreign, forget, store_dead_letter
from triskel.chassis.consumer.fetching import PartitionBatch
from triskel.chassis.consumer.handlers import Consumers, Delivery
from triskel.chassis.consumer.limits import Limit, Tally
from triskel.chassis.consumer.offsets import OffsetConflict
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import InvalidMessage, UnknownEventType, decode, topic_of

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0


class BatchProcessor:
    """Applies batches of one consumer group. `positions` is what it believes to be stored."""

    def __init__(
        self,
        consumers: Consumers,
        topic: str,
        database: Database,
        outbox: Outbox,
        telemetry: Telemetry,
        limit: Limit | None = None,
    ) -> None:
        self.group = consumers.group(topic)
        self.positions: dict[TopicPartition, int] = {}
        self.tallies: dict[TopicPartition, Tally] = defaultdict(lambda: Tally(limit or Limit()))
        self._consumers = consumers
        self._topic = topic
        self._handler = consumers.handlers[topic]
        self._database = database
        self._outbox = outbox
        self._telemetry = telemetry

    async def process(self, portions: Sequence[PartitionBatch]) -> None:
        """Apply portions of different partitions.

        Returns when every record had its effect or is a dead letter. Raises `OffsetConflict` where
        a stored offset is not from where its batch was fetched; whatever else it raises is a fault
        of ours. In both cases nothing is lost to who reads on from the stored offsets. While the
        database is away it tries on.
        """
        await self._apply_or_split(portions, ATTEMPTS)

    async def _apply_or_split(
        self, portions: Sequence[PartitionBatch], attempts: int, before: int = 0
    ) -> None:
        """The whole is tried a few times; then, to find what is poison, each part once."""
        attempt, pause = 1, FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._apply(portions)
                return
            except OffsetConflict:
                raise
            except Exception as error:  # a handler may raise anything
                if is_transient(error):
                    log.warning("reader waits", group=self.group, why=type(error).__name__)
                elif attempt >= attempts:
                    failure = error
                    break
                else:
                    self.failed(error)
                    attempt += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        # one record that no handler can take would otherwise tell the same trace many times
        self.failed(failure, tell=before == 0)
        before += attempt
        if len(portions) > 1:
            middle = len(portions) // 2
            parts: tuple[Sequence[PartitionBatch], ...] = (portions[:middle], portions[middle:])
        elif len(portions[0].records) > 1:
            parts = tuple([half] for half in portions[0].halves())
        else:
            reason = f"handler failed: {type(failure).__name__}"
            where = f"{portions[0].topic}/{portions[0].partition}/{portions[0].records[0].offset}"
            log.error("dead letter", group=self.group, why=reason, place=where)
            await self._apply(portions, buried=reason, attempts=before)
            return
        for part in parts:
            await self._apply_or_split(part, 1, before)

    def failed(self, error: BaseException, *, tell: bool = False) -> None:
        """Count an exception; `tell` logs it, and where it came from. Its text stays out of the
        log: it may show what a record held."""
        self._telemetry.consumer_failures.labels(self._topic, type(error).__name__).inc()
        if tell:
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("reader fails", group=self.group, why=type(error).__name__, traceback=trace)

    async def _apply(
        self, portions: Sequence[PartitionBatch], buried: str | None = None, attempts: int = 1
    ) -> None:
        deliveries: list[Delivery] = []
        dead: list[tuple[Any, str]] = []
        counts: dict[str, int] = defaultdict(int)
        outcomes: list[tuple[TopicPartition, list[bool]]] = []
        for portion in portions:
            topic, origin = topic_of(portion.topic)
            of_portion: list[bool] = []
            outcomes.append((portion.place, of_portion))
            for record in portion.records:
                try:
                    received = decode(record.headers, record.key, record.value)
                    why = buried or foreign(record.topic, received)
                    counts["foreign"] += bool(why and not buried)
                except UnknownEventType:
                    if not buried:
                        counts["unknown"] += 1
                        continue
                    why = buried
                except InvalidMessage as error:
                    why = buried or str(error)
                except Exception as error:  # a fault of ours in reading it; trying again is vain
                    self.failed(error, tell=True)
                    why = buried or f"cannot be read: {type(error).__name__}"
                of_portion.append(why is not None)
                if why is not None:
                    dead.append((record, why))
                    continue
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
            await offsets.move(session, self.group, portions)
            if erased := [delivery.key for delivery in deliveries if delivery.event is None]:
                await forget(session, self._topic, erased)
            if deliveries:
                await self._handler(session, deliveries)
            letters = [
                await store_dead_letter(session, self._consumers.reader, record, reason, attempts)
                for record, reason in dead
            ]
            await self._outbox.write(session, letters)
        self.positions.update({portion.place: portion.following for portion in portions})
        for place, of_portion in outcomes:
            self.tallies[place].count(of_portion)
        counts |= {"handled": len(deliveries), "dead-letter": len(dead)}
        for outcome, count in counts.items():
            if count:
                self._telemetry.consumer_events.labels(self._topic, outcome).inc(count)
