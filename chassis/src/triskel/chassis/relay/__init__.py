"""The relay: from the outbox to Kafka, nothing skipped, in order per key."""

from triskel.chassis.relay.backlog import OutboxBacklog, outbox_backlog, release_key
from triskel.chassis.relay.loop import Relay
from triskel.chassis.relay.partitions import keep_house

__all__ = ["OutboxBacklog", "Relay", "keep_house", "outbox_backlog", "release_key"]
