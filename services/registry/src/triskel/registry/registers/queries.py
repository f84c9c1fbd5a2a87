"""What is read of registers."""

from uuid import UUID

from sqlalchemy import select

from triskel.chassis.commands import Context
from triskel.chassis.paging import PageRequest, paginate
from triskel.registry.registers.refusals import RegisterUnknown
from triskel.registry.registers.tables import RegisterRow


async def get(context: Context, register_id: UUID, *, lock: bool = False) -> RegisterRow:
    """One of the caller's region. Raises `RegisterUnknown` and `RegionNotYours`."""
    row = await context.session.get(RegisterRow, register_id, with_for_update=lock)
    if row is None:
        raise RegisterUnknown(value=str(register_id))
    context.caller.require_region(row.region)
    return row


async def search(context: Context, page: PageRequest) -> tuple[list[RegisterRow], str | None]:
    """A page of those of the caller's region, and the cursor of the next."""
    own = RegisterRow.__table__.c
    statement = select(RegisterRow).where(own.region == context.caller.region)
    rows, following = await paginate(context.session, statement, keys=[own.id], page=page)
    return [row for (row,) in rows], following
