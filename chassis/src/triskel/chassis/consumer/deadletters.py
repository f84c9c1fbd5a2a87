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

from triskel.chassis.consumer.handlers import Consumers, Delivery
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
# of the record's own headers and value: with our headers more would not fit into a record any more
PASSED_ON_BYTES = 900_000
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


def foreign(topic: str, received: Received) -> str | None:
    """Why a mirrored record is refused: a region speaks for itself only."""
    _, origin = topic_of(topic)
    if origin is None or received.envelope is None:
        return None
    if received.envelope.region.lower() != origin:
        return f"a mirror of {origin} may not carry events of {received.envelope.region}"
    return None


async def store_dead_letter(
    session: AsyncSession, reader: str, record: Any, reason: str, attempts: int
) -> Message:
    """Keep a record as a dead letter, once per (topic, partition, offset); returns the message for
    the reader's dead-letter topic, which goes through the outbox in the same transaction.

    Whatever the record holds, this does not fail for it: any bytes in key, value, names and values
    of headers, null where Kafka allows it, a name several times.
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
    return _passed_on(reader, record, reason)


def _passed_on(reader: str, record: Any, reason: str) -> Message:
    """A record for the dead-letter topic that fits into one and that the outbox can hold; what
    cannot go along (`dl_left_out` counts the headers) is in the table, which has it whole.

    Of a record with personal data only its place goes on: that topic cannot be erased from.
    """
    place = f"{record.topic}/{record.partition}/{record.offset}".encode()
    kept: dict[str, bytes] = {}
    room = PASSED_ON_BYTES
    for name, value in record.headers:
        if value is None or b"\0" in value or not _plain(name) or name in kept:
            continue
        if (size := len(name) + len(value)) <= min(room, HEADER_BYTES):
            kept[name], room = value, room - size
    left_out = len(record.headers) - len(kept)
    value = record.value
    if topic_of(record.topic)[0].personal or len(value or b"") > room:
        value = b""
    about = {"dl_reason": reason.encode(), "dl_origin": place}
    if left_out:
        about["dl_left_out"] = str(left_out).encode()
    headers = tuple((kept | about).items())
    return Message(topic=f"{reader}.dead-letters", key=place, value=value, headers=headers)


def _plain(name: str) -> bool:
    """Whether a header's name can be in a JSON text of PostgreSQL."""
    return name.isascii() and name.isprintable()


def _event_type(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    found = dict(headers).get("ce_type")
    return None if found is None else _text(found[:EVENT_TYPE_BYTES])


async def forget(
    session: AsyncSession, topic: str, keys: Sequence[str], but: int | None = None
) -> None:
    """An erasure reaches the dead letters, too; `but` is one that is being handled."""
    await session.execute(
        text(
            "delete from dead_letters where topic = :topic and key = any (:keys) "
            "and id is distinct from :but"
        ),
        {"topic": topic, "keys": list(keys), "but": but},
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "\ufffd")


def _shown(value: bytes | None) -> tuple[str | None, str]:
    """Bytes for people, with their encoding: UTF-8 where they are, else base64."""
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
    """Those that wait for a decision, oldest first, after an id."""
    found = await session.execute(
        text(
            f"select {_COLUMNS} from dead_letters "
            "where redriven_at is null and id > :after order by id limit :limit"
        ),
        {"after": after, "limit": limit},
    )
    return [DeadLetter.model_validate(dict(row)) for row in found.mappings()]


async def waiting(session: AsyncSession) -> dict[str, int]:
    """How many wait, by topic."""
    found = await session.execute(
        text("select topic, count(*) from dead_letters where redriven_at is null group by topic")
    )
    return {row[0]: row[1] for row in found}


async def waiting_by_partition(session: AsyncSession) -> dict[TopicPartition, int]:
    """How many wait, by the topic as the broker names it and the partition."""
    found = await session.execute(
        text(
            "select origin_topic, partition, count(*) from dead_letters "
            "where redriven_at is null group by origin_topic, partition"
        )
    )
    return {TopicPartition(row[0], row[1]): row[2] for row in found}


async def _one(session: AsyncSession, number: int, lock: str = "") -> Any:
    found = await session.execute(
        text(f"select {_COLUMNS}, raw_key, value, headers from dead_letters where id = :id {lock}"),
        {"id": number},
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise DeadLetterUnknown(value=number)
    return row


async def show(session: AsyncSession, number: int) -> DeadLetterRecord:
    row = await _one(session, number)
    value, encoding = _shown(row["value"])
    headers = [
        dict(
            zip(
                ("name", "value", "encoding"),
                (name.decode("utf-8", "backslashreplace"), *_shown(content)),
                strict=True,
            )
        )
        for name, content in _headers(row["headers"])
    ]
    return DeadLetterRecord.model_validate(
        dict(row) | {"headers": headers, "value": value, "encoding": encoding}
    )


async def redrive(session: AsyncSession, number: int, consumers: Consumers) -> DeadLetter:
    """Handle a dead letter again, in the session's transaction.

    Raises `Conflict` with the reason when it fails again or was handled before; then nothing
    changed. Handling is idempotent, so a newer event of the same key is not undone.
    """
    row = await _one(session, number, "for update")
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
    if why := foreign(row["origin_topic"], received):
        raise DeadLetterForeign(why=why)
    delivery = Delivery(
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
                await forget(session, topic.name, [received.key], but=number)
            await consumers.handlers[topic.name](session, [delivery])
    except Exception as error:  # whatever the handler raises is the answer
        raise DeadLetterFails(error=type(error).__name__) from error
    await _decide(session, number)
    return DeadLetter.model_validate(dict(await _one(session, number)))


async def discard(session: AsyncSession, number: int) -> None:
    """Decide that a dead letter will never be handled; it stays on record."""
    await _one(session, number, "for update")
    await _decide(session, number)


async def _decide(session: AsyncSession, number: int) -> None:
    await session.execute(
        text("update dead_letters set redriven_at = clock_timestamp() where id = :id"),
        {"id": number},
    )
