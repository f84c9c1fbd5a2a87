"""What is read of imports: how far they are, and what became of each row."""

import csv
import io
import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.commands import Context
from triskel.chassis.database import Database
from triskel.chassis.paging import PageRequest, paginate
from triskel.registry.imports.refusals import ImportUnknown
from triskel.registry.imports.tables import ImportLineRow, ImportRow

LINES_AT_ONCE = 2_000
_line = ImportLineRow.__table__.c


async def get(context: Context, import_id: UUID) -> ImportRow:
    """One of the caller's region. Raises `ImportUnknown` and `RegionNotYours`."""
    row = await context.session.get(ImportRow, import_id)
    if row is None:
        raise ImportUnknown(value=str(import_id))
    context.caller.require_region(row.region)
    return row


async def imports_of(session: AsyncSession, import_ids: Collection[UUID]) -> dict[UUID, ImportRow]:
    """These, by id."""
    if not import_ids:
        return {}
    own = ImportRow.__table__.c
    rows = await session.scalars(select(ImportRow).where(own.id.in_(import_ids)))
    return {row.id: row for row in rows}


@dataclass(frozen=True)
class LineFilter:
    """What is looked for; None does not filter. `remarked`: only rows with a cell that was left out
    or put right."""

    outcome: str | None = None
    remarked: bool = False


async def lines(
    session: AsyncSession, import_id: UUID, wanted: LineFilter, page: PageRequest
) -> tuple[list[ImportLineRow], str | None]:
    """A page of an import's rows, and the cursor of the next."""
    statement = select(ImportLineRow).where(_line.import_id == import_id)
    if wanted.outcome is not None:
        statement = statement.where(_line.outcome == wanted.outcome)
    if wanted.remarked:
        statement = statement.where(_line.remarks.is_not(None))
    rows, following = await paginate(session, statement, keys=[_line.number], page=page)
    return [row for (row,) in rows], following


async def csv_lines(database: Database, import_id: UUID) -> AsyncIterator[str]:
    """All of them as CSV, page by page, so that a file of any length takes little memory."""
    yield csv_of([("line", "outcome", "identifier", "field", "before", "after", "rule", "detail")])
    after = 0
    while True:
        async with database.reading() as session:
            found = await session.scalars(
                select(ImportLineRow)
                .where(_line.import_id == import_id, _line.number > after)
                .order_by(_line.number)
                .limit(LINES_AT_ONCE)
            )
            rows = found.all()
        if not rows:
            return
        after = rows[-1].number
        yield csv_of(cells for row in rows for cells in _flat(row))


def _flat(row: ImportLineRow) -> Iterator[tuple[object, ...]]:
    """A line for each field that changed, was refused or remarked; one for a row without any."""
    head = (row.number, row.outcome, row.identifier)
    for name, change in (row.changes or {}).items():
        yield (*head, name, _shown(change["before"]), _shown(change["after"]), "", "")
    for reason in (*(row.refusals or ()), *(row.remarks or ())):
        yield (*head, reason["field"], reason["value"], "", reason["rule"], reason["detail"])
    if not row.changes and not row.refusals and not row.remarks:
        yield (*head, "", "", "", "", "")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def csv_of(rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    # a cell that begins like a formula would be one in a spreadsheet
    csv.writer(out).writerows(
        [f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else cell for cell in row]
        for row in rows
    )
    return out.getvalue()
