"""`/v1/imports`: official directories in, a report by row out."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from triskel.chassis.auth import Caller, allow
from triskel.chassis.database import after_commit
from triskel.chassis.http import Page, Paging, Router, Upload, home_region, upload
from triskel.chassis.http.actions import Asked
from triskel.contracts.codes import Role
from triskel.registry.imports import queries
from triskel.registry.imports.commands.submitting import submit
from triskel.registry.imports.gateways import template as plain_template
from triskel.registry.imports.jobs import IMPORTING
from triskel.registry.imports.refusals import FileEmpty
from triskel.registry.imports.rules import ImportOrder
from triskel.registry.imports.schemas import MOST_CLOSED, Dataset, Line, Report, WantedLines

router = Router(prefix="/v1/imports", tags=["imports"])

LARGEST_FILE_BYTES = 64 * 1024 * 1024
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
MostClosed = Annotated[
    int | None,
    Query(
        ge=0,
        le=MOST_CLOSED,
        description="Say that the file is the whole register of the areas that it names: "
        "schools that it lacks are closed, if they are no more than this.",
    ),
]


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
    context: Asked,
    sent: Annotated[Upload, upload(LARGEST_FILE_BYTES)],
    request: Request,
    response: Response,
    dataset: Dataset,
    dry_run: bool = False,
    max_closed: MostClosed = None,
) -> Report:
    region = home_region(request, caller.region)
    content = sent.file.read()
    if not content:
        raise FileEmpty
    order = ImportOrder(dataset, content, region, dry_run, max_closed)
    row = await submit(context.session, order, context.now)
    after_commit(context.session, request.app.state.workers[IMPORTING].wake.set)
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return Report.of(row)


@router.get(
    "/template.csv",
    summary="The plain template, for other countries' directories",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def template(caller: Coordinator) -> Response:
    return Response(queries.csv_of([tuple(plain_template.COLUMNS)]), media_type="text/csv")


@router.get("/{import_id}", summary="How far an import is, and what it did")
async def show_import(caller: Coordinator, context: Asked, import_id: UUID) -> Report:
    return Report.of(await queries.get(context, import_id))


@router.get("/{import_id}/lines", summary="What became of each row")
async def find_lines(
    caller: Coordinator, context: Asked, import_id: UUID, wanted: WantedLines, page: Paging
) -> Page[Line]:
    await queries.get(context, import_id)
    found, following = await queries.lines(context.session, import_id, wanted, page)
    return Page(items=[Line.model_validate(row.model_dump()) for row in found], next=following)


@router.get(
    "/{import_id}/lines.csv",
    summary="What became of each row, as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}},
)
async def lines_csv(
    caller: Coordinator, context: Asked, import_id: UUID, request: Request
) -> StreamingResponse:
    await queries.get(context, import_id)
    return StreamingResponse(
        queries.csv_lines(request.app.state.database, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'},
    )
