"""Registers: configured by the coordinator, looked at once a night, imported when they changed."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import DueRows, Job, for_due_rows
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import log
from triskel.chassis.versions import Seen, check_version
from triskel.contracts.refusals import Refusal
from triskel.registry.gateways.sources import Fetched, Sources
from triskel.registry.imports.commands.imports import FAILED as IMPORT_FAILED
from triskel.registry.imports.commands.imports import problem_of, submit
from triskel.registry.imports.tables import ImportRow
from triskel.registry.registers import rules
from triskel.registry.registers.refusals import RegisterUnknown
from triskel.registry.registers.tables import RegisterRow

IMPORTED, UNCHANGED, FAILED = "imported", "unchanged", "failed"
# longer than a fetch may take: a look that a crash interrupted is taken again after it
LEASE = timedelta(minutes=15)
_own = RegisterRow.__table__.c


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> RegisterRow:
    """Raises `NotFound`."""
    row = await session.get(RegisterRow, number, with_for_update=lock)
    if row is None:
        raise RegisterUnknown(value=str(number))
    return row


async def configure(
    session: AsyncSession,
    region: str,
    details: dict[str, Any],
    *,
    files: bool,
    zone: ZoneInfo,
    now: datetime,
) -> RegisterRow:
    """From the next night on. Raises `Invalid` for a source that may not be read."""
    rules.check_source(details["source"], files=files)
    row = RegisterRow(
        id=uuid7(),
        version=1,
        region=region,
        next_at=rules.next_night(now, details["hour"], zone),
        **details,
    )
    session.add(row)
    await session.flush()
    return row


async def change(
    row: RegisterRow,
    changes: dict[str, Any],
    expected: Seen,
    *,
    files: bool,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Other settings of a locked row. What is imported otherwise is imported anew."""
    check_version(expected, row.version)
    before = {name: getattr(row, name) for name in changes}
    if before == changes:
        return
    rules.check_source(changes.get("source", row.source), files=files)
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.next_at = rules.next_night(now, row.hour, zone)
    if before.keys() - {"hour"}:
        row.digest = row.etag = row.last_modified = None


def nightly(sources: Sources, zone: ZoneInfo) -> Job:
    """The job that looks at one register whose hour has come. Its lease keeps other replicas from
    it; the fetch itself holds no lock and no transaction."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        now = clock.now()
        leased: list[RegisterRow] = []

        @for_due_rows(
            lambda now: select(RegisterRow).where(_own.next_at <= now).order_by(_own.next_at),
            at_most=1,
        )
        async def lease(due: DueRows[RegisterRow]) -> int:
            (row,) = due.rows
            row.next_at = due.now + LEASE
            known = RegisterRow(**row.model_dump())
            if await _last_failed(due.session, row):
                known.digest = known.etag = known.last_modified = None
            leased.append(known)
            return 1

        if not await lease(database, outbox, clock):
            return 0
        (known,) = leased
        try:
            fetched = await sources.read(known.source, known.etag, known.last_modified)
            await _record(database, known, zone, now, fetched)
        except Refusal as refused:
            log.warning("register failed", register_id=str(known.id), rule=refused.rule)
            await _record(database, known, zone, now, None, problem_of(refused))
        return 1

    return run


async def _last_failed(session: AsyncSession, row: RegisterRow) -> bool:
    """Then the same file is tried again: the rule or the fault may be mended."""
    if row.import_id is None:
        return False
    return (await session.get_one(ImportRow, row.import_id)).state == IMPORT_FAILED


async def _record(
    database: Database,
    known: RegisterRow,
    zone: ZoneInfo,
    now: datetime,
    fetched: Fetched | None,
    failure: dict[str, Any] | None = None,
) -> None:
    """Import what is new, and remember what was found. Raises `Invalid` for a file of another
    kind."""
    async with database.transaction() as session:
        row = await session.get(RegisterRow, known.id, with_for_update=True)
        if row is None or row.version != known.version:
            return  # it was removed or changed meanwhile, so this is of no register
        row.next_at = rules.next_night(now, row.hour, zone)
        row.looked_at, row.failure = now, failure
        row.found = FAILED if failure else UNCHANGED
        if fetched is None:
            return
        digest = hashlib.sha256(fetched.content).hexdigest()
        row.etag, row.last_modified = fetched.etag, fetched.last_modified
        if digest == known.digest:
            return
        report = await submit(
            session, row.dataset, fetched.content, row.region, False, row.max_closed, now
        )
        row.found, row.import_id, row.digest = IMPORTED, report.id, digest
