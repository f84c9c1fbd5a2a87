"""What is kept no longer than its region says: deleted or emptied, a bounded number at once.

A service lists what goes, each with a function that returns how many of it went:

    NOTES = expired_rows(
        "partnership-notes",
        "partnerships",
        lambda periods: 12 * periods.closed_years,
        "update partnership_steps set note = null where (partnership_id, version) in (select …"
        " join kept on kept.region = p.region where p.closed_at < kept.before limit :at_most …)",
    )

What others are told is never changed by it: the log is for ever, and has nobody's data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import Job
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry, log
from triskel.chassis.workers import Worker
from triskel.contracts.registry import RetentionPeriods, region_settings

RETENTION = "retention"
"""The worker's name."""

EVERY_SECONDS = 600.0
AT_MOST = 1000
"""Rows of one kind in one transaction."""

_KEPT = """
    with kept (region, before) as (
        select region, cast(:now as timestamptz) - make_interval(months => months)
        from unnest(:regions, :months) as periods (region, months)
    )
"""
# each region is one look into an index that begins with it, however many rows there are
_PERIODS = """
    with recursive present (region) as (
        select min(region) from {table}
        union all
        select (select min(rows.region) from {table} as rows where rows.region > present.region)
        from present where present.region is not null
    )
    select present.region, regions.settings from present
    left join regions on regions.region = present.region
    where present.region is not null
"""


@dataclass(frozen=True)
class Expiring:
    """One kind of what goes by time. `kind` is what logs and metrics call it; `run` lets a bounded
    number go and returns how many went."""

    kind: str
    run: Job


async def periods_of(session: AsyncSession, table: str) -> dict[str, RetentionPeriods]:
    """How long each region that has rows in a table keeps things. One that nothing is heard of
    keeps them as long as a region that has decided nothing."""
    found = await session.execute(text(_PERIODS.format(table=table)))
    return {region: region_settings(region, decided).retention for region, decided in found}


def expired_rows(
    kind: str,
    table: str,
    months: Callable[[RetentionPeriods], int],
    statement: str,
    *,
    at_most: int = AT_MOST,
) -> Expiring:
    """What one statement lets go: it deletes or empties at most `:at_most` rows, and finds in
    `kept (region, before)` from which moment back. `table` is where regions of rows are found.

    Write `= any (array(select … limit :at_most for update … skip locked))`: an array is read once,
    and of two replicas each takes other rows.
    """
    emptied = text(_KEPT + statement).bindparams(
        bindparam("regions", type_=ARRAY(Text)), bindparam("months", type_=ARRAY(Integer))
    )

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        async with database.transaction() as session:
            periods = await periods_of(session, table)
            if not periods:
                return 0
            given = {
                "now": clock.now(),
                "regions": list(periods),
                "months": [months(each) for each in periods.values()],
                "at_most": at_most,
            }
            done = await session.execute(emptied, given)
            return int(getattr(done, "rowcount", 0))

    return Expiring(kind, run)


def retention_worker(expiring: Sequence[Expiring], series: Telemetry) -> Worker:
    """The worker that lets go what is past its time, and says how many of what."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        total = 0
        for each in expiring:
            if gone := await each.run(database, outbox, clock):
                series.retention_deleted.labels(each.kind).inc(gone)
                log.info("kept no longer", kind=each.kind, number=gone)
            total += gone
        return total

    return Worker(RETENTION, EVERY_SECONDS, run)
