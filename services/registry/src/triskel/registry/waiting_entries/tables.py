"""Waiting lists: who looks for a partner in a school year."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document, moment
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.waiting_entries.rules import Entry


class WaitingEntryRow(Table, table=True):
    """An organisation has one open entry a year: the index `waiting_entries_one_open`."""

    __tablename__ = "waiting_entries"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    side: str
    school_year: str
    state: str
    wishes: dict[str, Any] = document()
    since: datetime = moment()
    remaining: int
    closed_at: datetime | None = moment()
    cause: str | None = None


WAITING_ENTRY = Shape(Entry, WaitingEntryRow, contract.WaitingEntry)
