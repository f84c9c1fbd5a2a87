"""Reading the outbox: nothing skipped and nothing out of order, where the usual ways fail."""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from triskel.chassis.clock import FixedClock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import outbox_backlog
from triskel.chassis.relay.window import Cursor, Fenced, configure_planner, read, store, take_over
from triskel.chassis.testing import eventually, outbox_events
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts import registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind

EXAMPLE = Path(__file__).parent / "example" / "migrations"
WRITERS = 12
COMMITS = 2_000


@pytest.fixture
async def url(fresh_database: FreshDatabase) -> str:
    return await fresh_database(EXAMPLE)


def organisation(**more: Any) -> registry.Organisation:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 1,
        "kind": OrganisationKind.COMPANY,
        "helix": HELIX_OF[OrganisationKind.COMPANY],
        "names": {"fr": "Atelier"},
        "status": "approved",
    }
    return registry.Organisation(**(known | more))


async def test_a_change_and_its_event_commit_together_or_neither_does(
    url: str, clock: FixedClock
) -> None:
    database, outbox = Database(url), Outbox("registry", clock)
    kept, lost = organisation(), organisation()

    async def write(state: registry.Organisation, fails: bool) -> None:
        async with database.transaction() as session:
            await session.execute(
                text("insert into things (id, version) values (:id, 1)"), {"id": state.id}
            )
            await outbox.record(session, registry.OrganisationApproved(organisation=state))
            if fails:
                raise RuntimeError

    await write(kept, fails=False)
    with pytest.raises(RuntimeError):
        await write(lost, fails=True)
    async with database.reading() as session:
        things = (await session.scalars(text("select id from things"))).all()
    assert things == [kept.id]
    assert [e.aggregate.id for e in await outbox_events(database)] == [kept.id]
    await database.close()


async def test_a_service_may_say_its_own_events_only(url: str, clock: FixedClock) -> None:
    database = Database(url)
    with pytest.raises(ValueError, match="activities may not say"):
        async with database.transaction() as session:
            event = registry.OrganisationApproved(organisation=organisation())
            await Outbox("activities", clock).record(session, event)
    await database.close()


@dataclass
class Seen:
    """What one reader saw, in the order in which it would have sent it."""

    rows: list[tuple[str, int]] = field(default_factory=list)

    def out_of_order(self) -> int:
        """Rows whose key had a later version before."""
        highest: dict[str, int] = defaultdict(int)
        wrong = 0
        for key, version in self.rows:
            wrong += version < highest[key]
            highest[key] = max(highest[key], version)
        return wrong


Read = Callable[[asyncpg.Connection, Seen], Awaitable[None]]


class BySnapshots:
    """Ours."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None

    async def __call__(self, connection: asyncpg.Connection, seen: Seen) -> None:
        if self.cursor is None:
            self.cursor = await take_over(connection)
        window = await read(connection, self.cursor)
        seen.rows += [(row["key"], json.loads(row["value"])) for row in window.rows]
        await store(connection, window.after)
        self.cursor = window.after


class ByLastId:
    """The first control: what most home-made outboxes do."""

    last = 0

    async def __call__(self, connection: asyncpg.Connection, seen: Seen) -> None:
        rows = await connection.fetch(
            "select id, key, value from outbox where id > $1 order by id limit 2000", self.last
        )
        seen.rows += [(row["key"], json.loads(row["value"])) for row in rows]
        self.last = rows[-1]["id"] if rows else self.last


class BelowXmin:
    """The second control: the usual advice, by (xid, id) below the oldest open transaction."""

    last = ("0", 0)

    async def __call__(self, connection: asyncpg.Connection, seen: Seen) -> None:
        rows = await connection.fetch(
            """
            select xid::text, id, key, value from outbox
            where (xid, id) > ($1::text::xid8, $2)
                and xid < pg_snapshot_xmin(pg_current_snapshot())
            order by xid, id limit 2000
            """,
            *self.last,
        )
        seen.rows += [(row["key"], json.loads(row["value"])) for row in rows]
        self.last = (rows[-1]["xid"], rows[-1]["id"]) if rows else self.last


async def _write(url: str, number: int, keys: list[str], done: asyncio.Event) -> None:
    """Transactions as services make them: something written first, then the aggregate locked and
    changed, then its event; one in twenty rolls back."""
    rng = random.Random(number)
    connection = await asyncpg.connect(url)
    while not done.is_set():
        key = rng.choice(keys)
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval("select pg_current_xact_id()")
        await asyncio.sleep(rng.random() * 0.003)
        version = await connection.fetchval(
            "update things set version = version + 1 where id = $1 returning version", key
        )
        await connection.execute(
            "insert into outbox (topic, key, value, headers) values ('t', $1, $2, '{}')",
            key,
            json.dumps(version).encode(),
        )
        await asyncio.sleep(rng.random() * 0.005)
        await (transaction.rollback() if rng.random() < 0.05 else transaction.commit())
    await connection.close()


async def _foreign(url: str, done: asyncio.Event) -> None:
    """Somebody else's transaction, which writes nothing of ours, open half the time."""
    connection = await asyncpg.connect(url)
    while not done.is_set():
        async with connection.transaction():
            await connection.fetchval("select pg_current_xact_id()")
            await asyncio.sleep(0.5)
        await asyncio.sleep(0.5)
    await connection.close()


async def _follow(url: str, way: Read, seen: Seen, done: asyncio.Event) -> None:
    connection = await asyncpg.connect(url)
    while not done.is_set():
        await way(connection, seen)
        await asyncio.sleep(0.002)
    await way(connection, seen)
    await way(connection, seen)
    await connection.close()


async def test_no_row_is_skipped_and_no_key_is_out_of_order_where_the_usual_readers_fail(
    url: str,
) -> None:
    keys = [str(uuid4()) for _ in range(6)]
    setup = await asyncpg.connect(url)
    await setup.executemany("insert into things (id, version) values ($1, 0)", [(k,) for k in keys])
    written, done = asyncio.Event(), asyncio.Event()
    by_last_id = ByLastId()
    ways: dict[str, Read] = {
        "snapshots": BySnapshots(),
        "last id": by_last_id,
        "below xmin": BelowXmin(),
    }
    seen = {name: Seen() for name in ways}
    readers = [
        asyncio.create_task(_follow(url, way, seen[name], done)) for name, way in ways.items()
    ]
    writers = [asyncio.create_task(_write(url, n, keys, written)) for n in range(WRITERS)]
    writers.append(asyncio.create_task(_foreign(url, written)))

    async def the_controls_failed() -> bool:
        """Each loses what it is known to lose, sooner or later, and never finds it again."""
        last, passed = by_last_id.last, len(seen["last id"].rows)
        below = await setup.fetchval("select count(*) from outbox where id <= $1", last)
        return below > passed and seen["below xmin"].out_of_order() > 0

    await eventually(lambda: len(seen["snapshots"].rows) >= COMMITS)
    await eventually(the_controls_failed)
    written.set()
    await asyncio.gather(*writers)
    done.set()
    await asyncio.gather(*readers)
    committed = {
        (row["key"], json.loads(row["value"]))
        for row in await setup.fetch("select key, value from outbox")
    }
    await setup.close()
    ours = seen["snapshots"]
    assert set(ours.rows) == committed
    assert len(ours.rows) == len(committed)
    assert ours.out_of_order() == 0
    # the controls
    assert len(committed - set(seen["last id"].rows)) > 0
    assert seen["below xmin"].out_of_order() > 0


async def test_a_backlog_is_paged_and_each_row_comes_once(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "insert into outbox (topic, key, value, headers) "
        "select 't', (n % 7)::text, n::text::bytea, '{}' from generate_series(1, 4321) as n"
    )
    cursor, found = await take_over(connection), []
    while (window := await read(connection, cursor, limit=500)).rows:
        found += [int(row["value"]) for row in window.rows]
        cursor = window.after
        await store(connection, cursor)
        if len(found) == 1000:
            # what is committed while a backlog is paged comes after it
            await connection.execute(
                "insert into outbox (topic, key, value, headers) values ('t', '1', '5000', '{}')"
            )
    await connection.close()
    assert found == [*range(1, 4322), 5000]


async def test_a_relay_that_lost_the_lead_cannot_move_the_cursor(url: str) -> None:
    connection = await asyncpg.connect(url)
    zombie = await take_over(connection)
    await take_over(connection)
    window = await read(connection, zombie)
    with pytest.raises(Fenced):
        await store(connection, window.after)
    await connection.close()


async def test_storing_before_sending_would_lose_what_a_crash_leaves_unsent(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "insert into outbox (topic, key, value, headers) values ('t', 'k', '1', '{}')"
    )
    # ours: crash after reading, before storing; the row comes again
    assert len((await read(connection, await take_over(connection))).rows) == 1
    again = await read(connection, await take_over(connection))
    assert len(again.rows) == 1
    # the control: stored first, then a crash; the row is gone for good
    await store(connection, again.after)
    assert (await read(connection, await take_over(connection))).rows == []
    await connection.close()


async def test_a_poll_at_rest_reads_nothing_of_a_large_outbox(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "insert into outbox (topic, key, value, headers) "
        "select 't', n::text, '1', '{}' from generate_series(1, 100000) as n"
    )
    # since the planner takes a third of what it knows of for due, it must know how much there is
    await connection.execute("analyze outbox")
    window = await read(connection, await take_over(connection))
    while window.rows:
        window = await read(connection, window.after)
    await store(connection, window.after)
    database = Database(url)

    async def read_in_sequence() -> int:
        await connection.execute("select pg_stat_force_next_flush()")
        found = await connection.fetchval(
            "select sum(seq_tup_read) from pg_stat_user_tables where relname like 'outbox%'"
        )
        return int(found)

    async def polled() -> int:
        before = await read_in_sequence()
        for _ in range(3):
            assert (await read(connection, window.after)).rows == []
        return await read_in_sequence() - before

    await connection.execute("set plan_cache_mode = force_generic_plan")
    assert await polled() >= 100_000  # the control: as PostgreSQL plans it
    await configure_planner(connection)
    await connection.execute("discard plans")
    assert await polled() == 0
    before = await read_in_sequence()
    async with database.reading() as session:
        assert (await outbox_backlog(session)).rows == 0
    await database.close()
    await asyncio.sleep(0.2)
    assert await read_in_sequence() == before
    await connection.close()
