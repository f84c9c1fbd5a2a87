"""One batch, one transaction: offsets move by compare-and-set with what the events change."""

import traceback
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from triskel.chassis.consumer import offsets
from triskel.chassis.consumer.dead_letter_limit import DeadLetterCounter, DeadLetterLimit
from triskel.chassis.consumer.dead_letters import (
    delete_dead_letters,
    refused_mirror,
    store_dead_letter,
)
from triskel.chassis.consumer.handlers import ConsumedRecord, Consumers
from triskel.chassis.consumer.offsets import OffsetConflict
from triskel.chassis.consumer.partition_batch import PartitionBatch
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.retries import retrying
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import InvalidMessage, UnknownEventType, decode, topic_of

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.05


@dataclass
class _Decoded:
    """The records of some batches, decoded. `are_dead` says it of each record of a partition that
    is not skipped; `counts` are records by outcome."""

    records: list[ConsumedRecord] = field(default_factory=list)
    dead: list[tuple[Any, str]] = field(default_factory=list)
    are_dead: dict[TopicPartition, list[bool]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class BatchProcessor:
    """Applies the batches of one topic's consumer group to the database.

    `positions` are the stored offsets as it knows them, `dead_letter_counters` count since the
    partition was assigned.
    """

    def __init__(
        self,
        consumers: Consumers,
        topic: str,
        database: Database,
        outbox: Outbox,
        telemetry: Telemetry,
        limit: DeadLetterLimit | None = None,
    ) -> None:
        self.group = consumers.group(topic)
        self.positions: dict[TopicPartition, int] = {}
        self.dead_letter_counters: dict[TopicPartition, DeadLetterCounter] = defaultdict(
            lambda: DeadLetterCounter(limit or DeadLetterLimit())
        )
        self._consumers = consumers
        self._topic = topic
        self._handler = consumers.handlers[topic]
        self._database = database
        self._outbox = outbox
        self._telemetry = telemetry

    async def process(self, batches: Sequence[PartitionBatch]) -> None:
        """Apply batches of different partitions in one transaction.

        Returns when every record had its effect or is a dead letter; while the database is away it
        tries on. Raises `OffsetConflict` where a stored offset is not from where its batch was
        fetched; whatever else it raises is a fault of ours. In both cases nothing is lost for whom
        reads on from the stored offsets.
        """
        await self._process_or_split(batches, ATTEMPTS)

    async def _process_or_split(
        self, batches: Sequence[PartitionBatch], attempts: int, attempts_before: int = 0
    ) -> None:
        """Try the whole a few times. Where it fails nevertheless, halve it until the record that
        no handler can take stands alone; each half is tried once."""
        failed = 0
        failure: Exception

        def is_tried_again(error: Exception) -> bool:
            nonlocal failed
            if isinstance(error, OffsetConflict):
                return False
            if is_transient(error):
                log.warning("reader waits", group=self.group, error=type(error).__name__)
                return True
            failed += 1
            # one record that no handler can take would otherwise log the same trace many times
            is_last = failed == attempts
            self.count_failure(error, with_traceback=is_last and attempts_before == 0)
            return not is_last

        try:
            async for attempt in retrying(is_tried_again, FIRST_PAUSE_SECONDS):
                with attempt:
                    await self._process_once(batches)
            return
        except OffsetConflict:
            raise
        except Exception as error:  # a handler may raise anything
            failure = error
        attempts_made = attempts_before + failed
        if len(batches) > 1:
            middle = len(batches) // 2
            parts: tuple[Sequence[PartitionBatch], ...] = (batches[:middle], batches[middle:])
        elif len(batches[0].records) > 1:
            parts = tuple([half] for half in batches[0].halves())
        else:
            reason = f"handler failed: {type(failure).__name__}"
            topic, partition = batches[0].partition
            origin = f"{topic}/{partition}/{batches[0].records[0].offset}"
            log.error("dead letter", group=self.group, reason=reason, record=origin)
            await self._process_once(batches, reason, attempts_made)
            return
        for part in parts:
            await self._process_or_split(part, 1, attempts_made)

    def count_failure(self, error: BaseException, *, with_traceback: bool = False) -> None:
        """Count an exception, and log it with the place where it was raised if that is wanted. Its
        text stays out of the log: it may show what a record held."""
        self._telemetry.consumer_failures.labels(self._topic, type(error).__name__).inc()
        if with_traceback:
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("reader fails", group=self.group, error=type(error).__name__, traceback=trace)

    async def _process_once(
        self,
        batches: Sequence[PartitionBatch],
        dead_letter_reason: str | None = None,
        attempts: int = 1,
    ) -> None:
        """With a reason, every record is a dead letter for it."""
        decoded = _Decoded()
        for batch in batches:
            self._decode(batch, dead_letter_reason, decoded)
        async with self._database.transaction() as session:
            await offsets.advance(session, self.group, batches)
            erased = [each.key for each in decoded.records if each.event is None]
            if erased:
                await delete_dead_letters(session, self._topic, erased)
            if decoded.records:
                await self._handler(session, decoded.records)
            messages = [
                await store_dead_letter(session, self._consumers.reader, record, reason, attempts)
                for record, reason in decoded.dead
            ]
            await self._outbox.write(session, messages)
        self.positions.update({batch.partition: batch.next_offset for batch in batches})
        for partition, are_dead in decoded.are_dead.items():
            self.dead_letter_counters[partition].count(are_dead)
        decoded.counts["handled"] = len(decoded.records)
        decoded.counts["dead-letter"] = len(decoded.dead)
        for outcome, count in decoded.counts.items():
            if count:
                self._telemetry.consumer_events.labels(self._topic, outcome).inc(count)

    def _decode(
        self, batch: PartitionBatch, dead_letter_reason: str | None, decoded: _Decoded
    ) -> None:
        """Unknown event types are counted and skipped; what breaks the contract becomes a dead
        letter."""
        topic, origin = topic_of(batch.partition.topic)
        are_dead = decoded.are_dead.setdefault(batch.partition, [])
        for record in batch.records:
            reason = dead_letter_reason
            try:
                received = decode(record.headers, record.key, record.value)
                if reason is None and (reason := refused_mirror(record.topic, received)):
                    decoded.counts["foreign"] += 1
            except UnknownEventType:
                if reason is None:
                    decoded.counts["unknown"] += 1
                    continue
            except InvalidMessage as error:
                reason = reason or str(error)
            except Exception as error:  # a fault of ours in decoding; trying again would not help
                self.count_failure(error, with_traceback=True)
                reason = reason or f"cannot be read: {type(error).__name__}"
            are_dead.append(reason is not None)
            if reason is not None:
                decoded.dead.append((record, reason))
                continue
            decoded.records.append(
                ConsumedRecord(
                    key=received.key,
                    envelope=received.envelope,
                    event=received.event,
                    topic=topic.name,
                    origin=origin,
                    partition=record.partition,
                    offset=record.offset,
                )
            )
