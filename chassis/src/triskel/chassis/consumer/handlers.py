"""Which topics a service hears, and what it does with a batch of one topic's events."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts import CATALOGUE, Envelope, Event


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it reached this reader. A tombstone has neither envelope nor event.

    `topic` is the catalogue's name; `origin` is the mirror's prefix, null at home.
    """

    key: str
    envelope: Envelope | None
    event: Event | None
    topic: str
    origin: str | None
    partition: int
    offset: int


Handler = Callable[[AsyncSession, Sequence[Delivery]], Awaitable[None]]
"""Called with a batch of one topic in the order of its offsets, inside the transaction that moves
the stored offsets. It writes set-based, and duplicates and old copies change nothing."""


class Consumers:
    """The handlers of one reader. `projections` are the tables that a rebuild empties."""

    def __init__(self, reader: str, projections: Sequence[str] = ()) -> None:
        self.reader = reader
        self.projections = tuple(projections)
        self.handlers: dict[str, Handler] = {}

    def on(self, topic: str) -> Callable[[Handler], Handler]:
        """Raises `ValueError` for a topic that the catalogue does not let this reader hear."""
        if topic not in CATALOGUE or self.reader not in CATALOGUE[topic].readers:
            raise ValueError(f"the catalogue does not let {self.reader} hear {topic}")

        def register(handler: Handler) -> Handler:
            self.handlers[topic] = handler
            return handler

        return register

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.handlers)

    def group(self, topic: str) -> str:
        return f"{self.reader}.{topic}"


def latest(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """The newest of each key: the highest version, and a tombstone wins over what came before."""
    newest: dict[str, Delivery] = {}
    for delivery in deliveries:
        known = newest.get(delivery.key)
        if (
            known is None
            or delivery.envelope is None
            or known.envelope is None
            or delivery.envelope.sequence >= known.envelope.sequence
        ):
            newest[delivery.key] = delivery
    return list(newest.values())
