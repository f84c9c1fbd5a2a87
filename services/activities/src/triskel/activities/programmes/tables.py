"""Programmes: the targets of partnerships."""

from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.activities.programmes.rules import Programme
from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document
from triskel.contracts import activities as contract


class ProgrammeRow(Table, table=True):
    """One for each partnership and school year; `data` is the whole state."""

    __tablename__ = "programmes"

    partnership_id: UUID = Field(primary_key=True)
    school_year: str = Field(primary_key=True)
    id: UUID
    version: int
    data: dict[str, Any] = document()


def _columns(programme: Programme) -> dict[str, Any]:
    return {"id": programme.id, "version": programme.version}


PROGRAMME = Shape(Programme, ProgrammeRow, contract.Programme, document="data", columns=_columns)
