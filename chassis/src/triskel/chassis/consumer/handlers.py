"""Which topics a service consumes, and which handler takes the records of each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts import CATALOGUE, Envelope, Event


@dataclass(frozen=True, slots=True)
class ConsumedRecord:
    """One record as it reached this service, decoded. A tombstone (an erasure of its key) has
    neither envelope nor event.

    `topic` is the catalogue's name; `origin` is the region whose mirror brought the record, null
    for a topic of this cluster.
    """

    key: str
    envelope: Envelope | None
    event: Event | None
    topic: str
    origin: str | None
    partition: int
    offset: int


Handler = Callable[[AsyncSession, Sequence[ConsumedRecord]], Awaitable[None]]
"""Called with a batch of one topic, in the order of the offsets, inside the transaction that moves
the stored offsets. It writes set-based; duplicates and old versions must change nothing. What it
raises rolls the transaction back, and the batch is tried again."""


class Consumers:
    """The handlers of one service. `projections` are the tables that a rebuild empties."""

    def __init__(self, reader: str, projections: Sequence[str] = ()) -> None:
        self.reader = reader
        self.projections = tuple(projections)
        self.handlers: dict[str, Handler] = {}

    def on(self, topic: str) -> Callable[[Handler], Handler]:
        """Register a handler of a topic. Raises `ValueError` for a topic of which the catalogue
        does not name this service as a reader."""
        if topic not in CATALOGUE or self.reader not in CATALOGUE[topic].readers:
            raise ValueError(f"the catalogue does not name {self.reader} as a reader of {topic}")

        def register(handler: Handler) -> Handler:
            self.handlers[topic] = handler
            return handler

        return register

    @property
    def topics(self) -> tuple[str, ...]:
        """The catalogue's names of the topics that have a handler."""
        return tuple(self.handlers)

    def group(self, topic: str) -> str:
        """The consumer group in which this service reads a topic, the same in Kafka and in the
        table of stored offsets."""
        return f"{self.reader}.{topic}"


def latest(records: Sequence[ConsumedRecord]) -> list[ConsumedRecord]:
    """The newest record of each key: the highest version, or a tombstone whatever came before."""
    newest: dict[str, ConsumedRecord] = {}
    for record in records:
        known = newest.get(record.key)
        if (
            known is None
            or record.envelope is None
            or known.envelope is None
            or record.envelope.sequence >= known.envelope.sequence
        ):
            newest[record.key] = record
    return list(newest.values())
