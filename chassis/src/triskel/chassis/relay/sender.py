"""Sending a window to Kafka: partitions side by side, in order within each."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

BATCH_BYTES = 512 * 1024
REQUEST_BYTES = 1024 * 1024
_partition = DefaultPartitioner()


class Sender:
    """An idempotent producer, acks=all. The partition of a key is that of every Kafka client
    (murmur2). A record's timestamp is the time at which its row entered the outbox."""

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
        self._partitions: dict[str, list[int]] = {}

    async def __aenter__(self) -> "Sender":
        try:
            await self._producer.start()
        except BaseException:
            # a start that failed leaves connections behind
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, rows: Sequence[Any]) -> dict[int, str]:
        """Returns when the broker has every row, except those that it will never take:
        their ids, with the reason. Raises `KafkaError` when nothing is certain."""
        by_partition: dict[tuple[str, int], list[Any]] = defaultdict(list)
        for row in rows:
            topic = row["topic"]
            if topic not in self._partitions:
                self._partitions[topic] = sorted(await self._producer.partitions_for(topic))
            known = self._partitions[topic]
            by_partition[topic, _partition(row["key"].encode(), known, known)].append(row)
        refused: dict[int, str] = {}
        await asyncio.gather(
            *(
                self._send_in_order(topic, partition, part, refused)
                for (topic, partition), part in by_partition.items()
            )
        )
        return refused

    async def _send_in_order(
        self, topic: str, partition: int, rows: Sequence[Any], refused: dict[int, str]
    ) -> None:
        batch = self._producer.create_batch()
        waiting: list[Any] = []
        for row in rows:
            headers = [(n, v.encode("latin-1")) for n, v in json.loads(row["headers"]).items()]
            record = {
                "key": row["key"].encode(),
                "value": row["value"],
                "timestamp": row["at"],
                "headers": headers,
            }
            full = batch.size() >= BATCH_BYTES
            if full or batch.append(**record) is None:
                await self._send_batch(batch, topic, partition, waiting, refused)
                batch, waiting = self._producer.create_batch(), []
                if batch.append(**record) is None:
                    refused[row["id"]] = f"larger than {REQUEST_BYTES} bytes"
                    continue
            waiting.append(row)
        await self._send_batch(batch, topic, partition, waiting, refused)

    async def _send_batch(
        self, batch: Any, topic: str, partition: int, rows: list[Any], refused: dict[int, str]
    ) -> None:
        if not rows:
            return
        sent = await self._producer.send_batch(batch, topic, partition=partition)
        try:
            await sent
        except MessageSizeTooLargeError:
            if len(rows) == 1:
                refused[rows[0]["id"]] = "larger than the topic allows"
                return
            # one of them is too large for the topic: find it, keep the order
            half = len(rows) // 2
            await self._send_in_order(topic, partition, rows[:half], refused)
            await self._send_in_order(topic, partition, rows[half:], refused)


__all__ = ["KafkaError", "Sender"]
