"""What Kafka says of the logs of partitions: which log it is, its first offset and its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_NO_TOPIC_ID = UUID(int=0)


@dataclass(frozen=True)
class PartitionLog:
    """The log of one partition: `begin` is its first offset, `end` the one behind its last record.

    `topic_id` is the topic's (KIP-516); a topic that is deleted and made again gets another one. It
    is null where the broker gives none (before Kafka 2.8).
    """

    topic_id: UUID | None
    begin: int
    end: int


async def find_logs(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, PartitionLog]:
    """The logs of some partitions; a partition that does not exist is left out.

    Raises `KafkaError` when the broker does not answer.
    """
    wanted = set(partitions)
    topics = await find_topics(consumer, sorted({partition.topic for partition in wanted}))
    existing = [
        partition
        for partition in sorted(wanted)
        if partition.topic in topics and partition.partition in topics[partition.topic].partitions
    ]
    if not existing:
        return {}
    begins = await consumer.beginning_offsets(existing)
    ends = await consumer.end_offsets(existing)
    return {
        partition: PartitionLog(topics[partition.topic].id, begins[partition], ends[partition])
        for partition in existing
    }


@dataclass(frozen=True)
class BrokerTopic:
    """What the broker knows of a topic; `id` as in `PartitionLog.topic_id`."""

    id: UUID | None
    partitions: frozenset[int]


async def find_topics(
    consumer: AIOKafkaConsumer, names: list[str] | None = None
) -> dict[str, BrokerTopic]:
    """Topics by their names, or all of them; those that do not exist are left out.

    Raises `KafkaError` when the broker does not answer.
    """
    client = consumer._client  # aiokafka has no public way to send a request of one's own
    answer = await client.send(client.get_random_node(), _MetadataRequest(names))
    return {
        name: BrokerTopic(
            None if topic_id == _NO_TOPIC_ID else topic_id,
            frozenset(partition[1] for partition in partitions),
        )
        for error, name, topic_id, _, partitions, *_ in answer.topics
        if error == 0
    }


# Metadata as of version 12, which gives the topics' ids; aiokafka 0.14 knows version 5 at most.


class _Uuid(AbstractType[UUID]):  # type: ignore[misc]  # aiokafka is untyped
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


_TEXT = CompactString("utf-8")


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", _TEXT),
                ("port", Int32),
                ("rack", _TEXT),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition_index", Int32),
                        ("leader_id", Int32),
                        ("leader_epoch", Int32),
                        ("replica_nodes", CompactArray(Int32)),
                        ("isr_nodes", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequest12(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequest12]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, names: list[str] | None) -> None:
        self._topics: list[Any] | None = None
        if names is not None:
            self._topics = [(_NO_TOPIC_ID, name, {}) for name in names]

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._topics, False, False, {})
