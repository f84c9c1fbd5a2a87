"""Partitions of the outbox table: made before they are needed, dropped once all their rows are
sent."""

from typing import Any

from triskel.chassis.ddl import OUTBOX_PARTITION_ROWS, OUTBOX_PARTITIONS_AHEAD
from triskel.chassis.telemetry import log

KEEP_SENT_SECONDS = 86_400
_LOCK_TIMEOUT = "set lock_timeout = '200ms'"

_PARTITIONS = """
    select c.relname as name, substring(c.relname from 'outbox_([0-9]+)')::bigint as number,
        i.inhdetachpending as leaving
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outbox'::regclass order by number
"""


async def maintain_partitions(connection: Any, keep_seconds: float = KEEP_SENT_SECONDS) -> None:
    """Make the next partitions, and drop those whose rows were sent more than `keep_seconds` ago.
    Writers never wait for it: a lock that is not to be had within 200 ms is tried at the next
    call."""
    await connection.execute(_LOCK_TIMEOUT)
    partitions = await connection.fetch(_PARTITIONS)
    newest = await connection.fetchval("select coalesce(max(id), 0) from outbox")
    current = newest // OUTBOX_PARTITION_ROWS
    numbers = {row["number"] for row in partitions}
    for number in range(current, current + OUTBOX_PARTITIONS_AHEAD):
        if number not in numbers:
            await _make(connection, number)
    for row in partitions:
        if row["number"] < current and await _is_sent(connection, row["name"], keep_seconds):
            await _drop(connection, row["name"], row["leaving"])


async def _make(connection: Any, number: int) -> None:
    # a table that is created first and then attached takes a lock that lets writers go on
    name, low = f"outbox_{number}", number * OUTBOX_PARTITION_ROWS
    async with connection.transaction():
        await connection.execute(
            f"create table {name} "
            "(like outbox including defaults including constraints including indexes)"
        )
        await connection.execute(
            f"alter table outbox attach partition {name} "
            f"for values from ({low}) to ({low + OUTBOX_PARTITION_ROWS})"
        )


async def _is_sent(connection: Any, name: str, keep_seconds: float) -> bool:
    return bool(
        await connection.fetchval(
            f"""
            select coalesce(
                (select max(p.xid) from {name} p) < (
                    select least(pg_snapshot_xmin(snapshot), pg_snapshot_xmin(target))
                    from relay_cursor
                )
                and (select max(at) from {name}) < clock_timestamp() - $1 * interval '1 second'
                and not exists (
                    select from relay_parked r join {name} p on p.id = r.outbox_id
                ), true)
            """,
            float(keep_seconds),
        )
    )


async def _drop(connection: Any, name: str, leaving: bool) -> None:
    mode = "finalize" if leaving else "concurrently"
    try:
        await connection.execute(f"alter table outbox detach partition {name} {mode}")
        await connection.execute(f"drop table {name}")
    except Exception as error:  # a lock that was not to be had: the next call tries again
        log.info("outbox partition stays for now", partition=name, reason=str(error))
