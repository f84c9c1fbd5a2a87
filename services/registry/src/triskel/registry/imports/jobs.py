"""Imports of official directories: a job that goes chunk by chunk and goes on after a crash."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database, insert_rows, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.retention import expired_rows
from triskel.chassis.telemetry import log
from triskel.contracts.refusals import Refusal
from triskel.registry.imports.commands.applying import Chunk, Line, apply, placed
from triskel.registry.imports.commands.closing import Named, close, gone_from
from triskel.registry.imports.gateways.directories import read
from triskel.registry.imports.gateways.entries import Directory, Entry
from triskel.registry.imports.refusals import RegisterNotWhole
from triskel.registry.imports.rules import ImportState, problem_of
from triskel.registry.imports.tables import ImportFileRow, ImportRow

# its counts stay
LINES = expired_rows(
    "import-lines",
    "organisations",
    lambda periods: 12 * periods.closed_years,
    """
    delete from import_lines where ctid = any (array(
        select l.ctid from kept
        join imports as i on i.region = kept.region and i.at < kept.before
        join import_lines as l on l.import_id = i.id
        where i.state not in ('queued', 'running')
        limit :at_most for update of l skip locked))
    """,
    at_most=5000,
)
CHUNK_ROWS = 1000
IMPORTING = "run-imports"
"""The worker that does what is queued."""

_S = ImportState
_BROKE = {
    "rule": "import-broke",
    "detail": "A fault of ours. The rows that are counted were imported; send the file again when "
    "it is mended: what is there already will be unchanged.",
    "field": None,
    "value": None,
}
_CLOSED = {"open": {"before": True, "after": False}}


async def run_imports(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Do the oldest import that waits, or that a crash interrupted. One replica does it at a time
    (a worker's lock). Each chunk is a transaction: readers are never kept waiting for long, the
    report says how far it is, and after a crash it goes on behind the last chunk."""
    async with database.reading() as session:
        row = await session.scalar(
            select(ImportRow)
            .where(col(ImportRow.state).in_([_S.QUEUED, _S.RUNNING]))
            .order_by(col(ImportRow.id))
            .limit(1)
        )
        if row is None:
            return 0
        file = await session.get_one(ImportFileRow, row.id)
    running = _Running(database, outbox, clock, row.id)
    try:
        directory = await asyncio.to_thread(read, row.dataset, file.content)
        # the whole file is read before anything is changed: what is wrong with it changes nothing
        whole = row.max_closed is not None
        named, total = await asyncio.to_thread(_survey, directory, whole)
        await running.run(directory, named, total)
    except Refusal as refused:
        await running.finish(_S.FAILED, problem_of(refused))
    except Exception as error:
        if is_transient(error):
            raise
        # it would fail again, and others wait
        log.error("import broke", import_id=str(row.id), error=type(error).__name__)
        await running.finish(_S.FAILED, _BROKE)
    else:
        await running.finish(_S.DONE)
    return 1


def _survey(directory: Directory, whole: bool) -> tuple[Named, int]:
    """What a file names, and how many rows it has: it is gone through to its end. Raises `Invalid`
    with the line where it is damaged, and for a `whole` register in which a school cannot be told.
    """
    named, total = Named(), 0
    for entry in directory:
        total += 1
        if whole and entry.identifier is None:
            raise RegisterNotWhole(line=entry.number, value=entry.number)
        # a row that is refused for something else still says that the school is there
        if entry.scheme and entry.identifier:
            named.identifiers.add((str(entry.scheme), entry.identifier))
            named.areas.add(entry.details["nuts3"] or "")
    return named, total


@dataclass(frozen=True)
class _Running:
    """One import that is being done, in many transactions."""

    database: Database
    outbox: Outbox
    clock: Clock
    import_id: UUID

    @asynccontextmanager
    async def step(self) -> AsyncIterator[tuple[AsyncSession, ImportRow]]:
        """A transaction that has the report's lock."""
        async with self.database.transaction() as session:
            yield session, await session.get_one(ImportRow, self.import_id, with_for_update=True)

    async def run(self, directory: Directory, named: Named, total: int) -> None:
        """Chunk by chunk, behind those that are done. Raises `TooManyWouldClose`."""
        gone: list[tuple[str, UUID]] = []
        async with self.step() as (session, report):
            report.state, report.total = _S.RUNNING, total
            already = report.rows
            if report.max_closed is not None:
                gone = await gone_from(session, named, report.region, report.max_closed)
        entries, last = placed(directory, report.region), 1
        seen: set[tuple[str, str]] = set()
        for entry in islice(entries, already):
            last = entry.number
            if not entry.refusals and entry.identifier:
                seen.add((str(entry.scheme), entry.identifier))
        while following := list(islice(entries, CHUNK_ROWS)):
            last = following[-1].number
            async with self.step() as (session, report):
                of_report = report.region, report.dry_run
                chunk = Chunk(following, *of_report, seen, self.clock.now())
                lines = await apply(session, self.outbox, chunk)
                await _keep_lines(session, report, lines)
                report.rows += len(lines)
        for start in range(0, len(gone), CHUNK_ROWS):
            part = gone[start : start + CHUNK_ROWS]
            async with self.step() as (session, report):
                if not report.dry_run:
                    closed = [organisation_id for _, organisation_id in part]
                    await close(session, self.outbox, closed, self.clock.now())
                lines = [
                    Line(Entry(number, identifier=identifier), "closed", _CLOSED)
                    for number, (identifier, _) in enumerate(part, last + report.closed + 1)
                ]
                await _keep_lines(session, report, lines)

    async def finish(self, state: ImportState, failure: dict[str, Any] | None = None) -> None:
        """The file is not kept: it may be large, and its publisher has it."""
        async with self.step() as (session, report):
            report.state, report.failure = state, failure
            file = await session.get(ImportFileRow, self.import_id)
            if file is not None:
                await session.delete(file)


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
