"""Sends the rows of a window to Kafka: partitions concurrently, in order within each."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from pydantic_core import from_json

from triskel.chassis.relay.partitioner import partition_of

BATCH_BYTES = 512 * 1024
REQUEST_BYTES = 1024 * 1024


@dataclass
class Batch:
    """Rows of one partition that are sent as one request. Where `fits` is false it is one row that
    is too large for any request."""

    topic: str
    partition: int
    builder: Any
    rows: list[Any] = field(default_factory=list)
    fits: bool = True


class WindowSender:
    """Sends windows by an idempotent producer, acks=all. A record's timestamp is the time at which
    its row was inserted into the outbox."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=REQUEST_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=20_000,
            retry_backoff_ms=50,
        )
        self._partitions: dict[str, int] = {}

    async def __aenter__(self) -> "WindowSender":
        try:
            await self._producer.start()
        except BaseException:
            # a failed start would leave connections behind
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def prepare(self, rows: Sequence[Any]) -> list[Batch]:
        """Make the batches of some rows, in order within each partition. This takes CPU time and
        sends nothing, so the next window can be prepared while the broker writes this one. Raises
        `KafkaError` when Kafka is away."""
        by_partition: dict[tuple[str, int], list[Any]] = defaultdict(list)
        for row in rows:
            topic = row["topic"]
            if topic not in self._partitions:
                self._partitions[topic] = len(await self._producer.partitions_for(topic))
            partition = partition_of(row["key"].encode(), self._partitions[topic])
            by_partition[topic, partition].append(row)
        return [
            batch
            for (topic, partition), part in by_partition.items()
            for batch in self._batches(topic, partition, part)
        ]

    def _batches(self, topic: str, partition: int, rows: Sequence[Any]) -> list[Batch]:
        batches = [Batch(topic, partition, self._producer.create_batch())]
        for row in rows:
            record = {
                "key": row["key"].encode(),
                "value": row["value"],
                "timestamp": row["at"],
                "headers": [
                    (name, value.encode("latin-1"))
                    for name, value in from_json(row["headers"]).items()
                ],
            }
            last = batches[-1]
            full = last.builder.size() >= BATCH_BYTES
            if full or last.builder.append(**record) is None:
                last = Batch(topic, partition, self._producer.create_batch())
                # what does not fit into an empty batch stands alone and is refused when sent
                last.fits = last.builder.append(**record) is not None
                batches.append(last)
            last.rows.append(row)
        return [batch for batch in batches if batch.rows]

    async def send(self, batches: Sequence[Batch]) -> dict[int, str]:
        """Send batches; returns when the broker has every row, except those that it will never
        take: their ids, with the reason. Raises `KafkaError` when it is not certain which rows the
        broker has."""
        by_partition: dict[tuple[str, int], list[Batch]] = defaultdict(list)
        for batch in batches:
            by_partition[batch.topic, batch.partition].append(batch)
        refused: dict[int, str] = {}
        await asyncio.gather(*(self._send(part, refused) for part in by_partition.values()))
        return refused

    async def _send(self, batches: Sequence[Batch], refused: dict[int, str]) -> None:
        for batch in batches:
            if not batch.fits:
                refused[batch.rows[0]["id"]] = f"larger than {REQUEST_BYTES} bytes"
                continue
            sent = await self._producer.send_batch(
                batch.builder, batch.topic, partition=batch.partition
            )
            try:
                await sent
            except MessageSizeTooLargeError:
                if len(batch.rows) == 1:
                    refused[batch.rows[0]["id"]] = "larger than the topic allows"
                    continue
                # one of them is too large for the topic: find it, keep the order
                half = len(batch.rows) // 2
                for part in (batch.rows[:half], batch.rows[half:]):
                    again = self._batches(batch.topic, batch.partition, part)
                    await self._send(again, refused)
