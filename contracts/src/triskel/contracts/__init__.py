"""What Triskel services say: the envelope, the catalogue of topics, and every event."""

from triskel.contracts.catalogue import CATALOGUE, Topic, event_class, topic_of, topics_read_by
from triskel.contracts.envelope import Envelope, InvalidMessage, Message, UnknownEventType
from triskel.contracts.event import Aggregate, Event
from triskel.contracts.wire import Received, decode, encode, tombstone

__all__ = [
    "CATALOGUE",
    "Aggregate",
    "Envelope",
    "Event",
    "InvalidMessage",
    "Message",
    "Received",
    "Topic",
    "UnknownEventType",
    "decode",
    "encode",
    "event_class",
    "tombstone",
    "topic_of",
    "topics_read_by",
]
