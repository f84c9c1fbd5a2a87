"""Periodic work of a service: once, whichever replica does it."""

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.jobs import Job
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import maintain_partitions
from triskel.chassis.telemetry import log

LONGEST_PAUSE_SECONDS = 30.0
ASK_SECONDS = 1.0
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
    """Which replica does what only one must do: the one that holds an advisory lock, on a
    connection of its own for as long as that lives. So a look at what is due costs that look
    alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._held = False
        self._asked_at = -math.inf
        self._one_asks = asyncio.Lock()

    async def ours(self) -> bool:
        """Raises what PostgreSQL raises while it is away."""
        async with self._one_asks:
            if self._connection is None or self._connection.is_closed():
                self._held = False
                self._connection = await self._database.raw()
            elif self._held or time.monotonic() < self._asked_at + ASK_SECONDS:
                return self._held
            self._asked_at = time.monotonic()
            self._held = await self._connection.fetchval(
                "select pg_try_advisory_lock($1, 0)", _LOCK_SPACE
            )
            return self._held

    async def close(self) -> None:
        """The next replica that asks has it."""
        if self._connection is not None:
            await self._connection.close(timeout=2)


async def work(
    worker: Worker, database: Database, outbox: Outbox, clock: Clock, leadership: Leadership
) -> None:
    """Until cancelled; what goes wrong is logged and tried again with a growing pause."""
    pause = worker.every_seconds
    while True:
        done = 0
        worker.wake.clear()
        try:
            if worker.each_replica or await leadership.ours():
                done = await worker.run(database, outbox, clock)
            pause = worker.every_seconds
        except Exception as error:  # a worker must not die of one bad day
            log.warning("worker pauses", worker=worker.name, why=repr(error)[:200])
            pause = min(max(pause, 0.5) * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)
            continue
        if not done:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await worker.wake.wait()


async def forget_old_answers(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Idempotent answers are kept for seven days."""
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


FORGET_OLD_ANSWERS = Worker("forget-old-answers", 3600.0, forget_old_answers)


async def keep_outbox(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Partitions of the outbox ahead of need, whatever the relay or Kafka is doing: a writer that
    finds none is refused."""
    connection = await database.raw()
    try:
        await maintain_partitions(connection)
    finally:
        await connection.close(timeout=2)
    return 0


# four million rows ahead: 400,000 rows a second would be too many
KEEP_OUTBOX = Worker("keep-outbox", 10.0, keep_outbox)
EVERYWHERE = (FORGET_OLD_ANSWERS, KEEP_OUTBOX)
