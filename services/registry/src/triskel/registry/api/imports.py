"""`/v1/imports`: official directories in, a report by row out."""

import csv
import io
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from sqlalchemy import select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Cursor,
    Events,
    Limit,
    Now,
    Page,
    Router,
    Session,
    home_region,
    paginate,
)
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Invalid
from triskel.registry.gateways.directories import TEMPLATE_COLUMNS, read
from triskel.registry.tables import ImportLineRow, ImportRow
from triskel.registry.usecases import imports as usecases

router = Router(prefix="/v1/imports", tags=["imports"])

LARGEST_FILE_BYTES = 64 * 1024 * 1024
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Dataset = Literal["fr-annuaire", "triskel-template"]
Outcome = Literal["created", "changed", "unchanged", "refused"]


class Report(BaseModel):
    """What an import did, or with `dry_run` would do."""

    id: UUID
    dataset: str
    region: str
    dry_run: bool
    at: datetime
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int


class Line(BaseModel):
    """One row of the file; `changes` holds before and after, `refusals` field, value and rule."""

    number: int
    outcome: Outcome
    identifier: str | None
    changes: dict[str, Any] | None
    refusals: list[dict[str, Any]] | None


def report_of(row: ImportRow) -> Report:
    return Report.model_validate(row.model_dump())


@router.post(
    "",
    status_code=201,
    summary="Import a directory",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_file(
    caller: Coordinator,
    request: Request,
    response: Response,
    session: Session,
    events: Events,
    now: Now,
    dataset: Dataset,
    dry_run: bool = False,
) -> Report:
    region = home_region(request, caller.region)
    content = await request.body()
    if not content:
        raise Invalid("file-empty", "Send the CSV file as the body.", field="file")
    entries = read(dataset, content)
    row = await usecases.import_directory(session, events, dataset, entries, region, dry_run, now)
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return report_of(row)


@router.get("/template.csv", summary="The plain template, for other countries' directories")
async def template(caller: Coordinator) -> PlainTextResponse:
    out = io.StringIO()
    csv.writer(out).writerow(TEMPLATE_COLUMNS)
    return PlainTextResponse(out.getvalue(), media_type="text/csv")


@router.get("/{number}", summary="The report of an import")
async def show(caller: Coordinator, number: UUID, session: Session) -> Report:
    row = await usecases.one(session, number)
    caller.require_region(row.region)
    return report_of(row)


@router.get("/{number}/lines", summary="What became of each row")
async def lines(
    caller: Coordinator,
    number: UUID,
    session: Session,
    outcome: Annotated[Outcome | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Line]:
    caller.require_region((await usecases.one(session, number)).region)
    column = ImportLineRow.__table__.c  # type: ignore[attr-defined]
    statement = select(ImportLineRow).where(column.import_id == number)
    if outcome is not None:
        statement = statement.where(column.outcome == outcome)
    rows, following = await paginate(
        session, statement, keys=[column.number], limit=limit, cursor=cursor
    )
    return Page(items=[Line.model_validate(row.model_dump()) for (row,) in rows], next=following)
