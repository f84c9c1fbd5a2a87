"""What Triskel services say: the envelope, the catalogue of topics, and every event.

What is named here is loaded when it is first asked for: who needs one code list (`codes`) does not
wait for every event to be read.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triskel.contracts.catalogue import CATALOGUE, Topic, event_class, topic_of, topics_read_by
    from triskel.contracts.envelope import Envelope, InvalidMessage, Message, UnknownEventType
    from triskel.contracts.event import Aggregate, Event
    from triskel.contracts.wire import Received, decode, encode, tombstone

_HOMES = {
    "CATALOGUE": "catalogue",
    "Aggregate": "event",
    "Envelope": "envelope",
    "Event": "event",
    "InvalidMessage": "envelope",
    "Message": "envelope",
    "Received": "wire",
    "Topic": "catalogue",
    "UnknownEventType": "envelope",
    "decode": "wire",
    "encode": "wire",
    "event_class": "catalogue",
    "tombstone": "wire",
    "topic_of": "catalogue",
    "topics_read_by": "catalogue",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
