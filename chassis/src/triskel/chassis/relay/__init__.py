"""The relay: from the outbox to Kafka, nothing skipped, in order per key."""

from triskel.chassis.relay.backlog import OutboxBacklog, outbox_backlog
from triskel.chassis.relay.loop import Relay
from triskel.chassis.relay.parked import ParkedKey, parked_keys, release_key
from triskel.chassis.relay.partitions import maintain_partitions

__all__ = [
    "OutboxBacklog",
    "ParkedKey",
    "Relay",
    "maintain_partitions",
    "outbox_backlog",
    "parked_keys",
    "release_key",
]
