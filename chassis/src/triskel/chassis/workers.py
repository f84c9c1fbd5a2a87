"""Periodic work of a service: once, whichever replica does it."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import keep_house
from triskel.chassis.telemetry import log

LONGEST_PAUSE_SECONDS = 30.0
_LOCK_SPACE = 7_227_304


@dataclass(frozen=True)
class Worker:
    """`run` does one bounded portion in transactions of its own and returns how much it did; while
    it finds work it is called again at once, else after `every_seconds`. With `each_replica` every
    replica does it for itself."""

    name: str
    every_seconds: float
    run: Callable[[Database, Outbox, Clock], Awaitable[int]]
    each_replica: bool = False


async def work(worker: Worker, database: Database, outbox: Outbox, clock: Clock) -> None:
    """Until cancelled; what goes wrong is logged and tried again with a growing pause."""
    pause = worker.every_seconds
    turn = worker.run if worker.each_replica else _alone(worker)
    while True:
        done = 0
        try:
            done = await turn(database, outbox, clock)
            pause = worker.every_seconds
        except Exception as error:  # a worker must not die of one bad day
            log.warning("worker pauses", worker=worker.name, why=repr(error)[:200])
            pause = min(max(pause, 0.5) * 2, LONGEST_PAUSE_SECONDS)
        if not done:
            await asyncio.sleep(pause)


def _alone(worker: Worker) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker's portion under an advisory lock; nothing when another replica holds it."""
    who = {"space": _LOCK_SPACE, "number": zlib.crc32(worker.name.encode()) & 0x7FFF_FFFF}

    async def turn(database: Database, outbox: Outbox, clock: Clock) -> int:
        async with database.engine.connect() as connection:
            held = await connection.scalar(
                text("select pg_try_advisory_lock(:space, :number)"), who
            )
            await connection.commit()
            if not held:
                return 0
            try:
                return await worker.run(database, outbox, clock)
            finally:
                await connection.execute(text("select pg_advisory_unlock(:space, :number)"), who)
                await connection.commit()

    return turn


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
        await keep_house(connection)
    finally:
        await connection.close(timeout=2)
    return 0


# four million rows ahead: 400,000 rows a second would be too many
KEEP_OUTBOX = Worker("keep-outbox", 10.0, keep_outbox)
EVERYWHERE = (FORGET_OLD_ANSWERS, KEEP_OUTBOX)
