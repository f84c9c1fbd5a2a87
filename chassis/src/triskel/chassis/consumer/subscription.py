"""One topic of the catalogue, here and from mirrors: where it is read on, and where it is not."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import deadletters, offsets
from triskel.chassis.consumer.batch import LONGEST_PAUSE_SECONDS, BatchProcessor
from triskel.chassis.consumer.fetching import FetchingConsumer, PartitionBatch
from triskel.chassis.consumer.limits import Limit
from triskel.chassis.consumer.logs import Log, find_logs
from triskel.chassis.consumer.offsets import OffsetConflict, Stored, trouble
from triskel.chassis.database import Database, is_transient
from triskel.chassis.telemetry import Telemetry, log

COMMIT_HINT_SECONDS = 1.0
RESUME_POLL_SECONDS = 1.0
LOOK_AT_LOGS_SECONDS = 5.0
FAILURES_TO_TELL = 3
# in what aiokafka raises for ever after, once its group membership ended of an error
COORDINATION_ENDED = "error during coordination"


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """`poisoned` are partitions with too many dead letters, `wrong` those whose log is not the one
    that was read: both are paused, each with its reason, while the others are read. `ended` is why
    its consumer can read nothing any more."""

    def __init__(
        self,
        topic: str,
        processor: BatchProcessor,
        database: Database,
        telemetry: Telemetry,
        limit: Limit,
    ) -> None:
        self.topic = topic
        self.processor = processor
        self.poisoned: dict[TopicPartition, str] = {}
        self.wrong: dict[TopicPartition, str] = {}
        self.subscriber: Any = None
        self.ended: KafkaError | None = None
        self._database = database
        self._telemetry = telemetry
        self._limit = limit
        self._failures = 0
        self._failure = ""
        self._differs: dict[TopicPartition, tuple[int, int]] = {}
        self._hinted_at = 0.0
        self._looked_at = 0.0

    @property
    def consumer(self) -> FetchingConsumer:
        consumer: FetchingConsumer = self.subscriber.consumer
        return consumer

    @property
    def stopped(self) -> dict[str, str]:
        """Why what is not read, by `topic/partition`."""
        places = self.poisoned | self.wrong
        stopped = {f"{topic}/{partition}": why for (topic, partition), why in places.items()}
        if self._failures >= FAILURES_TO_TELL:
            stopped[self.topic] = f"fails again and again: {self._failure}"
        return stopped

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        for place in revoked:
            self.consumer.leave(place)
            for known in (
                self.processor.positions,
                self.processor.tallies,
                self.poisoned,
                self.wrong,
            ):
                known.pop(place, None)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        await self._seek(assigned)

    async def handle(self, portions: Sequence[PartitionBatch]) -> None:
        """Never raises: FastStream would go on behind the batch. What is not applied is read
        again from the stored offsets."""
        began = time.perf_counter()
        try:
            await self.processor.process(portions)
            self._measure(portions, began)
            self._pause_what_is_poisoned()
            await self._hint()
        except OffsetConflict:
            log.info("reader moved", group=self.processor.group)
            await self._seek([portion.place for portion in portions])
        except Exception as error:  # whatever it is: nothing is lost by reading it again
            await self.failed(error)
        else:
            self._failures = 0

    async def failed(self, error: Exception) -> None:
        """After an error of fetching or handling: count it, wait, read on from what is stored."""
        if isinstance(error, KafkaError) and COORDINATION_ENDED in str(error):
            self.ended = error
        if not isinstance(error, NoOffsetForPartitionError):  # assigned, and not sought yet
            self.processor.failed(error, tell=True)
            self._failures, self._failure = self._failures + 1, type(error).__name__
            await asyncio.sleep(min(0.1 * 2**self._failures, LONGEST_PAUSE_SECONDS))
        try:
            await self._seek(self.consumer.assignment())
        except Exception as again:
            # what comes next will not fit to the stored offsets, and is sought again then
            self.processor.failed(again, tell=True)

    async def _seek(self, places: Iterable[TopicPartition]) -> None:
        """Read on from the stored offsets, where their logs are still what was read; while the
        database or Kafka is away, wait for it."""
        wanted = sorted(set(places))
        while wanted:
            try:
                logs = await find_logs(self.consumer, wanted)
                async with self._database.transaction() as session:
                    await offsets.begin(session, self.processor.group, wanted)
                    known = (await offsets.read(session))[self.processor.group]
                    following = {
                        place: await self._judged(session, place, known[place], logs.get(place))
                        for place in wanted
                    }
            except Exception as error:
                if not (is_transient(error) or isinstance(error, KafkaError)):
                    raise
                log.warning("reader waits", group=self.processor.group, why=type(error).__name__)
                await asyncio.sleep(RESUME_POLL_SECONDS)
                continue
            # no await from here on: what is noted is where the consumer is
            mine = self.consumer.assignment()
            for place in wanted:
                if place in mine:
                    self.consumer.stand(place, following[place])
                    self.processor.positions[place] = following[place]
                    stopped = place in self.poisoned or place in self.wrong
                    (self.consumer.pause if stopped else self.consumer.resume)(place)
            return

    async def _judged(
        self, session: AsyncSession, place: TopicPartition, stored: Stored, log_: Log | None
    ) -> int:
        """The offset to read from. A log that is seen to be wrong twice is written down as such:
        only an operator's decision takes that back."""
        why = trouble(stored, log_)
        if why is None:
            if self.wrong.pop(place, None):
                log.info("reader goes on", group=self.processor.group, place=place)
            if log_ is None:
                return stored.next_offset
            gone = max(0, log_.begin - stored.next_offset) if stored.next_offset else 0
            if gone:
                log.error("records are gone", group=self.processor.group, place=place, count=gone)
                self._telemetry.consumer_events.labels(self.topic, "gone").inc(gone)
            return await offsets.adopt(session, self.processor.group, place, stored, log_)
        if place in self.wrong and stored.stopped is None:
            await offsets.stop(session, self.processor.group, place, stored, why)
        if place not in self.wrong:
            log.error("reader stopped", group=self.processor.group, place=place, why=why)
        self.wrong[place] = why
        return stored.next_offset

    def _measure(self, portions: Sequence[PartitionBatch], began: float) -> None:
        now = time.time()
        self._telemetry.consumer_batch.labels(self.topic).observe(time.perf_counter() - began)
        delay = self._telemetry.bus_delay.labels(self.topic)
        for portion in portions:
            for record in portion.records:
                delay.observe(max(0.0, now - record.timestamp / 1000))

    def _pause_what_is_poisoned(self) -> None:
        mine = self.consumer.assignment()
        for place, tally in self.processor.tallies.items():
            if tally.why and place not in self.poisoned and place in mine:
                self.poisoned[place] = tally.why
                self.consumer.pause(place)
                log.error("reader stopped", group=self.processor.group, place=place, why=tally.why)

    async def follow(self, known: Mapping[TopicPartition, Stored]) -> None:
        """Now and then: notice what others did to the stored offsets (a rebuild, an operator) and
        to the logs, perhaps while nothing is said and no batch would notice."""
        positions = dict(self.processor.positions)
        differs = {
            place: (known.get(place, Stored(0)).next_offset, position)
            for place, position in positions.items()
            if known.get(place, Stored(0)).next_offset != position
        }
        # a batch that is being applied moves; what differs twice, without moving, was moved
        moved = {place for place in differs if self._differs.get(place) == differs[place]}
        self._differs = differs
        if moved:
            log.info("reader moved", group=self.processor.group)
        decided = await self._decided()
        await self._seek(moved | decided | self.wrong.keys() | await self._of_another_log(known))

    async def _decided(self) -> set[TopicPartition]:
        """Poisoned partitions whose dead letters people have decided on."""
        if not self.poisoned:
            return set()
        async with self._database.reading() as session:
            waiting = await deadletters.waiting_by_partition(session)
        decided = {
            p for p in self.poisoned if waiting.get(p, 0) < self._limit.consecutive_dead_letters
        }
        for place in decided:
            del self.poisoned[place]
            self.processor.tallies.pop(place, None)
        return decided

    async def _of_another_log(self, known: Mapping[TopicPartition, Stored]) -> set[TopicPartition]:
        """Partitions whose log is not the one that is being read, or ends before it."""
        if time.monotonic() - self._looked_at < LOOK_AT_LOGS_SECONDS:
            return set()
        self._looked_at = time.monotonic()
        logs = await find_logs(self.consumer, self.processor.positions)
        return {place for place in logs if trouble(known.get(place, Stored(0)), logs[place])}

    async def _hint(self) -> None:
        """Tell Kafka where we are, for lag tools only; the truth is in PostgreSQL."""
        if time.monotonic() - self._hinted_at < COMMIT_HINT_SECONDS:
            return
        self._hinted_at = time.monotonic()
        mine = self.consumer.assignment()
        hints = {
            place: offset for place, offset in self.processor.positions.items() if place in mine
        }
        try:
            if hints:
                await self.consumer.commit(hints)
        except KafkaError:
            return  # a rebalance is under way; the next hint will do
