"""The subscription to one topic of the catalogue: what is read, from where, and what is not."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import dead_letters, offsets
from triskel.chassis.consumer.batch_processor import BatchProcessor
from triskel.chassis.consumer.dead_letter_limit import DeadLetterLimit
from triskel.chassis.consumer.faststream_bypass import FetchingConsumer
from triskel.chassis.consumer.offsets import OffsetConflict, StoredOffset, reason_to_stop
from triskel.chassis.consumer.partition_logs import PartitionLog, find_logs
from triskel.chassis.database import Database, is_transient
from triskel.chassis.retries import LONGEST_PAUSE_SECONDS, retrying
from triskel.chassis.telemetry import Telemetry, log

COMMIT_SECONDS = 1.0
RETRY_SECONDS = 1.0
LOOK_AT_LOGS_SECONDS = 5.0
REPORTED_FAILURES = 3
# in what aiokafka raises for ever after, once its group membership has ended of an error
COORDINATION_ENDED = "error during coordination"


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Reads one topic, and its mirrors where it is mirrored, as one consumer group.

    A partition is paused, with the reason, while its dead letters are above the limit
    (`over_limit`) or while its log is not the one that was read (`wrong_log`); the others go on.
    `fatal_error` is set once its consumer can read nothing any more.
    """

    def __init__(
        self,
        topic: str,
        processor: BatchProcessor,
        database: Database,
        telemetry: Telemetry,
        limit: DeadLetterLimit,
    ) -> None:
        self.topic = topic
        self.processor = processor
        self.over_limit: dict[TopicPartition, str] = {}
        self.wrong_log: dict[TopicPartition, str] = {}
        self.subscriber: Any = None
        self.fatal_error: KafkaError | None = None
        self._database = database
        self._telemetry = telemetry
        self._limit = limit
        self._failures = 0
        self._failure = ""
        self._differing: dict[TopicPartition, tuple[int, int]] = {}
        self._committed_at = 0.0
        self._looked_at_logs = 0.0

    @property
    def consumer(self) -> FetchingConsumer:
        """FastStream's subscriber has one once it has started."""
        consumer: FetchingConsumer = self.subscriber.consumer
        return consumer

    @property
    def stopped(self) -> dict[str, str]:
        """What is not being read, with the reason, by `topic/partition`."""
        reasons = self.over_limit | self.wrong_log
        stopped = {f"{each.topic}/{each.partition}": reason for each, reason in reasons.items()}
        if self._failures >= REPORTED_FAILURES:
            stopped[self.topic] = f"fails again and again: {self._failure}"
        return stopped

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        processor = self.processor
        for partition in revoked:
            self.consumer.forget(partition)
            processor.positions.pop(partition, None)
            processor.dead_letter_counters.pop(partition, None)
            self.over_limit.pop(partition, None)
            self.wrong_log.pop(partition, None)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        await self._seek(assigned)

    async def handle(self, records: Sequence[Any]) -> None:
        """FastStream's handler of one batch. What cannot be applied is read again from the stored
        offsets, and then the error is raised, for the middlewares; FastStream ignores it."""
        batches = self.consumer.batches(records)
        try:
            await self.processor.process(batches)
            self._pause_over_limit()
            await self._commit()
        except OffsetConflict:
            log.info("offset conflict", group=self.processor.group)
            await self._seek(batch.partition for batch in batches)
            raise
        except Exception as error:  # whatever it is: nothing is lost by reading it again
            await self.recover(error)
            raise
        self._failures = 0

    async def recover(self, error: Exception) -> None:
        """After an error of fetching or handling: count it, wait, read on from the stored
        offsets."""
        if isinstance(error, KafkaError) and COORDINATION_ENDED in str(error):
            self.fatal_error = error
        if not isinstance(error, NoOffsetForPartitionError):  # assigned, and not sought yet
            self.processor.count_failure(error, with_traceback=True)
            self._failures, self._failure = self._failures + 1, type(error).__name__
            # not `retrying`: what is tried again is the next batch, which FastStream fetches
            await asyncio.sleep(min(0.1 * 2**self._failures, LONGEST_PAUSE_SECONDS))
        try:
            await self._seek(self.consumer.assignment())
        except Exception as again:
            # the next batch will not fit to the stored offsets, and then it is sought again
            self.processor.count_failure(again, with_traceback=True)

    async def _seek(self, partitions: Iterable[TopicPartition]) -> None:
        """Read on from the stored offsets where the logs are still those that were read; while the
        database or Kafka is away, wait for it."""
        if not (wanted := sorted(set(partitions))):
            return
        async for attempt in retrying(self._is_away, RETRY_SECONDS, RETRY_SECONDS):
            with attempt:
                logs = await find_logs(self.consumer, wanted)
                async with self._database.transaction() as session:
                    await offsets.start_at_zero(session, self.processor.group, wanted)
                    stored = (await offsets.load(session))[self.processor.group]
                    positions = {
                        each: await self._position(session, each, stored[each], logs.get(each))
                        for each in wanted
                    }
        # no await from here on: the positions that are noted are those of the consumer
        for partition in self.consumer.assignment().intersection(wanted):
            self.consumer.start_at(partition, positions[partition])
            self.processor.positions[partition] = positions[partition]
            if partition in self.over_limit or partition in self.wrong_log:
                self.consumer.pause(partition)
            else:
                self.consumer.resume(partition)

    def _is_away(self, error: Exception) -> bool:
        if not (is_transient(error) or isinstance(error, KafkaError)):
            return False
        log.warning("reader waits", group=self.processor.group, error=type(error).__name__)
        return True

    async def _position(
        self,
        session: AsyncSession,
        partition: TopicPartition,
        stored: StoredOffset,
        partition_log: PartitionLog | None,
    ) -> int:
        """The offset from which to read. A log that is seen to be wrong twice is stored as such:
        then only an operator's decision takes it back."""
        group = self.processor.group
        reason = reason_to_stop(stored, partition_log)
        if reason is not None:
            if partition not in self.wrong_log:
                log.error("reader stopped", group=group, partition=partition, reason=reason)
            elif stored.stopped is None:
                await offsets.mark_stopped(session, group, partition, stored, reason)
            self.wrong_log[partition] = reason
            return stored.next_offset
        if self.wrong_log.pop(partition, None):
            log.info("reader goes on", group=group, partition=partition)
        if partition_log is None:
            return stored.next_offset
        gone = max(0, partition_log.begin - stored.next_offset) if stored.next_offset else 0
        if gone:
            log.error("records are gone", group=group, partition=partition, count=gone)
            self._telemetry.consumer_events.labels(self.topic, "gone").inc(gone)
        return await offsets.note_log(session, group, partition, stored, partition_log)

    def _pause_over_limit(self) -> None:
        assigned = self.consumer.assignment()
        for partition, counter in self.processor.dead_letter_counters.items():
            reason = counter.exceeded
            if reason and partition not in self.over_limit and partition in assigned:
                self.over_limit[partition] = reason
                self.consumer.pause(partition)
                group = self.processor.group
                log.error("reader stopped", group=group, partition=partition, reason=reason)

    async def follow_stored_offsets(self, stored: Mapping[TopicPartition, StoredOffset]) -> None:
        """Seek where others changed the stored offset (a rebuild, an operator), decided on dead
        letters, or made a log anew. Called every second, since no batch would notice it in a topic
        to which nothing is written."""
        assigned = self.consumer.assignment()
        for partition in self.processor.positions.keys() - assigned:
            del self.processor.positions[partition]  # of a batch that was applied after they went
        differing = {
            partition: (stored.get(partition, StoredOffset(0)).next_offset, position)
            for partition, position in self.processor.positions.items()
            if stored.get(partition, StoredOffset(0)).next_offset != position
        }
        # in a batch that is being applied they differ, too; others changed what stays the same
        changed = {each for each, pair in differing.items() if self._differing.get(each) == pair}
        self._differing = differing
        if changed:
            log.info("stored offsets changed", group=self.processor.group)
        decided = await self._decided()
        other_log = await self._of_another_log(stored)
        await self._seek(changed | decided | other_log | self.wrong_log.keys())

    async def _decided(self) -> set[TopicPartition]:
        """Partitions that were over the limit, and of whose dead letters people have decided."""
        if not self.over_limit:
            return set()
        async with self._database.reading() as session:
            waiting = await dead_letters.waiting_by_partition(session)
        most = self._limit.consecutive_dead_letters
        decided = {each for each in self.over_limit if waiting.get(each, 0) < most}
        for partition in decided:
            del self.over_limit[partition]
            self.processor.dead_letter_counters.pop(partition, None)
        return decided

    async def _of_another_log(
        self, stored: Mapping[TopicPartition, StoredOffset]
    ) -> set[TopicPartition]:
        """Partitions whose log is not the one that is being read, or ends before the position."""
        if time.monotonic() - self._looked_at_logs < LOOK_AT_LOGS_SECONDS:
            return set()
        self._looked_at_logs = time.monotonic()
        logs = await find_logs(self.consumer, self.processor.positions)
        return {
            partition
            for partition, partition_log in logs.items()
            if reason_to_stop(stored.get(partition, StoredOffset(0)), partition_log)
        }

    async def _commit(self) -> None:
        """Commit the positions to Kafka once a second, for lag tools only: the stored offsets in
        PostgreSQL decide."""
        if time.monotonic() - self._committed_at < COMMIT_SECONDS:
            return
        self._committed_at = time.monotonic()
        assigned = self.consumer.assignment()
        positions = {
            partition: offset
            for partition, offset in self.processor.positions.items()
            if partition in assigned
        }
        try:
            if positions:
                await self.consumer.commit(positions)
        except KafkaError:
            return  # a rebalance is under way; the next commit will do
