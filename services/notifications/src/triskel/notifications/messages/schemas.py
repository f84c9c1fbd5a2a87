"""What is answered by `/v1/inbox` and `/v1/deliveries`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from triskel.notifications.gateways.texts import compose
from triskel.notifications.messages.tables import MessageRow


class Item(BaseModel):
    """One piece of news. `kind` and `subject_id` name the activity or partnership."""

    id: UUID
    contact_id: UUID
    kind: str
    subject_id: UUID
    reason: str
    at: datetime
    read_at: datetime | None
    language: str
    subject: str
    body: str

    @classmethod
    def of(cls, row: MessageRow, names: Mapping[str, dict[str, str]], time_zone: ZoneInfo) -> Self:
        """`names` are those of the organisations that it speaks of, by id."""
        texts = compose(row.reason, row.facts, dict(names), row.language, time_zone)
        shown = {"id", "contact_id", "kind", "subject_id", "reason", "at", "read_at"}
        return cls(
            **row.model_dump(include=shown),
            language=texts.language,
            subject=texts.subject,
            body=texts.body,
        )


class DeliveryAnswer(BaseModel):
    """`state` is waiting, sent, failed or suppressed; `error` is a code."""

    id: UUID
    region: str
    contact_id: UUID
    organisation_id: UUID
    kind: str
    subject_id: UUID
    reason: str
    occurrence: int
    channel: str
    language: str
    state: str
    attempts: int
    error: str | None
    at: datetime
    finished_at: datetime | None
