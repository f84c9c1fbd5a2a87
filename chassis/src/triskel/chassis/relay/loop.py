"""The relay's loop: compete for the lead, read, send, store; for ever, whatever goes away."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from triskel.chassis.database import Database
from triskel.chassis.relay.sender import Batch, KafkaError, Sender
from triskel.chassis.relay.window import (
    Cursor,
    Fenced,
    Window,
    prefer_small_plans,
    read,
    store,
    take_over,
)
from triskel.chassis.telemetry import Telemetry, log

LEADER_LOCK = 7_227_302
CHANNEL = "triskel_outbox"
NOTIFY_PAUSE_SECONDS = 0.002
COMPETE_SECONDS = 1.0
SHORTEST_POLL_SECONDS = 0.002
# Who commits says so: this process by its event, other replicas by NOTIFY. So this is for writers
# that say nothing, a person with psql say; each poll costs half a millisecond of CPU.
LONGEST_POLL_SECONDS = 1.0
LONGEST_POLL_IN_FLIGHT_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 5.0
# Each store leaves a dead version of the cursor's one row, which a long snapshot elsewhere keeps
# from being vacuumed: measured, a relay that stored each window was half as fast after minutes.
# What a crash repeats for it is what was sent in that time.
STORE_SECONDS = 0.1
# Where many rows were due at once, writers are fast: a wait of so long for each makes one window of
# what would be several, and leaves the CPU to them. At 500 rows a second nobody waits.
BUSY_ROWS = 8
BUSY_SECONDS_A_ROW = 0.0006
LONGEST_BUSY_SECONDS = 0.03


@dataclass(frozen=True)
class _Ready:
    """A window as batches; `waiting` are the rows of parked keys, with the reason."""

    window: Window
    batches: list[Batch]
    waiting: dict[int, str]


class Relay:
    """One replica leads, by an advisory lock and a fencing epoch; the others wait for it to go.

    A crash at any point sends the same rows again in the same order: duplicates, never gaps.
    `wake` shortens the wait after a commit of this process. A replica that does not lead passes
    it on to the one that does, by NOTIFY on a connection of its own: inside the writing transaction
    that cost a quarter of the writers' throughput. Correctness depends on neither.
    """

    def __init__(
        self,
        database: Database,
        bootstrap: str,
        telemetry: Telemetry,
        wake: asyncio.Event | None = None,
    ) -> None:
        self._database = database
        self._bootstrap = bootstrap
        self._telemetry = telemetry
        self._wake = wake or asyncio.Event()
        self._unstored: Cursor | None = None
        self._stored_at = 0.0
        self.leads = False

    async def run(self) -> None:
        """Until cancelled. Stays up while Kafka or PostgreSQL is away."""
        pause = 0.1
        while True:
            try:
                await self._compete()
                pause = 0.1
            except (OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                kind = type(error).__name__
                self._telemetry.relay_errors.labels(kind).inc()
                log.warning("relay pauses", why=kind, seconds=round(pause, 1))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            except Fenced:
                log.warning("another relay took over")
            finally:
                self._leads(False)

    def _leads(self, leads: bool) -> None:
        self.leads = leads
        self._telemetry.relay_leader.set(int(leads))

    async def _compete(self) -> None:
        connection = await self._database.raw()
        try:
            await prefer_small_plans(connection)
            # before the lock is ours: whoever loses sight of the old leader speaks to us
            await connection.add_listener(CHANNEL, self._told)
            await self._wait_for_the_lead(connection)
            # a cursor that is lost in a crash of the server costs duplicates only
            await connection.execute("set synchronous_commit = off")
            async with Sender(self._bootstrap) as sender:
                cursor = await take_over(connection)
                self._leads(True)
                await self._lead(connection, sender, cursor)
        finally:
            await connection.close(timeout=2)

    async def _wait_for_the_lead(self, connection: Any) -> None:
        """Meanwhile the leader is told of what is committed here."""
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER_LOCK):
            following = time.monotonic() + COMPETE_SECONDS
            while (left := following - time.monotonic()) > 0:
                if await self._rest(left):
                    await connection.execute("select pg_notify($1, '')", CHANNEL)
                    await asyncio.sleep(NOTIFY_PAUSE_SECONDS)  # one for many commits

    def _told(self, connection: Any, process: int, channel: str, payload: str) -> None:
        # what every listener hears, the speaker too, must not be said again
        if self.leads:
            self._wake.set()

    async def _lead(self, connection: Any, sender: Sender, cursor: Cursor) -> None:
        poll = SHORTEST_POLL_SECONDS
        ahead = await self._database.raw()
        try:
            await prefer_small_plans(ahead)
            self._unstored = None
            ready = await self._prepare(connection, sender, await read(connection, cursor))
            while True:
                window = ready.window
                if window.rows:
                    ready = await self._pass_on(connection, ahead, sender, ready)
                    poll = SHORTEST_POLL_SECONDS
                    continue
                await self._store_now_and_then(connection)
                await self._rest(poll)
                longest = LONGEST_POLL_IN_FLIGHT_SECONDS if window.in_flight else None
                poll = min(poll * 1.5, longest or LONGEST_POLL_SECONDS)
                following = await read(connection, window.after)
                ready = await self._prepare(connection, sender, following)
        finally:
            with contextlib.suppress(Exception):
                # stopped in good order: nothing is sent twice
                await self._store_now_and_then(connection, at_once=True)
            await ahead.close(timeout=2)

    async def _store_now_and_then(self, connection: Any, *, at_once: bool = False) -> None:
        """Raises `Fenced` when another relay took over."""
        if self._unstored is None:
            return
        if at_once or time.monotonic() - self._stored_at >= STORE_SECONDS:
            await store(connection, self._unstored)
            self._unstored, self._stored_at = None, time.monotonic()

    async def _prepare(self, connection: Any, sender: Sender, window: Window) -> _Ready:
        """The batches of a window, without the rows of parked keys."""
        if not window.rows:
            return _Ready(window, [], {})
        parked = {
            (row["topic"], row["key"])
            for row in await connection.fetch("select distinct topic, key from relay_parked")
        }
        waiting = {
            row["id"]: "an earlier row of this key cannot be sent"
            for row in window.rows
            if parked and (row["topic"], row["key"]) in parked
        }
        rows = [row for row in window.rows if row["id"] not in waiting] if waiting else window.rows
        return _Ready(window, await sender.prepare(rows), waiting)

    async def _pass_on(self, connection: Any, ahead: Any, sender: Sender, ready: _Ready) -> _Ready:
        """Send a window, store the cursor; in a backlog prepare the next page meanwhile."""
        window, following = ready.window, None
        sending = asyncio.ensure_future(sender.send(ready.batches))
        try:
            if window.after.target is not None:
                following = await self._prepare(ahead, sender, await read(ahead, window.after))
        finally:
            refused = await sending
        if reasons := refused | ready.waiting:
            await self._park(connection, window, reasons)
            following = None  # it may hold later rows of a key that was parked just now
        self._unstored = window.after
        await self._store_now_and_then(connection, at_once=bool(reasons))
        self._telemetry.relay_rows.inc(len(window.rows))
        if following is None:
            if len(window.rows) >= BUSY_ROWS:
                wait = min(len(window.rows) * BUSY_SECONDS_A_ROW, LONGEST_BUSY_SECONDS)
                await asyncio.sleep(wait)
            read_on = await read(connection, window.after)
            following = await self._prepare(connection, sender, read_on)
        return following

    async def _park(self, connection: Any, window: Window, reasons: dict[int, str]) -> None:
        """A row that cannot be sent parks its key, not the others. A later row of the same key in
        the same window was sent: it carries the whole state, so readers lose no more than the
        step between."""
        rows = [row for row in window.rows if row["id"] in reasons]
        await connection.executemany(
            """
            insert into relay_parked (outbox_id, topic, key, reason) values ($1, $2, $3, $4)
            on conflict do nothing
            """,
            [(row["id"], row["topic"], row["key"], reasons[row["id"]]) for row in rows],
        )
        for row in rows:
            log.error("outbox row parked", outbox_id=row["id"], topic=row["topic"])

    async def _rest(self, seconds: float) -> bool:
        """Returns whether it was woken before the time was up."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True
