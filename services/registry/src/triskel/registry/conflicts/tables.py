"""Fields that people have set and a register says otherwise."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from triskel.chassis.tables import moment
from triskel.registry.database import Table


class ConflictRow(Table, table=True):
    """`since` is when an import first said this; once somebody kept their own, `kept_at` is when,
    until the register says something else again."""

    __tablename__ = "organisation_conflicts"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    field: str = Field(primary_key=True)
    region: str
    register_value: Any = Field(sa_column=Column(JSONB, nullable=False))
    since: datetime = moment()
    kept_at: datetime | None = moment()
