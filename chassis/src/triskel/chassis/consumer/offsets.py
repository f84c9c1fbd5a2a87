"""Stored offsets: from where each consumer group reads on, and how an operator sets them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel
from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.handlers import Consumers
from triskel.chassis.consumer.partition_batch import PartitionBatch
from triskel.chassis.consumer.partition_logs import PartitionLog, find_logs, find_topics
from triskel.contracts import CATALOGUE
from triskel.contracts.refusals import Invalid, NotFound


class PartitionNotHeard(NotFound):
    """A service reads the topics of its own."""

    en = "This service hears no partition {partition} of {topic}."
    fr = "Ce service ne lit pas la partition {partition} de {topic}."


class OffsetOutsideTheLog(Invalid):
    """A reader goes on inside the log."""

    field = "to"
    en = "The log of {topic}/{partition} goes from {begin} to {end}."
    fr = "Le journal de {topic}/{partition} va de {begin} à {end}."


class OffsetConflict(Exception):
    """The stored offset is not the one from which the batch was fetched: another consumer owns the
    partition, a rebuild began, an operator set it, or the batch before was not applied. Nothing was
    changed; read on from the stored offset."""


@dataclass(frozen=True)
class StoredOffset:
    """From where a consumer group reads on. `topic_id` is of the log that the offset belongs to,
    null until it is known. `stopped` says why nothing is read until an operator has decided."""

    next_offset: int
    topic_id: UUID | None = None
    stopped: str | None = None


def reason_to_stop(stored: StoredOffset, log: PartitionLog | None) -> str | None:
    """Why a group must not read on from its stored offset in this log; null when it may.

    A group that has handled nothing may read any log, and a log that is missing does no harm.
    """
    if stored.stopped is not None:
        return stored.stopped
    if log is None or stored.next_offset == 0:
        return None
    if stored.topic_id and log.topic_id and stored.topic_id != log.topic_id:
        return (
            f"the topic was made anew: the stored offset {stored.next_offset} belongs to "
            f"{stored.topic_id}, and this is {log.topic_id}"
        )
    if stored.next_offset > log.end:
        return f"the stored offset {stored.next_offset} is beyond the end of the log, {log.end}"
    return None


_ADVANCE = text(
    """
    update consumer_offsets c set next_offset = n.next
    from unnest(:topics, :partitions, :expected, :following) as n (topic, partition, expected, next)
    where c.consumer_group = :consumer_group and c.topic = n.topic
      and c.partition = n.partition and c.next_offset = n.expected and c.stopped is null
    """
).bindparams(
    bindparam("topics", type_=ARRAY(Text)),
    bindparam("partitions", type_=ARRAY(Integer)),
    bindparam("expected", type_=ARRAY(BigInteger)),
    bindparam("following", type_=ARRAY(BigInteger)),
)
_START_AT_ZERO = text(
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select :consumer_group, n.topic, n.partition, 0
    from unnest(:topics, :partitions) as n (topic, partition)
    on conflict do nothing
    """
).bindparams(bindparam("topics", type_=ARRAY(Text)), bindparam("partitions", type_=ARRAY(Integer)))
_LOAD = text(
    "select consumer_group, topic, partition, next_offset, topic_id, stopped from consumer_offsets"
)
_AT = "where consumer_group = :consumer_group and topic = :topic and partition = :partition"


async def advance(session: AsyncSession, group: str, batches: Sequence[PartitionBatch]) -> None:
    """Compare and set: move each stored offset from where its batch was fetched to the offset
    behind the batch. Raises `OffsetConflict` where a stored offset is any other."""
    done = await session.execute(
        _ADVANCE,
        {
            "consumer_group": group,
            "topics": [batch.partition.topic for batch in batches],
            "partitions": [batch.partition.partition for batch in batches],
            "expected": [batch.fetched_from for batch in batches],
            "following": [batch.next_offset for batch in batches],
        },
    )
    if getattr(done, "rowcount", 0) != len(batches):
        raise OffsetConflict


async def start_at_zero(
    session: AsyncSession, group: str, partitions: Sequence[TopicPartition]
) -> None:
    """Store 0 for each partition that has no stored offset."""
    given = {
        "consumer_group": group,
        "topics": [partition.topic for partition in partitions],
        "partitions": [partition.partition for partition in partitions],
    }
    await session.execute(_START_AT_ZERO, given)


async def load(session: AsyncSession) -> dict[str, dict[TopicPartition, StoredOffset]]:
    """All stored offsets, by consumer group and partition."""
    found: dict[str, dict[TopicPartition, StoredOffset]] = {}
    for group, topic, partition, offset, topic_id, stopped in await session.execute(_LOAD):
        found.setdefault(group, {})[TopicPartition(topic, partition)] = StoredOffset(
            offset, topic_id, stopped
        )
    return found


async def note_log(
    session: AsyncSession,
    group: str,
    partition: TopicPartition,
    stored: StoredOffset,
    log: PartitionLog,
) -> int:
    """Store which log the offset belongs to; returns the offset from which to read.

    An offset below the begin of the log is set to the begin: retention has deleted the records
    between, and waiting would not bring them back.
    """
    following = max(stored.next_offset, log.begin)
    if (following, log.topic_id) != (stored.next_offset, stored.topic_id):
        await session.execute(
            text(
                "update consumer_offsets set next_offset = :following, "
                f"topic_id = coalesce(:topic_id, topic_id) {_AT} "
                "and next_offset = :seen and stopped is null"
            ),
            _where(group, partition)
            | {"following": following, "topic_id": log.topic_id, "seen": stored.next_offset},
        )
    return following


async def mark_stopped(
    session: AsyncSession, group: str, partition: TopicPartition, seen: StoredOffset, reason: str
) -> None:
    """Store that nothing is read until an operator has decided. It must be stored, because the log
    may grow beyond the stored offset, and then nothing would show that it is another."""
    await session.execute(
        text(f"update consumer_offsets set stopped = :reason {_AT} and next_offset = :seen"),
        _where(group, partition) | {"reason": reason, "seen": seen.next_offset},
    )


def _where(group: str, partition: TopicPartition) -> dict[str, object]:
    return {
        "consumer_group": group,
        "topic": partition.topic,
        "partition": partition.partition,
    }


class Lag(BaseModel):
    """Where a consumer group stands in one partition, and how many records it has not handled yet.
    `stopped` says why nothing is read until an operator has decided."""

    consumer_group: str
    topic: str
    partition: int
    next_offset: int
    begin_offset: int
    end_offset: int
    lag: int
    topic_id: UUID | None = None
    stored_topic_id: UUID | None = None
    stopped: str | None = None


async def lag(session: AsyncSession, bootstrap: str, consumers: Consumers) -> list[Lag]:
    """Of each partition that this service consumes, from the stored offsets and the ends of the
    logs. Raises `KafkaError` when Kafka is away."""
    known = await load(session)
    logs = await _consumed_logs(bootstrap, consumers)
    return [
        _lag(known.get(group, {}).get(partition, StoredOffset(0)), group, partition, log)
        for (group, partition), log in sorted(logs.items(), key=lambda item: item[0])
    ]


def _lag(stored: StoredOffset, group: str, partition: TopicPartition, log: PartitionLog) -> Lag:
    return Lag(
        consumer_group=group,
        topic=partition.topic,
        partition=partition.partition,
        next_offset=stored.next_offset,
        begin_offset=log.begin,
        end_offset=log.end,
        lag=max(0, log.end - max(stored.next_offset, log.begin)),
        topic_id=log.topic_id,
        stored_topic_id=stored.topic_id,
        stopped=reason_to_stop(stored, log),
    )


async def _consumed_logs(
    bootstrap: str, consumers: Consumers
) -> dict[tuple[str, TopicPartition], PartitionLog]:
    """Every log that this service consumes, with its consumer group."""
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await reader.start()
        groups = {
            TopicPartition(name, partition): consumers.group(topic)
            for name, found in (await find_topics(reader)).items()
            for topic in consumers.topics
            if re.match(CATALOGUE[topic].pattern(), name)
            for partition in found.partitions
        }
        logs = await find_logs(reader, groups)
    finally:
        await reader.stop()
    return {(groups[partition], partition): log for partition, log in logs.items()}


async def set_offset(
    session: AsyncSession,
    bootstrap: str,
    consumers: Consumers,
    partition: TopicPartition,
    to: Literal["begin", "end"] | int,
) -> Lag:
    """Set a stored offset by an operator's decision: the group reads on there, in the log as it is.

    Raises `NotFound` for a partition that this service does not consume, `Invalid` for an offset
    outside of its log, `KafkaError` when Kafka is away.
    """
    consumed = await _consumed_logs(bootstrap, consumers)
    logs = {each: (group, log) for (group, each), log in consumed.items()}
    topic, number = partition
    if partition not in logs:
        raise PartitionNotHeard(topic=topic, partition=number, value=f"{topic}/{number}")
    group, log = logs[partition]
    offset = {"begin": log.begin, "end": log.end}[to] if isinstance(to, str) else to
    if not log.begin <= offset <= log.end:
        raise OffsetOutsideTheLog(
            topic=topic, partition=number, begin=log.begin, end=log.end, value=offset
        )
    await start_at_zero(session, group, [partition])
    await session.execute(
        text(
            "update consumer_offsets set next_offset = :following, topic_id = :topic_id, "
            f"stopped = null {_AT}"
        ),
        _where(group, partition) | {"following": offset, "topic_id": log.topic_id},
    )
    # what a rebuild noted and this log can never reach (see `rebuilding`)
    await session.execute(
        text(f"delete from consumer_offsets {_AT} and next_offset > :end"),
        _where(group + BEFORE_REBUILD, partition) | {"end": log.end},
    )
    return _lag(StoredOffset(offset, log.topic_id), group, partition, log)


BEFORE_REBUILD = ".stood"
"""Behind a consumer group's name: the offsets that it had when its last rebuild began."""

# a second rebuild, begun before the first has come to its end, keeps the higher offsets
_KEEP_OFFSETS = text(
    f"""
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select consumer_group || '{BEFORE_REBUILD}', topic, partition, next_offset
    from consumer_offsets where consumer_group = any (:groups)
    on conflict (consumer_group, topic, partition) do update
    set next_offset = greatest(consumer_offsets.next_offset, excluded.next_offset)
    """
)
_REBUILDING = text(
    f"""
    select exists (
        select from consumer_offsets before left join consumer_offsets now
        on now.consumer_group = :consumer_group and now.topic = before.topic
            and now.partition = before.partition
        where before.consumer_group = :consumer_group || '{BEFORE_REBUILD}'
            and coalesce(now.next_offset, 0) < before.next_offset)
    """
)


async def rebuild(session: AsyncSession, consumers: Consumers) -> None:
    """Empty the projections and delete the stored offsets in one transaction. The consumers notice
    by their compare-and-set, and read the logs from their begin. The offsets of before are kept
    for `rebuilding`."""
    tables = ", ".join(f'"{name}"' for name in consumers.projections)
    await session.execute(text(f"truncate {tables}"))
    groups = {"groups": [consumers.group(topic) for topic in consumers.topics]}
    await session.execute(_KEEP_OFFSETS, groups)
    await session.execute(
        text("delete from consumer_offsets where consumer_group = any (:groups)"), groups
    )


async def rebuilding(session: AsyncSession, group: str) -> bool:
    """Whether a group has not yet reached the offsets at which its last rebuild began. Until then
    its projections lack what was known before, and nothing may be concluded from what is missing
    there."""
    return bool(await session.scalar(_REBUILDING, {"consumer_group": group}))
