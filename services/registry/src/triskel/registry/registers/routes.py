"""`/v1/registers`: directories that are imported again each night, when they changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import col

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    IfMatch,
    Now,
    Page,
    Paging,
    Router,
    Session,
    example,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import OneLine
from triskel.chassis.paging import paginate
from triskel.chassis.versions import check_version
from triskel.contracts.codes import Role
from triskel.registry.imports.routes import MOST_CLOSED, Dataset, Failure, Report, report_of
from triskel.registry.imports.tables import ImportRow
from triskel.registry.organisations.refusals import ValueMissing
from triskel.registry.registers import jobs as usecases
from triskel.registry.registers.tables import RegisterRow

router = Router(prefix="/v1/registers", tags=["imports"])

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Source = Annotated[
    str,
    OneLine(longest=2000, pattern=r"^(https://|file:)\S+$"),
    Field(
        description="an https URL on the public net, or a file in the directory that this "
        "deployment has for them",
    ),
]
MostClosed = Annotated[
    int | None,
    Field(
        ge=0,
        le=MOST_CLOSED,
        description="the file is the whole register of the areas that it names: schools that it "
        "lacks are closed, if they are no more than this; null: none is closed",
    ),
]
Hour = Annotated[int, Field(ge=0, le=23, description="local hour from which it is looked at")]


class NewRegister(BaseModel):
    model_config = example(
        dataset="fr-annuaire",
        source="https://data.education.example/annuaire-ille-et-vilaine.csv",
        max_closed=15,
        hour=3,
    )

    dataset: Dataset
    source: Source
    max_closed: MostClosed = None
    hour: Hour = 3


class RegisterChanges(BaseModel):
    model_config = example(max_closed=40, hour=4)

    dataset: Dataset | None = None
    source: Source | None = None
    max_closed: MostClosed = None
    hour: Hour | None = None


class Register(BaseModel):
    """A register, what the last look at it found, and how the last import from it went."""

    id: UUID
    version: int
    region: str
    dataset: str
    source: str
    max_closed: int | None
    hour: int
    next_at: datetime
    looked_at: datetime | None
    found: Literal["imported", "unchanged", "failed"] | None
    failure: Failure | None
    last_import: Report | None


async def _shown(session: Session, rows: Sequence[RegisterRow]) -> list[Register]:
    numbers = [row.import_id for row in rows if row.import_id]
    found = await session.scalars(select(ImportRow).where(col(ImportRow.id).in_(numbers)))
    reports = {row.id: report_of(row) for row in found}
    return [
        Register(**row.model_dump(), last_import=row.import_id and reports[row.import_id])
        for row in rows
    ]


async def _one(session: Session, row: RegisterRow, response: Response) -> Register:
    set_etag(response, row.version)
    (only,) = await _shown(session, [row])
    return only


def _settings(request: Request) -> dict[str, Any]:
    settings = request.app.state.settings
    return {"files": settings.registers_dir is not None, "zone": ZoneInfo(settings.time_zone)}


async def _own(
    caller: Caller, session: Session, register_id: UUID, *, lock: bool = False
) -> RegisterRow:
    row = await usecases.one(session, register_id, lock=lock)
    caller.require_region(row.region)
    return row


@router.post("", status_code=201, summary="Import a directory again each night")
async def configure(
    caller: Coordinator,
    body: NewRegister,
    session: Session,
    now: Now,
    request: Request,
    response: Response,
) -> Register:
    region = home_region(request, caller.region)
    row = await usecases.configure(
        session, region, body.model_dump(), **_settings(request), now=now
    )
    response.headers["Location"] = f"/v1/registers/{row.id}"
    return await _one(session, row, response)


@router.get("", summary="The registers of your region")
async def find(caller: Coordinator, session: Session, page: Paging) -> Page[Register]:
    column = RegisterRow.__table__.c
    statement = select(RegisterRow).where(column.region == caller.region)
    rows, following = await paginate(session, statement, keys=[column.id], page=page)
    return Page(items=await _shown(session, [row for (row,) in rows]), next=following)


@router.get("/{register_id}", summary="One register, and what the last night brought")
async def show(
    caller: Coordinator, register_id: UUID, session: Session, response: Response
) -> Register:
    return await _one(session, await _own(caller, session, register_id), response)


@router.patch("/{register_id}", summary="Change where it is, when it is read, what it may close")
async def change(
    caller: Coordinator,
    register_id: UUID,
    body: RegisterChanges,
    seen: IfMatch,
    session: Session,
    now: Now,
    request: Request,
    response: Response,
) -> Register:
    row = await _own(caller, session, register_id, lock=True)
    changes = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None and name != "max_closed":
            raise ValueMissing(name=name, field=name)
    await usecases.change(row, changes, seen, **_settings(request), now=now)
    await session.flush()
    return await _one(session, row, response)


@router.post("/{register_id}/look", status_code=202, summary="Look at it now and not at night")
async def look(
    caller: Coordinator, register_id: UUID, session: Session, now: Now, response: Response
) -> Register:
    row = await _own(caller, session, register_id, lock=True)
    row.next_at = now
    await session.flush()
    return await _one(session, row, response)


@router.delete(
    "/{register_id}", status_code=204, summary="Import it no more; what it brought stays"
)
async def remove(caller: Coordinator, register_id: UUID, seen: IfMatch, session: Session) -> None:
    row = await _own(caller, session, register_id, lock=True)
    check_version(seen, row.version)
    await session.delete(row)
