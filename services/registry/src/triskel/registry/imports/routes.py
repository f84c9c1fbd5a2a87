"""`/v1/imports`: official directories in, a report by row out."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.database import Database, after_commit
from triskel.chassis.http import Now, Page, Paging, Router, Session, Upload, home_region, upload
from triskel.chassis.paging import paginate
from triskel.contracts.codes import Role
from triskel.registry.gateways import template as plain_template
from triskel.registry.imports.commands import imports as usecases
from triskel.registry.imports.refusals import FileEmpty
from triskel.registry.imports.tables import ImportLineRow, ImportRow

router = Router(prefix="/v1/imports", tags=["imports"])

LARGEST_FILE_BYTES = 64 * 1024 * 1024
MOST_CLOSED = 100_000
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Dataset = Literal["fr-annuaire", "nl-duo", "triskel-template"]
Outcome = Literal["created", "changed", "unchanged", "refused", "closed"]
State = Literal["queued", "running", "done", "failed"]
LINES_AT_ONCE = 2_000


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
    state: State
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


def report_of(row: ImportRow) -> Report:
    return Report.model_validate(row.model_dump())


@router.post(
    "",
    status_code=202,
    summary="Import a directory: a job, to be watched at its Location",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_file(
    caller: Coordinator,
    sent: Annotated[Upload, upload(LARGEST_FILE_BYTES)],
    request: Request,
    response: Response,
    session: Session,
    now: Now,
    dataset: Dataset,
    dry_run: bool = False,
    max_closed: Annotated[
        int | None,
        Query(
            ge=0,
            le=MOST_CLOSED,
            description="Say that the file is the whole register of the areas that it names: "
            "schools that it lacks are closed, if they are no more than this.",
        ),
    ] = None,
) -> Report:
    region = home_region(request, caller.region)
    content = sent.file.read()
    if not content:
        raise FileEmpty
    row = await usecases.submit(session, dataset, content, region, dry_run, max_closed, now)
    after_commit(session, request.app.state.workers[usecases.IMPORTING].wake.set)
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return report_of(row)


@router.get(
    "/template.csv",
    summary="The plain template, for other countries' directories",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def template(caller: Coordinator) -> Response:
    out = io.StringIO()
    csv.writer(out).writerow(plain_template.COLUMNS)
    return Response(out.getvalue(), media_type="text/csv")


@router.get("/{number}", summary="How far an import is, and what it did")
async def show(caller: Coordinator, number: UUID, session: Session) -> Report:
    row = await usecases.one(session, number)
    caller.require_region(row.region)
    return report_of(row)


@router.get("/{number}/lines", summary="What became of each row")
async def lines(
    page: Paging,
    caller: Coordinator,
    number: UUID,
    session: Session,
    outcome: Annotated[Outcome | None, Query()] = None,
    remarked: Annotated[
        bool, Query(description="only rows with a cell that was left out or put right")
    ] = False,
) -> Page[Line]:
    caller.require_region((await usecases.one(session, number)).region)
    column = ImportLineRow.__table__.c
    statement = select(ImportLineRow).where(column.import_id == number)
    if outcome is not None:
        statement = statement.where(column.outcome == outcome)
    if remarked:
        statement = statement.where(column.remarks.is_not(None))
    rows, following = await paginate(session, statement, keys=[column.number], page=page)
    return Page(items=[Line.model_validate(row.model_dump()) for (row,) in rows], next=following)


@router.get(
    "/{number}/lines.csv",
    summary="What became of each row, as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}},
)
async def lines_csv(
    caller: Coordinator, number: UUID, session: Session, request: Request
) -> StreamingResponse:
    caller.require_region((await usecases.one(session, number)).region)
    return StreamingResponse(
        _csv_lines(request.app.state.database, number),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{number}.csv"'},
    )


async def _csv_lines(database: Database, number: UUID) -> AsyncIterator[str]:
    """Page by page, so that a file of any length takes little memory."""
    column = ImportLineRow.__table__.c
    yield _csv([("line", "outcome", "identifier", "field", "before", "after", "rule", "detail")])
    after = 0
    while True:
        async with database.reading() as session:
            found = await session.scalars(
                select(ImportLineRow)
                .where(column.import_id == number, column.number > after)
                .order_by(column.number)
                .limit(LINES_AT_ONCE)
            )
            rows = found.all()
        if not rows:
            return
        after = rows[-1].number
        yield _csv([line for row in rows for line in _flat(row)])


def _flat(row: ImportLineRow) -> Iterator[tuple[object, ...]]:
    """A line for each field that changed, was refused or remarked; one for a row without any."""
    head = (row.number, row.outcome, row.identifier)
    for name, change in (row.changes or {}).items():
        yield (*head, name, _shown(change["before"]), _shown(change["after"]), "", "")
    for why in (*(row.refusals or ()), *(row.remarks or ())):
        yield (*head, why["field"], why["value"], "", why["rule"], why["detail"])
    if not row.changes and not row.refusals and not row.remarks:
        yield (*head, "", "", "", "", "")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    # a cell that begins like a formula would be one in a spreadsheet
    csv.writer(out).writerows(
        [f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else cell for cell in row]
        for row in rows
    )
    return out.getvalue()
