"""Records that could not be handled: kept, listed, shown, handled again, or discarded."""

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.handlers import ConsumedRecord, Consumers
from triskel.contracts import (
    InvalidMessage,
    Message,
    Received,
    UnknownEventType,
    decode,
    topic_of,
)
from triskel.contracts.refusals import Conflict, NotFound

REASON_BYTES = 500
EVENT_TYPE_BYTES = 200
# of the record's own headers and value; together with our headers it must fit into a record of 1 MB
FORWARDED_BYTES = 900_000
HEADER_BYTES = 10_000


class DeadLetterUnknown(NotFound):
    """No dead letter has this number."""

    en = "There is no such dead letter."
    fr = "Ce message en échec n'existe pas."


class DeadLetterRedriven(Conflict):
    """A dead letter is handled once."""

    en = "This dead letter was handled already."
    fr = "Ce message en échec a déjà été traité."


class DeadLetterInvalid(Conflict):
    """What breaks the contract is not handled."""

    en = "It still breaks the contract: {why}"
    fr = "Il ne respecte toujours pas le contrat : {why}"


class DeadLetterForeign(Conflict):
    """A region speaks for itself alone."""

    en = "It is still refused: {why}."
    fr = "Il est toujours refusé : {why}."


class DeadLetterFails(Conflict):
    """Handled again it fails again."""

    en = "It fails again: {error}. Mend the cause first."
    fr = "Il échoue encore : {error}. Réparez d'abord la cause."


class DeadLetter(BaseModel):
    """Origin, reason and number of attempts; the record itself only in `DeadLetterRecord`."""

    id: int
    at: datetime
    topic: str
    origin_topic: str
    partition: int
    offset: int
    key: str | None
    event_type: str | None
    reason: str
    attempts: int
    redriven_at: datetime | None


class DeadLetterHeader(BaseModel):
    """A name may come several times, and a value may be null. Bytes of a name that are not UTF-8
    are written as `\\xff`; a value that is not UTF-8 comes as base64."""

    name: str
    value: str | None
    encoding: str


class DeadLetterRecord(DeadLetter):
    """With headers and value; a value that is not UTF-8 comes as base64."""

    headers: list[DeadLetterHeader]
    value: str | None
    encoding: str


def refused_mirror(topic: str, received: Received) -> str | None:
    """Why a record of a mirrored topic is refused, null when it is not: a region's mirror may carry
    the events of that region alone. `topic` is the broker's name."""
    _, origin = topic_of(topic)
    if origin is None or received.envelope is None:
        return None
    if received.envelope.region.lower() != origin:
        return f"a mirror of {origin} may not carry events of {received.envelope.region}"
    return None


async def store_dead_letter(
    session: AsyncSession, reader: str, record: Any, reason: str, attempts: int
) -> Message:
    """Store a record as a dead letter, once per (topic, partition, offset). Returns the message
    for the topic `<reader>.dead-letters`, which the caller writes to the outbox in the same
    transaction.

    It cannot fail because of the record: key, value, names and values of headers may hold any
    bytes, be null where Kafka allows it, and a name may come several times.
    """
    reason = _text(reason.encode(errors="replace")[:REASON_BYTES])
    await session.execute(
        text(
            """
            insert into dead_letters (topic, origin_topic, partition, "offset", key, raw_key,
                value, headers, event_type, reason, attempts)
            values (:topic, :origin, :partition, :offset, :key, :raw_key,
                :value, cast(:headers as jsonb), :event_type, :reason, :attempts)
            on conflict (origin_topic, partition, "offset") do nothing
            """
        ),
        {
            "topic": topic_of(record.topic)[0].name,
            "origin": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": None if record.key is None else _text(record.key),
            "raw_key": record.key,
            "value": record.value,
            "headers": _json(record.headers),
            "event_type": _event_type(record.headers),
            "reason": reason,
            "attempts": attempts,
        },
    )
    return _forwarded(reader, record, reason)


def _forwarded(reader: str, record: Any, reason: str) -> Message:
    """The record as a message for the dead-letter topic, small enough for Kafka and for the outbox.
    Headers that cannot go along are left out and counted (`dl_left_out`), a value that is too large
    is empty; the table has all of it.

    Of a topic with personal data the value is left out, since nothing can be erased from the
    dead-letter topic.
    """
    origin = f"{record.topic}/{record.partition}/{record.offset}".encode()
    kept: dict[str, bytes] = {}
    room = FORWARDED_BYTES
    for name, value in record.headers:
        if value is None or b"\0" in value or not _is_plain(name) or name in kept:
            continue
        if (size := len(name) + len(value)) <= min(room, HEADER_BYTES):
            kept[name], room = value, room - size
    left_out = len(record.headers) - len(kept)
    value = record.value
    if topic_of(record.topic)[0].personal or len(value or b"") > room:
        value = b""
    about = {"dl_reason": reason.encode(), "dl_origin": origin}
    if left_out:
        about["dl_left_out"] = str(left_out).encode()
    headers = tuple((kept | about).items())
    return Message(topic=f"{reader}.dead-letters", key=origin, value=value, headers=headers)


def _is_plain(name: str) -> bool:
    """Whether a header's name can be in a JSON text of PostgreSQL."""
    return name.isascii() and name.isprintable()


def _event_type(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    found = dict(headers).get("ce_type")
    return None if found is None else _text(found[:EVENT_TYPE_BYTES])


async def delete_dead_letters(
    session: AsyncSession, topic: str, keys: Sequence[str], except_id: int | None = None
) -> None:
    """Delete the dead letters of erased keys of a topic, except the one that is being handled."""
    await session.execute(
        text(
            "delete from dead_letters where topic = :topic and key = any (:keys) "
            "and id is distinct from :except_id"
        ),
        {"topic": topic, "keys": list(keys), "except_id": except_id},
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "\ufffd")


def _readable(value: bytes | None) -> tuple[str | None, str]:
    """Bytes as a text, with its encoding: `utf-8` where they are UTF-8, else `base64`."""
    if value is None:
        return None, "utf-8"
    try:
        return value.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(value).decode(), "base64"


def _json(headers: Iterable[tuple[str, bytes | None]]) -> str:
    # base64, since names and values may hold any bytes and PostgreSQL's text may not
    return json.dumps(
        [
            [
                base64.b64encode(name.encode("utf-8", "surrogateescape")).decode(),
                None if value is None else base64.b64encode(value).decode(),
            ]
            for name, value in headers
        ]
    )


def _headers(stored: Sequence[tuple[str, str | None]]) -> list[tuple[bytes, bytes | None]]:
    return [
        (base64.b64decode(name), None if value is None else base64.b64decode(value))
        for name, value in stored
    ]


_COLUMNS = """id, at, topic, origin_topic, partition, "offset", key, event_type, reason, attempts,
    redriven_at"""


async def list_waiting(session: AsyncSession, after: int, limit: int) -> list[DeadLetter]:
    """Those that wait for a decision, oldest first, with ids above `after`."""
    found = await session.execute(
        text(
            f"select {_COLUMNS} from dead_letters "
            "where redriven_at is null and id > :after order by id limit :limit"
        ),
        {"after": after, "limit": limit},
    )
    return [DeadLetter.model_validate(dict(row)) for row in found.mappings()]


async def waiting(session: AsyncSession) -> dict[str, int]:
    """How many wait for a decision, by the catalogue's name of the topic."""
    found = await session.execute(
        text("select topic, count(*) from dead_letters where redriven_at is null group by topic")
    )
    return {row[0]: row[1] for row in found}


async def waiting_by_partition(session: AsyncSession) -> dict[TopicPartition, int]:
    """How many wait for a decision, by partition of the topic as the broker names it."""
    found = await session.execute(
        text(
            "select origin_topic, partition, count(*) from dead_letters "
            "where redriven_at is null group by origin_topic, partition"
        )
    )
    return {TopicPartition(row[0], row[1]): row[2] for row in found}


async def _get(session: AsyncSession, dead_letter_id: int, lock: str = "") -> Any:
    found = await session.execute(
        text(f"select {_COLUMNS}, raw_key, value, headers from dead_letters where id = :id {lock}"),
        {"id": dead_letter_id},
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise DeadLetterUnknown(value=dead_letter_id)
    return row


async def show(session: AsyncSession, dead_letter_id: int) -> DeadLetterRecord:
    """One dead letter with its record. Raises `NotFound`."""
    row = await _get(session, dead_letter_id)
    value, encoding = _readable(row["value"])
    headers = [
        dict(
            zip(
                ("name", "value", "encoding"),
                (name.decode("utf-8", "backslashreplace"), *_readable(content)),
                strict=True,
            )
        )
        for name, content in _headers(row["headers"])
    ]
    return DeadLetterRecord.model_validate(
        dict(row) | {"headers": headers, "value": value, "encoding": encoding}
    )


async def redrive(session: AsyncSession, dead_letter_id: int, consumers: Consumers) -> DeadLetter:
    """Handle a dead letter again, in the session's transaction.

    Raises `NotFound`, and `Conflict` with the reason when it fails again or was decided before;
    then nothing changed. Handling is idempotent, so a newer event of the same key is not undone.
    """
    row = await _get(session, dead_letter_id, "for update")
    if row["redriven_at"] is not None:
        raise DeadLetterRedriven
    headers = [
        (name.decode("utf-8", "surrogateescape"), value) for name, value in _headers(row["headers"])
    ]
    try:
        received = decode(headers, row["raw_key"], row["value"])
    except (InvalidMessage, UnknownEventType) as error:
        raise DeadLetterInvalid(why=error) from None
    topic, origin = topic_of(row["origin_topic"])
    if reason := refused_mirror(row["origin_topic"], received):
        raise DeadLetterForeign(why=reason)
    record = ConsumedRecord(
        key=received.key,
        envelope=received.envelope,
        event=received.event,
        topic=topic.name,
        origin=origin,
        partition=row["partition"],
        offset=row["offset"],
    )
    try:
        async with session.begin_nested():
            if received.event is None:
                await delete_dead_letters(session, topic.name, [received.key], dead_letter_id)
            await consumers.handlers[topic.name](session, [record])
    except Exception as error:  # whatever the handler raises is the answer
        raise DeadLetterFails(error=type(error).__name__) from error
    await _mark_decided(session, dead_letter_id)
    return DeadLetter.model_validate(dict(await _get(session, dead_letter_id)))


async def discard(session: AsyncSession, dead_letter_id: int) -> None:
    """Decide that a dead letter will never be handled; it stays in the table. Raises `NotFound`."""
    await _get(session, dead_letter_id, "for update")
    await _mark_decided(session, dead_letter_id)


async def _mark_decided(session: AsyncSession, dead_letter_id: int) -> None:
    await session.execute(
        text("update dead_letters set redriven_at = clock_timestamp() where id = :id"),
        {"id": dead_letter_id},
    )
