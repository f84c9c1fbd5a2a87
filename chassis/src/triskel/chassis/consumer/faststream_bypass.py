"""All that we do otherwise than FastStream and aiokafka would, and why.

FastStream keeps the subscriptions, their loops, middlewares and the orderly stop. It is bypassed
for what would lose records (docs/decisions/0024-where-faststream-is-bypassed.md):

1. *Where a batch was fetched from.* Stored offsets move by compare-and-set with that position;
   FastStream hands over records without it. `FetchingConsumer` keeps it.
2. *Errors of a fetch.* FastStream logs a `KafkaError`, sleeps five seconds and reads on; any other
   error ends the loop of its subscriber for ever. `FetchingConsumer` hands every error to us.
3. *Errors of a handler.* FastStream swallows them and reads on behind the batch, since the position
   of a consumer moves when it fetches. `Subscription.handle` seeks back before it raises.
4. *Its parser.* It decodes every header as UTF-8, and a batch with one header that is not would be
   lost. `pass_through` and `pass_through_decoded` hand the records over as they are; our own
   decoding takes 1.5 µs a record where FastStream's takes 140.
5. *Its consumer's class.* There is no public way to choose it: `use_fetching_consumers` does.
6. *aiokafka's decoding of header names*, at the end of this file.

What is done otherwise with connections, of producers too, stands in `kafka_connections.py`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
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
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

import triskel.chassis.kafka_connections  # noqa: F401  (for what it changes)
from triskel.chassis.consumer.partition_batch import PartitionBatch

WAIT_MILLISECONDS = 1_000

OnError = Callable[[Exception], Awaitable[None]]


class FetchingConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """Remembers from where it fetched, and hands errors to `on_error` instead of raising them."""

    def __init__(self, *topics: str, on_error: OnError, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._on_error = on_error
        self._positions: dict[TopicPartition, int] = {}
        self._fetched: list[tuple[TopicPartition, int, int]] = []

    def start_at(self, partition: TopicPartition, offset: int) -> None:
        """Fetch from this offset on."""
        self.seek(partition, offset)
        self._positions[partition] = offset

    def forget(self, partition: TopicPartition) -> None:
        """Nothing of this partition is handed over until it starts somewhere again."""
        self._positions.pop(partition, None)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, Sequence[Any]]:
        """As aiokafka's, but it waits until there is something, whatever `timeout_ms` says: after
        nothing FastStream sleeps for as long again, and what comes meanwhile waits for it.

        Returns nothing after an error, which `on_error` has been given.
        """
        found: dict[TopicPartition, Sequence[Any]] = {}
        try:
            while not found:
                found = await super().getmany(
                    *partitions, timeout_ms=WAIT_MILLISECONDS, max_records=max_records
                )
        except ConsumerStoppedError:
            raise
        except Exception as error:  # whatever aiokafka raises: its kinds are many
            await self._on_error(error)
            return {}
        # no await from here on: the positions belong to exactly these records
        known: dict[TopicPartition, Sequence[Any]] = {}
        self._fetched = []
        for partition, records in found.items():
            if (fetched_from := self._positions.get(partition)) is None:
                continue
            known[partition] = records
            self._fetched.append((partition, fetched_from, len(records)))
            self._positions[partition] = records[-1].offset + 1
        if unknown := found.keys() - known.keys():
            # assigned and fetched before anybody sought: as if it had no position
            await self._on_error(NoOffsetForPartitionError(unknown))
        return known

    def batches(self, records: Sequence[Any]) -> list[PartitionBatch]:
        """The records of the last fetch, in the order in which FastStream joined them, by
        partition."""
        batches, begin = [], 0
        for partition, fetched_from, count in self._fetched:
            part = records[begin : begin + count]
            batches.append(PartitionBatch(partition, fetched_from, part))
            begin += count
        return batches


def use_fetching_consumers(broker: KafkaBroker, on_error: Mapping[str, OnError]) -> None:
    """Let a connected broker make `FetchingConsumer`s; `on_error` by consumer group."""
    config: Any = broker.config.broker_config
    common = config.builder.keywords

    def build(**options: Any) -> FetchingConsumer:
        return FetchingConsumer(on_error=on_error[options["group_id"]], **(common | options))

    config.builder = build


async def pass_through(records: Sequence[Any]) -> KafkaAckableMessage:
    """A parser that decodes nothing."""
    return KafkaAckableMessage(
        body=b"", raw_message=records, consumer=None, headers={}, batch_headers=[]
    )


async def pass_through_decoded(message: Any) -> Any:
    """A decoder that gives the handler the records themselves."""
    return message.raw_message


# aiokafka decodes the names of headers as UTF-8 and raises where one is not. Kafka takes any bytes,
# so one such record would end the reading of its partition. aiokafka has no setting for that.


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
