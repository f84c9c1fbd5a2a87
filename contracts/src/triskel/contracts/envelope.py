"""CloudEvents 1.0 over Kafka: the envelope, and the errors of reading one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"


class InvalidMessage(ValueError):
    """A record that no reader can accept. The text names the attribute or field and the rule.

    What cannot be printed is escaped in the text, so that it can be logged and stored anywhere.
    """

    def __init__(self, text: str) -> None:
        if not text.isprintable():
            text = "".join(
                each if each.isprintable() else each.encode("unicode_escape").decode()
                for each in text
            )
        super().__init__(text)


class UnknownEventType(Exception):
    """The type is not in the catalogue of this version of the contracts: count it and skip it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event. Its identity is (source, subject, sequence).

    `source` is `/regions/<region>/<owner>`; `subject` and `partitionkey` are the aggregate's id;
    `sequence` is the aggregate's version after the change; `region` is its home region.
    `time` carries a zone. `traceparent` is W3C trace context.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    sequence: int
    region: str
    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None

    @property
    def identity(self) -> tuple[str, str, int]:
        return self.source, self.subject, self.sequence

    @property
    def owner(self) -> str:
        return self.source.rsplit("/", 1)[-1]

    def attributes(self) -> dict[str, str]:
        """Every attribute by its CloudEvents name, as text."""
        values = {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "specversion": SPEC_VERSION,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "subject": self.subject,
            "dataschema": self.dataschema,
            "partitionkey": self.subject,
            "sequence": str(self.sequence),
            "region": self.region,
            "correlationid": self.correlationid,
        }
        if self.causationid is not None:
            values["causationid"] = self.causationid
        if self.traceparent is not None:
            values["traceparent"] = self.traceparent
        return values


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka record to be: key and value are bytes; a value of None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


_REQUIRED = ("id", "source", "type", "subject", "time", "sequence", "region")
ATTRIBUTES = frozenset(
    (*_REQUIRED, "specversion", "dataschema", "correlationid", "causationid", "traceparent")
)
"""The attributes that are read; any other is ignored, whatever it holds."""

# CloudEvents 1.0, type system, String: no control characters, surrogates or noncharacters
_NEVER_IN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LARGEST_SEQUENCE = 2**31 - 1  # CloudEvents' sequence extension: a signed 32-bit integer from 1
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
# as `Envelope.attributes` writes it: nearly every one, and four times as fast
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
_SHOWN_CHARACTERS = 100


def envelope_from_attributes(attributes: Mapping[str, str]) -> Envelope:
    """Raises `InvalidMessage` that names the attribute, its value and the rule."""
    for name in _REQUIRED:
        if not attributes.get(name):
            raise InvalidMessage(f"attribute {name!r} is missing")
    if not "".join(attributes.values()).isprintable():
        for name, text in attributes.items():
            if not _NEVER_IN_TEXT.search(text):
                continue
            raise _refused(name, text, "must have no control characters")
    if attributes.get("specversion", SPEC_VERSION) != SPEC_VERSION:
        raise _refused("specversion", attributes["specversion"], f"must be {SPEC_VERSION!r}")
    source, region = attributes["source"], attributes["region"]
    if not source.startswith(f"/regions/{region}/"):
        rule = f"must begin with '/regions/{region}/', the home region of the event"
        raise _refused("source", source, rule)
    return Envelope(
        id=attributes["id"],
        source=source,
        type=attributes["type"],
        subject=attributes["subject"],
        time=_moment(attributes["time"]),
        dataschema=attributes.get("dataschema", ""),
        sequence=_sequence(attributes["sequence"]),
        region=region,
        correlationid=attributes.get("correlationid") or attributes["id"],
        causationid=attributes.get("causationid") or None,
        traceparent=attributes.get("traceparent") or None,
    )


def _refused(name: str, text: str, rule: str) -> InvalidMessage:
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return InvalidMessage(f"attribute {name!r} is {shown!r}: {rule}")


def _sequence(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_SEQUENCE))
    if not digits or not 1 <= int(text) <= _LARGEST_SEQUENCE:
        rule = f"must be a whole number from 1 to {_LARGEST_SEQUENCE}"
        raise _refused("sequence", text, rule)
    return int(text)


def _moment(text: str) -> datetime:
    """RFC 3339, which allows lower-case letters and a leap second. Python knows no second 60: one
    is read as the last moment of its minute, so that it stays on its day."""
    if _OURS.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # told below
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise _refused("time", text, "must be RFC 3339")
    day, minute, second, fraction, zone = parts.groups()
    if zone is None:
        raise _refused("time", text, "must carry a zone")
    leap = second == "60"
    if leap:
        second, fraction = "59", ".999999"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{second}{fraction or ''}{zone.upper()}")
        universal = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused("time", text, "must be RFC 3339, in the years 1 to 9999") from None
    if leap and (universal.hour, universal.minute) != (23, 59):
        raise _refused("time", text, "must have a leap second at 23:59 UTC only")
    return moment
