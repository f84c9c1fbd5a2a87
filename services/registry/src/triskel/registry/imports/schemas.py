"""What is asked of and answered by `/v1/imports`."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from triskel.registry.imports.queries import LineFilter
from triskel.registry.imports.rules import ImportState
from triskel.registry.imports.tables import ImportRow

MOST_CLOSED = 100_000
Dataset = Literal["fr-annuaire", "nl-duo", "triskel-template"]
Outcome = Literal["created", "changed", "unchanged", "refused", "closed"]


class Failure(BaseModel):
    """Why an import changed nothing at all."""

    rule: str
    detail: str
    field: str | None
    value: str | None


class Report(BaseModel):
    """What an import did so far, or with `dry_run` would do: `rows` of `total`, which is null until
    the file was read. A `failed` one says why; what is wrong with a file changes nothing.
    `encoding` and `separator` say how the file was read. `remarked` rows count, but have a cell
    that could not be read and was left out, or was put right."""

    id: UUID
    dataset: str
    region: str
    dry_run: bool
    state: ImportState
    at: datetime
    rows: int
    total: int | None
    created: int
    changed: int
    unchanged: int
    refused: int
    closed: int
    remarked: int
    encoding: str | None
    separator: str | None
    failure: Failure | None

    @classmethod
    def of(cls, row: ImportRow) -> Self:
        return cls.model_validate(row.model_dump())


class Line(BaseModel):
    """One row of the file; `changes` holds before and after, `refusals` and `remarks` field, value
    and rule: why the row was refused, and which of its cells were left out or put right. A school
    that was closed has no row: its number goes on after the last."""

    number: int
    outcome: Outcome
    identifier: str | None
    changes: dict[str, Any] | None
    refusals: list[dict[str, Any]] | None
    remarks: list[dict[str, Any]] | None


async def _wanted(
    outcome: Annotated[Outcome | None, Query()] = None,
    remarked: Annotated[
        bool, Query(description="only rows with a cell that was left out or put right")
    ] = False,
) -> LineFilter:
    return LineFilter(outcome, remarked)


WantedLines = Annotated[LineFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
