"""Records of any bytes: what Kafka takes and no client library would send."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy


@dataclass(frozen=True)
class RawRecord:
    """Names of headers are bytes here, in any number and order."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[bytes, bytes | None]] = ()


class _Name:
    """aiokafka takes a name as text and encodes it."""

    def __init__(self, name: bytes) -> None:
        self._name = name

    def encode(self, encoding: str) -> bytes:
        return self._name


def batch_of(records: Sequence[RawRecord], compression: int = 0) -> bytes:
    """The bytes of a batch; compression as the protocol numbers it."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=compression,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=2**30,
    )
    now = int(time.time() * 1000)
    for number, record in enumerate(records):
        names = [(_Name(name), value) for name, value in record.headers]
        builder.append(number, now, record.key, record.value, names)
    return bytes(builder.build())


async def send_raw(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[RawRecord]
) -> int:
    """Send them as one batch; returns the offset of the first. Raises `KafkaError`."""
    request = ProduceRequest(None, -1, 20_000, [(topic, [(partition, batch_of(records))])])
    while True:
        await producer.partitions_for(topic)
        leader = producer.client.cluster.leader_for_partition(TopicPartition(topic, partition))
        answer = await producer.client.send(leader, request)
        ((_, ((_, code, offset, *_),)),) = answer.topics
        if not code:
            return int(offset)
        error = for_code(code)()
        if not error.invalid_metadata:
            raise error
        await producer.client.force_metadata_update()  # a topic that was made just now
