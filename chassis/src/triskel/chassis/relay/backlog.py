"""What waits in the outbox, for readiness and for people."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class OutboxBacklog:
    """`rows` that are not sent yet, without those of parked keys; the age of the oldest of them in
    seconds; the number of parked keys."""

    rows: int
    oldest_seconds: float
    parked_keys: int


async def outbox_backlog(session: AsyncSession) -> OutboxBacklog:
    """The backlog as the stored cursor shows it, which is a moment behind the relay."""
    # the planner would estimate a third of the outbox as due, and read all of it (see window.py)
    await session.execute(text("set local enable_seqscan = off"))
    row = (
        await session.execute(
            text(
                """
                with cursor as (select snapshot, target, last_id from relay_cursor),
                due as (
                    select o.at from outbox o, cursor c
                    where (o.xid >= (select pg_snapshot_xmax(snapshot) from cursor)
                        or o.xid = any (array(select pg_snapshot_xip(snapshot) from cursor)))
                      and not (c.target is not null and o.id <= c.last_id
                        and pg_visible_in_snapshot(o.xid, c.target))
                )
                select count(*),
                    coalesce(extract(epoch from clock_timestamp() - min(at)), 0),
                    (select count(distinct (topic, key)) from relay_parked)
                from due
                """
            )
        )
    ).one()
    return OutboxBacklog(rows=row[0], oldest_seconds=float(row[1]), parked_keys=row[2])
