"""Messages, and what became of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from triskel.chassis.tables import document, moment
from triskel.notifications.database import Table


class MessageRow(Table, table=True):
    """One message to one person by one channel. It holds ids and what happened, never a name, an
    address or a text: those are put together when it leaves. A letter's sealed token is in its
    facts until then. `occurrence` is the version of the subject that gave rise to it. Not a
    projection: it outlives a rebuild, so nothing goes twice."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("contact_id", "subject_id", "reason", "occurrence", "channel"),
    )

    id: UUID = Field(primary_key=True)
    version: int
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
    facts: dict[str, Any] = document()
    at: datetime = moment()
    attempts: int
    due_at: datetime = moment()
    error: str | None
    finished_at: datetime | None = moment()
    read_at: datetime | None = moment()
    correlation_id: str
    causation_id: str
    traceparent: str | None
