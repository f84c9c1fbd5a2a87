"""Registers that are imported again each night."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.tables import moment, optional_document
from triskel.registry.database import Table


class RegisterRow(Table, table=True):
    """`version` is that of what the coordinator set; the rest is what the last look found. The
    digest, ETag and Last-Modified are of the content that was imported last."""

    __tablename__ = "registers"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    dataset: str
    source: str
    max_closed: int | None
    hour: int
    next_at: datetime = moment()
    looked_at: datetime | None = moment(default=None)
    found: str | None = None
    failure: dict[str, Any] | None = optional_document(default=None)
    import_id: UUID | None = Field(default=None, foreign_key="imports.id")
    digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
