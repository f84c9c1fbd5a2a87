"""The relay: from the outbox to Kafka, nothing skipped, in order per key."""

from triskel.chassis.relay.backlog import OutboxBacklog, outbox_backlog, release_key
from triskel.chassis.relay.loop import Relay

__all__ = ["OutboxBacklog", "Relay", "outbox_backlog", "release_key"]
