"""From an event to a Kafka record and back, in CloudEvents binary mode (structured is read too)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from triskel.contracts.catalogue import event_class
from triskel.contracts.envelope import (
    CONTENT_TYPE,
    STRUCTURED_CONTENT_TYPE,
    Envelope,
    InvalidMessage,
    Message,
    UnknownEventType,
    envelope_from_attributes,
)
from triskel.contracts.event import Event

Headers = Iterable[tuple[str, bytes]]
_STRUCTURED = STRUCTURED_CONTENT_TYPE.encode()


@dataclass(frozen=True, slots=True)
class Received:
    """One event as read. `event` is None for a tombstone: the aggregate `key` is erased."""

    key: str
    envelope: Envelope | None
    event: Event | None


def encode(event: Event, envelope: Envelope) -> Message:
    """Binary mode: the value is the event's data as JSON, the attributes are `ce_` headers."""
    headers = [(f"ce_{name}", text.encode()) for name, text in envelope.attributes().items()]
    headers.append(("content-type", CONTENT_TYPE.encode()))
    return Message(
        topic=type(event).topic,
        key=envelope.subject.encode(),
        value=event.model_dump_json().encode(),
        headers=tuple(headers),
    )


def tombstone(topic: str, key: str) -> Message:
    """An erasure: compaction forgets every older record of the key; readers forget it at once."""
    return Message(topic=topic, key=key.encode(), value=None, headers=())


def decode(headers: Headers, key: bytes | None, value: bytes | None) -> Received:
    """Read one record.

    Raises `UnknownEventType` for a type outside this version's catalogue and `InvalidMessage`,
    naming the attribute or field and the rule, for anything that breaks the contract.
    """
    if value is None:
        if not key:
            raise InvalidMessage("a tombstone must have a key")
        return Received(key.decode(), None, None)
    attributes: dict[str, str] = {}
    try:
        for name, text in headers:
            if name.startswith("ce_"):
                attributes[name[3:]] = text.decode()
            elif name.lower() == "content-type" and text.startswith(_STRUCTURED):
                attributes, value = _structured(value)
                break
    except UnicodeDecodeError:
        raise InvalidMessage("the ce_ headers must be UTF-8") from None
    if not attributes.get("type"):
        raise InvalidMessage("attribute 'type' is missing")
    kind = event_class(attributes["type"])
    if kind is None:
        raise UnknownEventType(attributes["type"])
    envelope = envelope_from_attributes(attributes)
    if envelope.owner != kind.owner:
        raise InvalidMessage(
            f"attribute 'source' is {envelope.source!r}: only {kind.owner!r} says {envelope.type!r}"
        )
    try:
        event = kind.from_json(value)
    except ValidationError as error:
        # the values stay out of the text: they may be somebody's name
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole value"
        raise InvalidMessage(f"data: {where}: {first['msg']} ({first['type']})") from None
    state = event.aggregate
    if str(state.id) != envelope.subject:
        raise InvalidMessage("attribute 'subject' must be the aggregate's id")
    if state.version != envelope.sequence:
        raise InvalidMessage("attribute 'sequence' must be the aggregate's version")
    if state.region != envelope.region:
        raise InvalidMessage("attribute 'region' must be the aggregate's home region")
    return Received(envelope.subject, envelope, event)


def _structured(value: bytes) -> tuple[dict[str, str], bytes]:
    try:
        whole = json.loads(value)
        data = whole.pop("data")
        attributes = {name: str(text) for name, text in whole.items()}
    except (ValueError, AttributeError, KeyError):
        raise InvalidMessage(
            "a structured CloudEvent must be a JSON object with its attributes and 'data'"
        ) from None
    return attributes, json.dumps(data).encode()
