"""What the notifications service remembers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Metadata of its own: other services have tables of the same names."""

    __abstract__ = True


def moment() -> Any:
    return Field(sa_type=DateTime(timezone=True))


def words() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class ContactRow(Base, table=True):
    """Projection of registry.contacts: personal data, gone with the tombstone."""

    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID
    name: str
    email: str
    roles: list[str] = words()
    language: str
    channels: list[str] = words()
    confirmed: bool


class ErasedContactRow(Base, table=True):
    """Only the id of an erased contact: a late copy of its record must not bring it back."""

    __tablename__ = "erased_contacts"

    id: UUID = Field(primary_key=True)


class OrganisationRow(Base, table=True):
    """Projection of registry.organisations: what to call them."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    names: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


class MessageRow(Base, table=True):
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
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = moment()
    attempts: int
    due_at: datetime = moment()
    error: str | None
    finished_at: datetime | None = moment()
    read_at: datetime | None = moment()
    correlation_id: str
    causation_id: str
    traceparent: str | None
