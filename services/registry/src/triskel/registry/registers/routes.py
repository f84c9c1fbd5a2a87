"""`/v1/registers`: directories that are imported again each night, when they changed."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.commands import Context
from triskel.chassis.http import IfMatchWhereKnown, Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked
from triskel.contracts.codes import Role
from triskel.registry.imports.queries import imports_of
from triskel.registry.registers import commands
from triskel.registry.registers.queries import get, search
from triskel.registry.registers.schemas import NewRegister, Register, RegisterChanges

router = Router(prefix="/v1/registers", tags=["imports"])

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]


@router.post("", status_code=201, summary="Import a directory again each night")
async def configure(
    caller: Coordinator, context: Asked, body: NewRegister, request: Request, response: Response
) -> Register:
    region = home_region(request, caller.region)
    row = await commands.configure(context, region, body.model_dump())
    response.headers["Location"] = f"/v1/registers/{row.id}"
    set_etag(response, row.version)
    return Register.of(row, {})


@router.get("", summary="The registers of your region")
async def find_registers(caller: Coordinator, context: Asked, page: Paging) -> Page[Register]:
    found, following = await search(context, page)
    imports = await imports_of(context.session, [row.import_id for row in found if row.import_id])
    return Page(items=[Register.of(row, imports) for row in found], next=following)


@router.get("/{register_id}", summary="One register, and what the last night brought")
async def show_register(
    caller: Coordinator, context: Asked, register_id: UUID, response: Response
) -> Register:
    return await _shown(context, register_id, response)


@router.patch("/{register_id}", summary="Change where it is, when it is read, what it may close")
async def change(
    caller: Coordinator,
    context: Asked,
    register_id: UUID,
    body: RegisterChanges,
    seen: IfMatchWhereKnown,
    response: Response,
) -> Register:
    await commands.change(context, register_id, seen, body.model_dump(exclude_unset=True))
    return await _shown(context, register_id, response)


@router.post("/{register_id}/look", status_code=202, summary="Look at it now and not at night")
async def look(
    caller: Coordinator, context: Asked, register_id: UUID, response: Response
) -> Register:
    await commands.look(context, register_id)
    return await _shown(context, register_id, response)


@router.delete(
    "/{register_id}", status_code=204, summary="Import it no more; what it brought stays"
)
async def remove(
    caller: Coordinator, context: Asked, register_id: UUID, seen: IfMatchWhereKnown
) -> None:
    await commands.remove(context, register_id, seen)


async def _shown(context: Context, register_id: UUID, response: Response) -> Register:
    row = await get(context, register_id)
    set_etag(response, row.version)
    imports = await imports_of(context.session, [row.import_id] if row.import_id else [])
    return Register.of(row, imports)
