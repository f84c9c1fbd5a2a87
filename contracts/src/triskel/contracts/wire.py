"""From an event to a Kafka record and back, in CloudEvents binary mode (structured is read too)."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from triskel.contracts.catalogue import event_class
from triskel.contracts.envelope import (
    ATTRIBUTES,
    CONTENT_TYPE,
    STRUCTURED_CONTENT_TYPE,
    Envelope,
    InvalidMessage,
    Message,
    UnknownEventType,
    envelope_from_attributes,
)
from triskel.contracts.event import Event

Headers = Iterable[tuple[str | bytes, bytes | None]]
"""Names come as text, or as bytes where the client library does not read them."""
_JSON = CONTENT_TYPE.encode()
_STRUCTURED = STRUCTURED_CONTENT_TYPE.encode()
_ATTRIBUTE_OF: dict[str | bytes, str] = {f"ce_{name}": name for name in ATTRIBUTES}
_ATTRIBUTE_OF["content-type"] = "content-type"


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
    """Read one record. Whatever bytes it holds, it is read or one of these is raised:

    `UnknownEventType` for a type outside this version's catalogue, and `InvalidMessage`, naming the
    attribute or field and the rule, for anything that breaks the contract. A null header counts as
    absent; one that is no attribute of ours is ignored.
    """
    if value is None:
        return Received(_erased(key), None, None)
    given = _headers(headers)
    content_type = given.pop("content-type", _JSON)
    if content_type != _JSON:
        content_type = content_type.partition(b";")[0].strip().lower()
    if content_type == _STRUCTURED:
        attributes, value = _structured(value)
    elif content_type.startswith(b"application/cloudevents"):
        raise InvalidMessage(
            f"header 'content-type' is {content_type[:100].decode(errors='replace')!r}: must be "
            f"{CONTENT_TYPE!r} or {STRUCTURED_CONTENT_TYPE!r}"
        )
    else:
        attributes = _texts(given)
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
        where = ".".join(str(part)[:100] for part in first["loc"]) or "the whole value"
        raise InvalidMessage(f"data: {where}: {first['msg']} ({first['type']})") from None
    state = event.aggregate
    if str(state.id) != envelope.subject:
        raise InvalidMessage("attribute 'subject' must be the aggregate's id")
    if state.version != envelope.sequence:
        raise InvalidMessage("attribute 'sequence' must be the aggregate's version")
    if state.region != envelope.region:
        raise InvalidMessage("attribute 'region' must be the aggregate's home region")
    return Received(envelope.subject, envelope, event)


def _erased(key: bytes | None) -> str:
    if not key:
        raise InvalidMessage("a tombstone must have a key")
    try:
        erased = key.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("a tombstone's key must be UTF-8") from None
    if "\0" in erased:
        raise InvalidMessage("a tombstone's key must have no control characters")
    return erased


def _headers(headers: Headers) -> dict[str, bytes]:
    """The attributes that are read, by their names, and `content-type`."""
    found: dict[str, bytes] = {}
    for raw, text in headers:
        name = _ATTRIBUTE_OF.get(raw) or _attribute_of(raw)
        if name is None or text is None:
            continue
        if name in found and found[name] != text:
            raise InvalidMessage(f"header {raw!r} is given twice, and with different values")
        found[name] = text
    return found


def _attribute_of(raw: str | bytes) -> str | None:
    """Of a name that is not written as ours are."""
    name = raw if isinstance(raw, str) else raw.decode(errors="replace")
    return "content-type" if name.lower() == "content-type" else _ATTRIBUTE_OF.get(name)


def _texts(given: Mapping[str, bytes]) -> dict[str, str]:
    found, name = {}, ""
    try:
        for name, text in given.items():
            found[name] = text.decode()
    except UnicodeDecodeError:
        raise InvalidMessage(f"header 'ce_{name}' must be UTF-8") from None
    return found


def _structured(value: bytes) -> tuple[dict[str, str], bytes]:
    try:
        whole = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidMessage(f"a structured CloudEvent must be JSON: {error}") from None
    if not isinstance(whole, dict):
        raise InvalidMessage("a structured CloudEvent must be a JSON object")
    attributes = {
        name: _attribute(name, whole[name])
        for name in ATTRIBUTES
        if whole.get(name) is not None  # null is unset (CloudEvents JSON format, 2.2)
    }
    encoded = whole.get("data_base64")
    if (encoded is None) == ("data" not in whole):
        raise InvalidMessage("a structured CloudEvent must have either 'data' or 'data_base64'")
    if encoded is None:
        return attributes, to_json(whole["data"])
    try:
        return attributes, base64.b64decode(encoded, validate=True)
    except (ValueError, TypeError):
        raise InvalidMessage("'data_base64' must be base64 (RFC 4648)") from None


def _attribute(name: str, given: object) -> str:
    """CloudEvents' canonical text of a value in JSON."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, str | int):
        return str(given)
    raise InvalidMessage(f"attribute {name!r} must be a text, a whole number or a truth value")
