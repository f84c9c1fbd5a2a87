"""What the notifications service says: what became of each message. Ids only, no names."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import Channel, DeliveryState, Language
from triskel.contracts.event import Aggregate, Event


class Delivery(Aggregate):
    """One message to one person by one channel. `subject_id` is the activity or partnership.

    `reason` is the template: `activity-proposed`, `partnership-signed`, … `error` is a code.
    """

    contact_id: UUID
    organisation_id: UUID
    subject_id: UUID
    reason: str
    channel: Channel
    language: Language
    state: DeliveryState
    attempts: int = Field(ge=0)
    at: datetime
    error: str | None = None


class DeliveryEvent(Event):
    owner: ClassVar[str] = "notifications"
    topic: ClassVar[str] = "notifications.deliveries"
    delivery: Delivery

    @property
    def aggregate(self) -> Delivery:
        return self.delivery


class NotificationSent(DeliveryEvent):
    """The mail server took it, or it is in the inbox."""


class NotificationFailed(DeliveryEvent):
    """It was given up; `delivery.error` says why."""


class NotificationSuppressed(DeliveryEvent):
    """The person chose not to get it, or was erased before it left."""
