"""Imports of official directories: a job that goes chunk by chunk and goes on after a crash."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database, insert_rows, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import log
from triskel.contracts.refusals import Refusal
from triskel.registry.gateways.directories import read
from triskel.registry.gateways.entries import Entry
from triskel.registry.imports.commands.applying import Line, apply
from triskel.registry.imports.commands.closing import Named, close, gone_from
from triskel.registry.imports.refusals import ImportUnknown, RegisterNotWhole
from triskel.registry.imports.tables import ImportFileRow, ImportRow

CHUNK_ROWS = 1000
IMPORTING = "run-imports"
"""The worker that does what is queued."""

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
_BROKE = {
    "rule": "import-broke",
    "detail": "A fault of ours. The rows that are counted were imported; send the file again when "
    "it is mended: what is there already will be unchanged.",
    "field": None,
    "value": None,
}
_CLOSED = {"open": {"before": True, "after": False}}


async def submit(
    session: AsyncSession,
    dataset: str,
    content: bytes,
    region: str,
    dry_run: bool,
    max_closed: int | None,
    now: datetime,
) -> ImportRow:
    """Queue a file. Raises `Invalid` for one that is not of its dataset.

    With `dry_run` only the report will be kept. With `max_closed` the file is the whole register of
    the areas that it names: open schools that it lacks will be closed, if they are no more.
    """
    directory = read(dataset, content)
    report = ImportRow(
        id=uuid7(),
        dataset=dataset,
        region=region,
        dry_run=dry_run,
        max_closed=max_closed,
        state=QUEUED,
        at=now,
        rows=0,
        total=None,
        created=0,
        changed=0,
        unchanged=0,
        refused=0,
        closed=0,
        remarked=0,
        encoding=directory.encoding,
        separator=directory.separator,
        failure=None,
    )
    session.add(report)
    await session.flush()
    session.add(ImportFileRow(import_id=report.id, content=content))
    await session.flush()
    return report


async def run_imports(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Do the oldest import that waits, or that a crash interrupted. One replica does it at a time
    (a worker's lock). Each chunk is a transaction: readers are never kept waiting for long, the
    report says how far it is, and after a crash it goes on behind the last chunk."""
    async with database.reading() as session:
        row = await session.scalar(
            select(ImportRow)
            .where(col(ImportRow.state).in_([QUEUED, RUNNING]))
            .order_by(col(ImportRow.id))
            .limit(1)
        )
        if row is None:
            return 0
        file = await session.get_one(ImportFileRow, row.id)
    try:
        # the whole file is read before anything is changed: what is wrong with it changes nothing
        named, total = await asyncio.to_thread(_survey, row, file.content)
        await _run(database, outbox, clock, row, file.content, named, total)
    except Refusal as refused:
        await _finish(database, row.id, FAILED, problem_of(refused))
    except Exception as error:
        if is_transient(error):
            raise
        # it would fail again, and others wait
        log.error("import broke", import_id=str(row.id), error=type(error).__name__)
        await _finish(database, row.id, FAILED, _BROKE)
    else:
        await _finish(database, row.id, DONE)
    return 1


def problem_of(refused: Refusal) -> dict[str, Any]:
    """A refusal as reports keep it."""
    return {
        "rule": refused.rule,
        "detail": refused.sentence,
        "field": refused.field,
        "value": None if refused.value is None else str(refused.value),
    }


def _survey(row: ImportRow, content: bytes) -> tuple[Named, int]:
    """What a file names, and how many rows it has: it is gone through to its end. Raises `Invalid`
    with the line where it is damaged, and for a register in which a school cannot be told."""
    named, total = Named(), 0
    for entry in read(row.dataset, content):
        total += 1
        if row.max_closed is not None and entry.identifier is None:
            raise RegisterNotWhole(line=entry.number, value=entry.number)
        # a row that is refused for something else still says that the school is there
        if entry.scheme and entry.identifier:
            named.identifiers.add((str(entry.scheme), entry.identifier))
            named.areas.add(entry.details["nuts3"] or "")
    return named, total


async def _run(
    database: Database,
    outbox: Outbox,
    clock: Clock,
    row: ImportRow,
    content: bytes,
    named: Named,
    total: int,
) -> None:
    gone: list[tuple[str, UUID]] = []
    async with database.transaction() as session:
        report = await session.get_one(ImportRow, row.id, with_for_update=True)
        report.state, report.total = RUNNING, total
        already = report.rows
        if report.max_closed is not None:
            gone = await gone_from(session, named, report.region, report.max_closed)
    entries, last = iter(read(row.dataset, content)), 1
    seen: set[tuple[str, str]] = set()
    for entry in islice(entries, already):
        last = entry.number
        if not entry.refusals and entry.identifier:
            seen.add((str(entry.scheme), entry.identifier))
    while chunk := list(islice(entries, CHUNK_ROWS)):
        last = chunk[-1].number
        async with database.transaction() as session:
            report = await session.get_one(ImportRow, row.id, with_for_update=True)
            now = clock.now()
            lines = await apply(session, outbox, chunk, report.region, report.dry_run, seen, now)
            await _keep_lines(session, report, lines)
            report.rows += len(lines)
    for part in _parts(gone):
        async with database.transaction() as session:
            report = await session.get_one(ImportRow, row.id, with_for_update=True)
            if not report.dry_run:
                await close(session, outbox, [number for _, number in part], clock.now())
            lines = [
                Line(Entry(number, identifier=value), "closed", _CLOSED)
                for number, (value, _) in enumerate(part, last + report.closed + 1)
            ]
            await _keep_lines(session, report, lines)


def _parts(gone: Sequence[tuple[str, UUID]]) -> Iterator[Sequence[tuple[str, UUID]]]:
    for start in range(0, len(gone), CHUNK_ROWS):
        yield gone[start : start + CHUNK_ROWS]


async def _keep_lines(session: AsyncSession, report: ImportRow, lines: Sequence[Line]) -> None:
    await insert_rows(
        session,
        "import_lines",
        [
            {
                "import_id": report.id,
                "number": line.entry.number,
                "outcome": line.outcome,
                "identifier": line.entry.identifier,
                "changes": line.changes,
                "refusals": line.entry.refusals or None,
                "remarks": line.entry.remarks or None,
            }
            for line in lines
        ],
    )
    for line in lines:
        setattr(report, line.outcome, getattr(report, line.outcome) + 1)
        report.remarked += bool(line.entry.remarks)


async def _finish(
    database: Database, number: UUID, state: str, failure: dict[str, Any] | None = None
) -> None:
    """The file is not kept: it may be large, and its publisher has it."""
    async with database.transaction() as session:
        report = await session.get_one(ImportRow, number, with_for_update=True)
        report.state, report.failure = state, failure
        file = await session.get(ImportFileRow, number)
        if file is not None:
            await session.delete(file)


async def one(session: AsyncSession, number: UUID) -> ImportRow:
    """Raises `NotFound`."""
    row = await session.get(ImportRow, number)
    if row is None:
        raise ImportUnknown(value=str(number))
    return row
