"""Reading the outbox by the difference of two snapshots; the cursor and its fence.

A row is due when its transaction is visible in the current snapshot and was not in the stored one.
No committed row can be missed, whatever the order of ids and commits, and no foreign transaction
holds anything up. Ordered by id, the rows of a key follow its versions, because a writer inserts
its outbox row while it holds the aggregate's lock.
"""

from dataclasses import dataclass
from typing import Any

from triskel.chassis.telemetry import log

WINDOW_ROWS = 2_000

_COLUMNS = (
    "id, topic, key, value, headers::text as headers, (extract(epoch from at) * 1000)::bigint as at"
)
# One statement has one snapshot: what it returns as `snapshot` is what its rows were read with.
# It finds ids first, so that a backlog's first page does not carry all of it through a sort. Each
# `offset 0` keeps the planner from walking the primary key from its beginning for the order.
_DIFFERENCE = f"""
    select pg_current_snapshot()::text as snapshot, due.*
    from (values (1)) as one (row)
    left join lateral (
        select {_COLUMNS} from outbox where id = any (array(
            select id from (
                (select id from outbox
                where xid >= pg_snapshot_xmax($1::text::pg_snapshot) offset 0)
                union all
                (select id from outbox
                where xid = any (array(select pg_snapshot_xip($1::text::pg_snapshot))) offset 0)
            ) as found order by id limit $2
        ))
    ) as due on true
    order by due.id
"""
# A backlog is paged along the primary key, so that its cost is linear.
_PAGE = f"""
    select {_COLUMNS} from outbox
    where id > $1
      and pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
      and not pg_visible_in_snapshot(xid, $3::text::pg_snapshot)
    order by id limit $4
"""


# The planner cannot know that what is due lies at the end of the index: it estimates a third of the
# table as due, and reads all of it, by several workers. Measured at rest on 900,000 rows: 520 ms a
# poll; with an index, one backend and one plan 0.2 ms.
_SETTINGS = """
    set enable_seqscan = off;
    set max_parallel_workers_per_gather = 0;
    set plan_cache_mode = force_generic_plan;
    set jit = off
"""


class Fenced(Exception):
    """Another relay has taken over; this one must not move the stored cursor any more."""


@dataclass
class Cursor:
    """What the relay has sent: all that `snapshot` shows. `target` is set while a backlog is paged:
    then also what `target` shows, up to `last_id`. `epoch` is the fencing token."""

    epoch: int
    snapshot: str
    target: str | None
    last_id: int


@dataclass(frozen=True)
class Window:
    """Rows to send in this order, and the cursor that is right once they are sent."""

    rows: list[Any]
    after: Cursor

    @property
    def in_flight(self) -> bool:
        """Whether transactions were open when this was read: more rows may follow at once."""
        xmin, xmax, _ = self.after.snapshot.split(":")
        return xmin != xmax


async def configure_planner(connection: Any) -> None:
    """For every connection that reads the outbox: its queries return few rows, and run often."""
    await connection.execute(_SETTINGS)


async def take_over(connection: Any) -> Cursor:
    """Raise the stored epoch, so that every older relay is fenced; returns the stored cursor."""
    async with connection.transaction():
        row = await connection.fetchrow(
            """
            update relay_cursor set epoch = epoch + 1
            returning epoch, snapshot::text, target::text, last_id,
                pg_snapshot_xmax(coalesce(target, snapshot))
                    > pg_snapshot_xmax(pg_current_snapshot()) as from_another_server
            """
        )
        if not row["from_another_server"]:
            return Cursor(row["epoch"], row["snapshot"], row["target"], row["last_id"])
        snapshot = await _make_all_due(connection)
    log.warning("the outbox was restored from another server: all of it is sent again")
    return Cursor(row["epoch"], snapshot, None, 0)


async def _make_all_due(connection: Any) -> str:
    """For an outbox that was restored from a dump of another server. Transaction ids have a meaning
    only on the server that assigned them, so what was sent cannot be told from what was not. All
    rows are sent again, in their order; readers ignore the duplicates."""
    snapshot: str = await connection.fetchval("select pg_current_snapshot()::text")
    await connection.execute("update outbox set xid = pg_current_xact_id()")
    await connection.execute(
        "update relay_cursor set snapshot = $1::text::pg_snapshot, target = null, last_id = 0",
        snapshot,
    )
    return snapshot


async def read(connection: Any, cursor: Cursor, limit: int = WINDOW_ROWS) -> Window:
    """The next rows that are due, and where the cursor stands after them."""
    if cursor.target is None:
        found = await connection.fetch(_DIFFERENCE, cursor.snapshot, limit + 1)
        current, rows = found[0]["snapshot"], [row for row in found if row["id"] is not None]
        if len(rows) <= limit:
            return Window(rows, Cursor(cursor.epoch, current, None, 0))
        rows = rows[:limit]
        return Window(rows, Cursor(cursor.epoch, cursor.snapshot, current, rows[-1]["id"]))
    rows = await connection.fetch(_PAGE, cursor.last_id, cursor.target, cursor.snapshot, limit)
    if len(rows) < limit:
        return Window(rows, Cursor(cursor.epoch, cursor.target, None, 0))
    after = Cursor(cursor.epoch, cursor.snapshot, cursor.target, rows[-1]["id"])
    return Window(rows, after)


async def store(connection: Any, cursor: Cursor) -> None:
    """Store the cursor. Raises `Fenced` when another relay has taken over."""
    done = await connection.execute(
        """
        update relay_cursor
        set snapshot = $1::text::pg_snapshot, target = $2::text::pg_snapshot, last_id = $3
        where epoch = $4
        """,
        cursor.snapshot,
        cursor.target,
        cursor.last_id,
        cursor.epoch,
    )
    if done != "UPDATE 1":
        raise Fenced
