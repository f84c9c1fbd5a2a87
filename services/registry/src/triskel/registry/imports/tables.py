"""Imports of directories, their files and their reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.tables import moment, optional_document
from triskel.registry.database import Table


class ImportRow(Table, table=True):
    __tablename__ = "imports"

    id: UUID = Field(primary_key=True)
    dataset: str
    region: str
    dry_run: bool
    max_closed: int | None
    state: str
    at: datetime = moment()
    rows: int = 0
    total: int | None = None
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    closed: int = 0
    remarked: int = 0
    encoding: str | None
    separator: str | None
    failure: dict[str, Any] | None = optional_document(default=None)


class ImportFileRow(Table, table=True):
    """A file until its import is done."""

    __tablename__ = "import_files"

    import_id: UUID = Field(primary_key=True, foreign_key="imports.id")
    content: bytes


class ImportLineRow(Table, table=True):
    """What became of one row of the file; `number` is its line, the header being 1. Schools that
    were closed have no row: their numbers go on after the last."""

    __tablename__ = "import_lines"

    import_id: UUID = Field(primary_key=True, foreign_key="imports.id")
    number: int = Field(primary_key=True)
    outcome: str
    identifier: str | None
    changes: dict[str, Any] | None = optional_document()
    refusals: list[dict[str, Any]] | None = optional_document()
    remarks: list[dict[str, Any]] | None = optional_document()
