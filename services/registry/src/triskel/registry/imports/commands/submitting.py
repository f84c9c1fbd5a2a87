"""A file is taken in: it is queued for the worker."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.registry.imports.gateways.directories import read
from triskel.registry.imports.rules import ImportOrder, ImportState
from triskel.registry.imports.tables import ImportFileRow, ImportRow


async def submit(session: AsyncSession, order: ImportOrder, now: datetime) -> ImportRow:
    """Raises `Invalid` for a file that is not of its dataset."""
    directory = read(order.dataset, order.content)
    row = ImportRow(
        id=uuid7(),
        dataset=order.dataset,
        region=order.region,
        dry_run=order.dry_run,
        max_closed=order.max_closed,
        state=ImportState.QUEUED,
        at=now,
        encoding=directory.encoding,
        separator=directory.separator,
    )
    session.add_all((row, ImportFileRow(import_id=row.id, content=order.content)))
    return row
