"""CloudEvents 1.0 over Kafka: the envelope, and the errors of reading one."""

from dataclasses import dataclass
from datetime import UTC, datetime

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"


class InvalidMessage(ValueError):
    """A record that no reader can accept. The text names the attribute or field and the rule."""


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


def envelope_from_attributes(attributes: dict[str, str]) -> Envelope:
    """Raises `InvalidMessage` that names the attribute, its value and the rule."""
    for name in _REQUIRED:
        if not attributes.get(name):
            raise InvalidMessage(f"attribute {name!r} is missing")
    version = attributes.get("specversion", SPEC_VERSION)
    if version != SPEC_VERSION:
        raise InvalidMessage(f"attribute 'specversion' is {version!r}: must be {SPEC_VERSION!r}")
    try:
        time = datetime.fromisoformat(attributes["time"])
    except ValueError:
        raise InvalidMessage(
            f"attribute 'time' is {attributes['time']!r}: must be RFC 3339"
        ) from None
    if time.tzinfo is None:
        raise InvalidMessage(f"attribute 'time' is {attributes['time']!r}: must carry a zone")
    try:
        sequence = int(attributes["sequence"])
    except ValueError:
        sequence = 0
    if sequence < 1:
        raise InvalidMessage(
            f"attribute 'sequence' is {attributes['sequence']!r}: must be a whole number from 1"
        )
    source, region = attributes["source"], attributes["region"]
    if not source.startswith(f"/regions/{region}/"):
        raise InvalidMessage(
            f"attribute 'source' is {source!r}: must begin with '/regions/{region}/', "
            "the home region of the event"
        )
    return Envelope(
        id=attributes["id"],
        source=source,
        type=attributes["type"],
        subject=attributes["subject"],
        time=time,
        dataschema=attributes.get("dataschema", ""),
        sequence=sequence,
        region=region,
        correlationid=attributes.get("correlationid") or attributes["id"],
        causationid=attributes.get("causationid"),
        traceparent=attributes.get("traceparent"),
    )
