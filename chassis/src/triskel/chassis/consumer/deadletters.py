"""Records that could not be handled: kept, listed, shown, handled again, or discarded."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

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

REASON_CHARACTERS = 500
# with its headers and ours a larger one would not fit into a record of its own any more
PASSED_ON_BYTES = 900_000


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


class DeadLetterRecord(DeadLetter):
    """With headers and value; a value that is not UTF-8 comes as base64."""

    headers: dict[str, str]
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


async def bury(
    session: AsyncSession, reader: str, record: Any, reason: str, attempts: int
) -> Message:
    """Keep a record as a dead letter, once per (topic, partition, offset); returns the message for
    the reader's dead-letter topic, which goes through the outbox in the same transaction."""
    headers = [(str(name), bytes(value)) for name, value in record.headers]
    await session.execute(
        text(
            """
            insert into dead_letters
                (topic, origin_topic, partition, "offset", key, value, headers, reason, attempts)
            values (:topic, :origin, :partition, :offset, :key, :value,
                cast(:headers as jsonb), :reason, :attempts)
            on conflict (origin_topic, partition, "offset") do nothing
            """
        ),
        {
            "topic": topic_of(record.topic)[0].name,
            "origin": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": _text(record.key),
            "value": record.value,
            "headers": _json(headers),
            "reason": reason[:REASON_CHARACTERS],
            "attempts": attempts,
        },
    )
    about = {
        "dl_reason": reason[:REASON_CHARACTERS],
        "dl_origin": f"{record.topic}/{record.partition}/{record.offset}",
    }
    # of a record with personal data only its place goes on: that topic cannot be erased from;
    # of one that is too large, too: the table has it whole
    personal = topic_of(record.topic)[0].personal
    large = len(record.value or b"") > PASSED_ON_BYTES
    return Message(
        topic=f"{reader}.dead-letters",
        key=f"{record.topic}/{record.partition}/{record.offset}".encode(),
        value=b"" if personal or large else record.value,
        headers=(*headers, *((name, value.encode()) for name, value in about.items())),
    )


async def forget(session: AsyncSession, topic: str, keys: Sequence[str]) -> None:
    """An erasure reaches the dead letters, too."""
    await session.execute(
        text("delete from dead_letters where topic = :topic and key = any (:keys)"),
        {"topic": topic, "keys": list(keys)},
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace").replace("\0", "\ufffd")


def _json(headers: Sequence[tuple[str, bytes]]) -> str:

    # base64, since a header may hold any bytes and PostgreSQL's text may not
    return json.dumps({name: base64.b64encode(value).decode() for name, value in headers})


def _headers(stored: dict[str, str]) -> list[tuple[str, bytes]]:
    return [(name, base64.b64decode(value)) for name, value in stored.items()]


_COLUMNS = """id, at, topic, origin_topic, partition, "offset", key, reason, attempts, redriven_at,
    headers"""


def _shown(row: Any) -> dict[str, Any]:
    headers = {name: _text(value) or "" for name, value in _headers(row["headers"])}
    return dict(row) | {"headers": headers, "event_type": headers.get("ce_type")}


async def list_waiting(session: AsyncSession, after: int, limit: int) -> list[DeadLetter]:
    """Those that wait for a decision, oldest first, after an id."""
    found = await session.execute(
        text(
            f"select {_COLUMNS} from dead_letters "
            "where redriven_at is null and id > :after order by id limit :limit"
        ),
        {"after": after, "limit": limit},
    )
    return [DeadLetter.model_validate(_shown(row)) for row in found.mappings()]


async def waiting(session: AsyncSession) -> dict[str, int]:
    """How many wait, by topic."""
    found = await session.execute(
        text("select topic, count(*) from dead_letters where redriven_at is null group by topic")
    )
    return {row[0]: row[1] for row in found}


async def _one(session: AsyncSession, number: int, lock: str = "") -> Any:
    found = await session.execute(
        text(f"select {_COLUMNS}, value from dead_letters where id = :id {lock}"), {"id": number}
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("dead-letter-unknown", "There is no such dead letter.", value=number)
    return row


async def show(session: AsyncSession, number: int) -> DeadLetterRecord:
    row = await _one(session, number)
    value, encoding = row["value"], "utf-8"
    if value is not None:
        try:
            value = value.decode()
        except UnicodeDecodeError:
            value, encoding = base64.b64encode(value).decode(), "base64"
    return DeadLetterRecord.model_validate(_shown(row) | {"value": value, "encoding": encoding})


async def redrive(session: AsyncSession, number: int, consumers: Consumers) -> DeadLetter:
    """Handle a dead letter again, in the session's transaction.

    Raises `Conflict` with the reason when it fails again or was handled before; then nothing
    changed. Handling is idempotent, so a newer event of the same key is not undone.
    """
    row = await _one(session, number, "for update")
    if row["redriven_at"] is not None:
        raise Conflict("dead-letter-redriven", "This dead letter was handled already.")
    key = None if row["key"] is None else row["key"].encode()
    try:
        received = decode(_headers(row["headers"]), key, row["value"])
    except (InvalidMessage, UnknownEventType) as error:
        raise Conflict("dead-letter-invalid", f"It still breaks the contract: {error}") from None
    topic, origin = topic_of(row["origin_topic"])
    if why := foreign(row["origin_topic"], received):
        raise Conflict("dead-letter-foreign", f"It is still refused: {why}.")
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
            await consumers.handlers[topic.name](session, [delivery])
    except Exception as error:  # whatever the handler raises is the answer
        raise Conflict(
            "dead-letter-fails", f"It fails again: {type(error).__name__}. Mend the cause first."
        ) from error
    await _decide(session, number)
    return DeadLetter.model_validate(_shown(await _one(session, number)))


async def discard(session: AsyncSession, number: int) -> None:
    """Decide that a dead letter will never be handled; it stays on record."""
    await _one(session, number, "for update")
    await _decide(session, number)


async def _decide(session: AsyncSession, number: int) -> None:
    await session.execute(
        text("update dead_letters set redriven_at = clock_timestamp() where id = :id"),
        {"id": number},
    )
