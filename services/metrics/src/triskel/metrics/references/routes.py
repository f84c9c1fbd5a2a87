"""`/v1/reference/imports`: official figures in, facts on the bus out."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field

from triskel.chassis.auth import Caller, allow
from triskel.chassis.csvrows import FileEmpty
from triskel.chassis.http import Events, Router, Session, Upload, home_region, upload
from triskel.contracts.codes import Role
from triskel.metrics.gateways.reference_files import Dataset, read
from triskel.metrics.references.commands import MOST_REFUSALS, import_figures

router = Router(prefix="/v1/reference", tags=["reference"])

LARGEST_FILE_BYTES = 64 * 1024 * 1024


class Report(BaseModel):
    """What an import did, or with `dry_run` would do. `encoding` and `separator` say how the file
    was read."""

    dataset: str
    dry_run: bool
    encoding: str
    separator: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    refusals: list[dict[str, Any]] = Field(
        description=f"the first {MOST_REFUSALS}: line, field, value, rule and detail"
    )


@router.post(
    "/imports",
    status_code=201,
    summary="Import official figures",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_file(
    caller: Annotated[Caller, allow(Role.COORDINATOR, Role.AUTHORITY, Role.OPS)],
    sent: Annotated[Upload, upload(LARGEST_FILE_BYTES)],
    request: Request,
    session: Session,
    events: Events,
    dataset: Dataset,
    dry_run: bool = False,
) -> Report:
    region = home_region(request, caller.region)
    content = sent.file.read()
    if not content:
        raise FileEmpty
    figures = read(dataset, content, region)
    report = await import_figures(session, events, dataset, figures, dry_run)
    return Report.model_validate(report, from_attributes=True)
