"""Stored offsets: where each reader stands in which log, and what an operator may do about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel
from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.fetching import PartitionBatch
from triskel.chassis.consumer.handlers import Consumers
from triskel.chassis.consumer.logs import Log, find_logs, find_topics
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
    """The stored offset is not from where this portion was fetched: somebody else owns the
    partition, a rebuild began, or a portion before it was not applied. Nothing was changed; read
    on from the stored offset."""


@dataclass(frozen=True)
class Stored:
    """Where a reader stands. `topic_id` is of the log that it stands in, null until it is known;
    `stopped` says why an operator must decide before it reads on."""

    next_offset: int
    topic_id: UUID | None = None
    stopped: str | None = None


def trouble(stored: Stored, log: Log | None) -> str | None:
    """Why a reader must not read on from its stored offset in this log; null when it may.

    One that has handled nothing may read any log, and one that is not there does no harm.
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


_MOVE = text(
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
_BEGIN = text(
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select :consumer_group, n.topic, n.partition, 0
    from unnest(:topics, :partitions) as n (topic, partition)
    on conflict do nothing
    """
).bindparams(bindparam("topics", type_=ARRAY(Text)), bindparam("partitions", type_=ARRAY(Integer)))
_READ = text(
    "select consumer_group, topic, partition, next_offset, topic_id, stopped from consumer_offsets"
)
_AT = "where consumer_group = :consumer_group and topic = :topic and partition = :partition"


async def move(session: AsyncSession, group: str, portions: Sequence[PartitionBatch]) -> None:
    """Compare and set: each stored offset goes on from where its portion was fetched to the
    portion's end. Raises `OffsetConflict` where one is anywhere else."""
    done = await session.execute(
        _MOVE,
        {
            "consumer_group": group,
            "topics": [portion.topic for portion in portions],
            "partitions": [portion.partition for portion in portions],
            "expected": [portion.fetched_from for portion in portions],
            "following": [portion.following for portion in portions],
        },
    )
    if getattr(done, "rowcount", 0) != len(portions):
        raise OffsetConflict


async def begin(session: AsyncSession, group: str, places: Sequence[TopicPartition]) -> None:
    """A place that has no stored offset begins at 0."""
    given = {
        "consumer_group": group,
        "topics": [place.topic for place in places],
        "partitions": [place.partition for place in places],
    }
    await session.execute(_BEGIN, given)


async def read(session: AsyncSession) -> dict[str, dict[TopicPartition, Stored]]:
    """All stored offsets, by consumer group and place."""
    found: dict[str, dict[TopicPartition, Stored]] = {}
    for group, topic, partition, offset, topic_id, stopped in await session.execute(_READ):
        found.setdefault(group, {})[TopicPartition(topic, partition)] = Stored(
            offset, topic_id, stopped
        )
    return found


async def adopt(
    session: AsyncSession, group: str, place: TopicPartition, stored: Stored, log: Log
) -> int:
    """Note which log a reader that may read it stands in; returns its next offset.

    An offset below the log's begin goes on there: what retention took is nowhere any more, and
    waiting would not bring it back.
    """
    following = max(stored.next_offset, log.begin)
    if (following, log.topic_id) != (stored.next_offset, stored.topic_id):
        await session.execute(
            text(
                "update consumer_offsets set next_offset = :following, "
                f"topic_id = coalesce(:topic_id, topic_id) {_AT} "
                "and next_offset = :seen and stopped is null"
            ),
            _where(group, place)
            | {"following": following, "topic_id": log.topic_id, "seen": stored.next_offset},
        )
    return following


async def stop(
    session: AsyncSession, group: str, place: TopicPartition, seen: Stored, why: str
) -> None:
    """Keep that a reader must not read on, until an operator has decided: the log may grow beyond
    the stored offset, and then nothing would show any more that it is another."""
    await session.execute(
        text(f"update consumer_offsets set stopped = :why {_AT} and next_offset = :seen"),
        _where(group, place) | {"why": why, "seen": seen.next_offset},
    )


def _where(group: str, place: TopicPartition) -> dict[str, object]:
    return {"consumer_group": group, "topic": place.topic, "partition": place.partition}


class Lag(BaseModel):
    """Where a reader stands in one partition, and the records that it has not handled yet.
    `stopped` says why it does not read on until an operator has decided."""

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
    """From the stored offsets and the ends of the log. Raises `KafkaError` when Kafka is away."""
    known = await read(session)
    rows = []
    for (group, place), log in sorted(
        (await _heard(bootstrap, consumers)).items(), key=lambda item: item[0]
    ):
        stored = known.get(group, {}).get(place, Stored(0))
        rows.append(
            Lag(
                consumer_group=group,
                topic=place.topic,
                partition=place.partition,
                next_offset=stored.next_offset,
                begin_offset=log.begin,
                end_offset=log.end,
                lag=max(0, log.end - max(stored.next_offset, log.begin)),
                topic_id=log.topic_id,
                stored_topic_id=stored.topic_id,
                stopped=trouble(stored, log),
            )
        )
    return rows


async def _heard(bootstrap: str, consumers: Consumers) -> dict[tuple[str, TopicPartition], Log]:
    """Every log that this reader hears, with its consumer group."""
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
    return {(groups[place], place): log for place, log in logs.items()}


async def decide(
    session: AsyncSession,
    bootstrap: str,
    consumers: Consumers,
    place: TopicPartition,
    to: Literal["begin", "end"] | int,
) -> Lag:
    """An operator's decision: the reader goes on there, in the log as it is now.

    Raises `NotFound` for a partition that this reader does not hear, `Invalid` for an offset
    outside of its log, `KafkaError` when Kafka is away.
    """
    topic, partition = place
    logs = {at: (group, log) for (group, at), log in (await _heard(bootstrap, consumers)).items()}
    if place not in logs:
        raise PartitionNotHeard(topic=topic, partition=partition, value=f"{topic}/{partition}")
    group, log = logs[place]
    following = {"begin": log.begin, "end": log.end}[to] if isinstance(to, str) else to
    if not log.begin <= following <= log.end:
        raise OffsetOutsideTheLog(
            topic=topic, partition=partition, begin=log.begin, end=log.end, value=following
        )
    await begin(session, group, [place])
    given = _where(group, place) | {"following": following, "topic_id": log.topic_id}
    await session.execute(
        text(
            "update consumer_offsets set next_offset = :following, topic_id = :topic_id, "
            f"stopped = null {_AT}"
        ),
        given,
    )
    # a mark of a rebuild that this log can never reach (see `rebuilding`)
    await session.execute(
        text(f"delete from consumer_offsets {_AT} and next_offset > :end"),
        _where(f"{group}.stood", place) | {"end": log.end},
    )
    return next(
        row
        for row in await lag(session, bootstrap, consumers)
        if (row.topic, row.partition) == place
    )


async def rebuild(session: AsyncSession, consumers: Consumers) -> None:
    """Forget the projections and the offsets in one transaction: the readers, which notice by
    their compare-and-set, read the log again from its beginning. Where they stood is kept under a
    group of its own, for `rebuilding`."""
    tables = ", ".join(f'"{name}"' for name in consumers.projections)
    await session.execute(text(f"truncate {tables}"))
    groups = {"groups": [consumers.group(topic) for topic in consumers.topics]}
    await session.execute(_REMEMBER_WHERE_THEY_STOOD, groups)
    await session.execute(
        text("delete from consumer_offsets where consumer_group = any (:groups)"), groups
    )


# a second rebuild, before the first has come to its end, keeps the farther place
_REMEMBER_WHERE_THEY_STOOD = text(
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select consumer_group || '.stood', topic, partition, next_offset from consumer_offsets
    where consumer_group = any (:groups)
    on conflict (consumer_group, topic, partition) do update
    set next_offset = greatest(consumer_offsets.next_offset, excluded.next_offset)
    """
)
_REBUILDING = text(
    """
    select exists (
        select from consumer_offsets stood left join consumer_offsets reads
        on reads.consumer_group = :consumer_group and reads.topic = stood.topic
            and reads.partition = stood.partition
        where stood.consumer_group = :consumer_group || '.stood'
            and coalesce(reads.next_offset, 0) < stood.next_offset)
    """
)


async def rebuilding(session: AsyncSession, group: str) -> bool:
    """Whether a reader is not yet back where it stood when its last rebuild began: its projections
    lack what was known before, so nobody should conclude from what is not there."""
    return bool(await session.scalar(_REBUILDING, {"consumer_group": group}))
