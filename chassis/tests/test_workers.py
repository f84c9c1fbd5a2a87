"""Periodic work: by one replica alone, at once when there is some, and at little cost when not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import structlog

from triskel.chassis.clock import Clock, SystemClock
from triskel.chassis.database import Database, after_commit
from triskel.chassis.outbox import Outbox
from triskel.chassis.testing import eventually
from triskel.chassis.workers import Leadership, Worker, work

EXAMPLE = Path(__file__).parent / "example" / "migrations"
NEVER = 3600.0


class Counted:
    """A worker that says when it was called."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[None] = asyncio.Queue()

    async def run(self, database: Database, outbox: Outbox, clock: Clock) -> int:
        self.calls.put_nowait(None)
        return 0


@asynccontextmanager
async def at_work(
    database: Database, worker: Worker, leadership: Leadership
) -> AsyncIterator[None]:
    task = asyncio.create_task(work(worker, database, Outbox("example"), SystemClock(), leadership))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_worker_is_woken_by_a_commit_and_not_by_a_rollback(database: Database) -> None:
    counted, leadership = Counted(), Leadership(database)
    worker = Worker("counted", NEVER, counted.run)
    async with at_work(database, worker, leadership):
        await counted.calls.get()
        with suppress(ZeroDivisionError):
            async with database.transaction() as session:
                await session.connection()
                after_commit(session, worker.wake.set)
                raise ZeroDivisionError
        assert not worker.wake.is_set()
        async with database.transaction() as session:
            await session.connection()
            after_commit(session, worker.wake.set)
        await counted.calls.get()
    await leadership.close()


async def test_a_worker_that_fails_goes_on_and_the_log_does_not_hold_what_its_error_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triskel.chassis.workers.FIRST_PAUSE_SECONDS", 0.0)
    leadership, done = Leadership(database), asyncio.Event()
    errors = [ValueError("somebody@example.org")]

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        if errors:
            raise errors.pop()
        done.set()
        return 0

    with structlog.testing.capture_logs() as logged:
        async with at_work(database, Worker("failing", NEVER, run), leadership):
            await done.wait()
    await leadership.close()
    (entry,) = logged
    assert (entry["worker"], entry["error"]) == ("failing", "ValueError")
    assert "raise errors.pop()" in entry["traceback"]
    assert "somebody" not in str(entry)


async def test_one_replica_alone_works_until_it_goes_or_loses_its_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triskel.chassis.workers.ASK_FOR_LEADERSHIP_SECONDS", 0.0)
    first, second = Leadership(database), Leadership(database)
    assert (await first.is_held(), await second.is_held()) == (True, False)
    await first.close()
    await eventually(second.is_held, bool)
    assert not await first.is_held()
    # its backend ends, as in a failover: the lock is the other's, and it knows
    ended = second._connection.get_server_pid()
    connection = await database.raw()
    await connection.execute("select pg_terminate_backend($1)", ended)
    await connection.close()
    await eventually(first.is_held, bool)
    # its client hears a moment later that the connection has ended
    await eventually(second.is_held, lambda held: not held)
    await first.close()
    await second.close()
