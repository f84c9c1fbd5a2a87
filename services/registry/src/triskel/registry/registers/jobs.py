"""Registers are looked at once a night, and imported when they changed."""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import DueRows, Job, for_due_rows
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import log
from triskel.contracts.refusals import Refusal
from triskel.registry.imports.commands.submitting import submit
from triskel.registry.imports.rules import ImportOrder, ImportState, problem_of
from triskel.registry.imports.tables import ImportRow
from triskel.registry.registers.gateways import Fetched, Sources
from triskel.registry.registers.rules import next_night
from triskel.registry.registers.tables import RegisterRow

IMPORTED, UNCHANGED, FAILED = "imported", "unchanged", "failed"
# longer than a fetch may take: a look that a crash interrupted is taken again after it
LEASE = timedelta(minutes=15)
_own = RegisterRow.__table__.c


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
        known.next_at = next_night(now, known.hour, zone)
        try:
            fetched = await sources.read(known.source, known.etag, known.last_modified)
            await _record(database, known, fetched, now)
        except Refusal as refused:
            log.warning("register failed", register_id=str(known.id), rule=refused.rule)
            await _record(database, known, refused, now)
        return 1

    return run


async def _last_failed(session: AsyncSession, row: RegisterRow) -> bool:
    """Then the same file is tried again: the rule or the fault may be mended."""
    if row.import_id is None:
        return False
    return (await session.get_one(ImportRow, row.import_id)).state == ImportState.FAILED


async def _record(
    database: Database, known: RegisterRow, found: Fetched | Refusal | None, now: datetime
) -> None:
    """Import what is new, and remember what was found; null: nothing new. Raises `Invalid` for a
    file of another kind."""
    async with database.transaction() as session:
        row = await session.get(RegisterRow, known.id, with_for_update=True)
        if row is None or row.version != known.version:
            return  # it was removed or changed meanwhile, so this is of no register
        row.looked_at, row.next_at = now, known.next_at
        row.found, row.failure = UNCHANGED, None
        if isinstance(found, Refusal):
            row.found, row.failure = FAILED, problem_of(found)
        elif found is not None:
            digest = hashlib.sha256(found.content).hexdigest()
            row.etag, row.last_modified = found.etag, found.last_modified
            if digest != known.digest:
                order = ImportOrder(
                    row.dataset, found.content, row.region, max_closed=row.max_closed
                )
                report = await submit(session, order, now)
                row.found, row.import_id, row.digest = IMPORTED, report.id, digest
