"""Delivers events as a careless broker would: each one twice, old copies after new ones."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from triskel.chassis.consumer import Consumers, Delivery
from triskel.chassis.database import Database
from triskel.contracts import Envelope, Event, Received, decode, encode


def received(event: Event, number: int = 1) -> Received:
    """An event as a reader gets it, through the bytes of the wire."""
    state = event.aggregate
    envelope = Envelope(
        id=f"0199a1b3-0000-7000-8000-{number:012x}",
        source=f"/regions/{state.region}/{event.owner}",
        type=event.event_type(),
        subject=str(state.id),
        time=datetime(2025, 10, 1, 8, tzinfo=UTC),
        dataschema=event.dataschema(),
        sequence=state.version,
        region=state.region,
        correlationid=f"test-{number}",
    )
    message = encode(event, envelope)
    return decode(message.headers, message.key, message.value)


async def deliver(
    database: Database, consumers: Consumers, *events: Event | Received, seed: int = 1
) -> None:
    """Runs the handlers as the bus may: every event twice. First each topic's events in their
    order, then all of them again in some other order of keys, old versions after newer ones."""
    pairs = [
        (event if isinstance(event, Received) else received(event, number))
        for number, event in enumerate(events, 1)
    ]
    await _run(database, consumers, pairs)
    again = list(pairs)
    random.Random(seed).shuffle(again)
    await _run(database, consumers, again)


def _topic(item: Received) -> str:
    # in these tests a tombstone is of the only topic that has tombstones
    return "registry.contacts" if item.event is None else type(item.event).topic


async def _run(database: Database, consumers: Consumers, items: Sequence[Received]) -> None:
    portion: list[Delivery] = []
    for offset, item in enumerate(items):
        topic = _topic(item)
        if portion and portion[0].topic != topic:
            await _hand_over(database, consumers, portion)
            portion = []
        portion.append(Delivery(item.key, item.envelope, item.event, topic, None, 0, offset))
    if portion:
        await _hand_over(database, consumers, portion)


async def _hand_over(database: Database, consumers: Consumers, portion: list[Delivery]) -> None:
    async with database.transaction() as session:
        await consumers.handlers[portion[0].topic](session, portion)


def examples(directory: Path, topic: str) -> list[Received]:
    """The contracts' own examples of a topic: the writer's messages test the reader."""
    found = []
    for path in sorted(directory.glob("*/*.json")):
        example = json.loads(path.read_text(encoding="utf-8"))
        headers = [(name, value.encode()) for name, value in example["headers"].items()]
        item = decode(headers, example["key"].encode(), json.dumps(example["value"]).encode())
        if item.event is not None and type(item.event).topic == topic:
            found.append(item)
    return sorted(found, key=lambda item: item.event.aggregate.version if item.event else 0)


async def outbox_events(database: Database) -> list[Event]:
    """What was said so far, in order; tombstones apart."""
    async with database.reading() as session:
        rows = await session.execute(
            text("select headers, key, value from outbox where value is not null order by id")
        )
        found = [
            decode([(n, v.encode()) for n, v in headers.items()], key.encode(), value).event
            for headers, key, value in rows
        ]
    return [event for event in found if event is not None]
