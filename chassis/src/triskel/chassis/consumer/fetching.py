"""Fetching from Kafka: each portion comes with the position from which it was fetched."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    NoOffsetForPartitionError,
)
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

WAIT_MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True)
class PartitionBatch:
    """Records of one partition in the order of their offsets, at least one.

    `fetched_from` is where this reader stood when it fetched them: what it had sought, or the end
    of the portion before. Offsets may lack between it and the first record (compaction, control
    records); what lies there is known to hold nothing for us.
    """

    topic: str
    partition: int
    fetched_from: int
    records: Sequence[Any]

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    @property
    def following(self) -> int:
        following: int = self.records[-1].offset + 1
        return following

    def halves(self) -> "tuple[PartitionBatch, PartitionBatch]":
        """The second was fetched from where the first ends."""
        middle = len(self.records) // 2
        first = PartitionBatch(self.topic, self.partition, self.fetched_from, self.records[:middle])
        last = self.records[middle:]
        return first, PartitionBatch(self.topic, self.partition, first.following, last)


class FetchingConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """Gives portions, and tells `failed` of every error instead of raising it: FastStream would
    end, or read on behind what it never handed over."""

    def __init__(
        self, *topics: str, failed: Callable[[Exception], Awaitable[None]], **options: Any
    ) -> None:
        super().__init__(*topics, **options)
        self._failed = failed
        self._fetched_to: dict[TopicPartition, int] = {}

    def stand(self, place: TopicPartition, offset: int) -> None:
        """Fetch from here."""
        self.seek(place, offset)
        self._fetched_to[place] = offset

    def leave(self, place: TopicPartition) -> None:
        self._fetched_to.pop(place, None)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, tuple[PartitionBatch]]:
        """Waits until there is something, whatever `timeout_ms`: after nothing FastStream sleeps
        for as long again, and what comes meanwhile waits for it."""
        found: dict[TopicPartition, Any] = {}
        try:
            while not found:
                found = await super().getmany(
                    *partitions, timeout_ms=WAIT_MILLISECONDS, max_records=max_records
                )
        except ConsumerStoppedError:
            raise
        except Exception as error:  # whatever aiokafka raises: its kinds are many
            await self._failed(error)
            return {}
        # no await from here on: what is noted is true of exactly these records
        portions: dict[TopicPartition, tuple[PartitionBatch]] = {}
        for place, records in found.items():
            if (fetched_from := self._fetched_to.get(place)) is None:
                continue
            portion = PartitionBatch(place.topic, place.partition, fetched_from, records)
            self._fetched_to[place] = portion.following
            portions[place] = (portion,)
        if strangers := found.keys() - portions.keys():
            # assigned and fetched before anybody sought where we stand: as if it had no position
            await self._failed(NoOffsetForPartitionError(strangers))
        return portions


# aiokafka decodes the names of headers as UTF-8 and raises where one is not. Kafka takes any bytes,
# so one such record would end the reading of its partition. It has no setting for that.


class _AnyBytes(bytearray):
    """Decodes any bytes; what is not UTF-8 becomes surrogates, from which it can be had back."""

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        return _AnyBytes(found) if isinstance(part, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "surrogateescape")


class _Batch:
    """A batch of records, read again by the slower way where the quick one cannot decode a name."""

    def __init__(self, batch: Any, data: Any) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        given = 0
        try:
            for record in self._batch:
                yield record
                given += 1
        except (UnicodeDecodeError, CorruptRecordException):
            # the second is what aiokafka without its extensions makes of the first; a batch that is
            # corrupt is so again
            slower = _DefaultRecordBatchPy(self._data)
            slower._maybe_uncompress()
            slower._buffer = _AnyBytes(slower._buffer)
            yield from islice(slower, given, None)


class _Records(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka is untyped
    def next_batch(self, *sizes: int) -> Any:
        data = self._next_slice
        batch = super().next_batch(*sizes)
        return _Batch(batch, data) if isinstance(batch, DefaultRecordBatch) else batch


fetcher.MemoryRecords = _Records
