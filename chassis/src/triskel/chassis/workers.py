"""Workers: they run the jobs of a service again and again, on one of its replicas."""

import asyncio
import contextlib
import math
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import Job
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import maintain_partitions
from triskel.chassis.retries import retrying
from triskel.chassis.telemetry import log

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
ASK_FOR_LEADERSHIP_SECONDS = 1.0
_LOCK_SPACE = 7_227_304


@dataclass(frozen=True)
class Worker:
    """A job and when it is run, on one replica at a time; with `each_replica` on each of them.

    While the job finds work it is called again at once, else after `every_seconds`, or as soon as
    `wake` is set: by whoever commits work for it (`chassis.database.after_commit`).
    """

    name: str
    every_seconds: float
    run: Job
    each_replica: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Leadership:
    """Decides which replica runs the jobs that only one may run: it holds an advisory lock.

    The lock belongs to a connection of its own and lasts as long as that, so that nothing but the
    first question costs a round trip.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._held = False
        self._asked_at = -math.inf
        self._one_asks = asyncio.Lock()

    async def is_held(self) -> bool:
        """Whether this replica is the one. Raises what PostgreSQL raises while it is away."""
        async with self._one_asks:
            if self._connection is None or self._connection.is_closed():
                self._held = False
                self._connection = await self._database.raw()
            elif self._held or time.monotonic() < self._asked_at + ASK_FOR_LEADERSHIP_SECONDS:
                return self._held
            self._asked_at = time.monotonic()
            self._held = await self._connection.fetchval(
                "select pg_try_advisory_lock($1, 0)", _LOCK_SPACE
            )
            return self._held

    async def close(self) -> None:
        """Release the lock: the next replica that asks gets it."""
        if self._connection is not None:
            await self._connection.close(timeout=2)


async def work(
    worker: Worker, database: Database, outbox: Outbox, clock: Clock, leadership: Leadership
) -> None:
    """Run a worker's job until cancelled. What it raises is logged, and it is tried again with
    growing pauses; the text of an error stays out of the log, since it may hold somebody's name."""

    def report(error: Exception) -> bool:
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.warning(
            "worker pauses", worker=worker.name, error=type(error).__name__, traceback=trace
        )
        return True

    while True:
        done = 0
        worker.wake.clear()
        async for attempt in retrying(report, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS):
            with attempt:
                if worker.each_replica or await leadership.is_held():
                    done = await worker.run(database, outbox, clock)
        if not done:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(worker.every_seconds):
                    await worker.wake.wait()


async def delete_old_answers(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Delete answers to Idempotency-Keys after seven days, 5,000 in one call."""
    async with database.transaction() as session:
        done = await session.execute(
            text(
                """
                delete from idempotency_keys where (caller, key) in (
                    select caller, key from idempotency_keys
                    where at < clock_timestamp() - interval '7 days' order by at limit 5000)
                """
            )
        )
    return int(getattr(done, "rowcount", 0))


DELETE_OLD_ANSWERS = Worker("delete-old-answers", 3600.0, delete_old_answers)


async def maintain_outbox(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Make partitions of the outbox before they are needed, whatever the relay or Kafka does: a
    writer that finds none is refused."""
    connection = await database.raw()
    try:
        await maintain_partitions(connection)
    finally:
        await connection.close(timeout=2)
    return 0


# partitions for four million rows ahead: only 400,000 rows a second would be too many
MAINTAIN_OUTBOX = Worker("maintain-outbox", 10.0, maintain_outbox)
CHASSIS_WORKERS = (DELETE_OLD_ANSWERS, MAINTAIN_OUTBOX)
"""Those of every service."""
