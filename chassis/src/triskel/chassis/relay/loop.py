"""The relay: the replica that leads reads the outbox, sends it to Kafka and stores its cursor."""

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError

from triskel.chassis.database import DRIVER_ERRORS, Database
from triskel.chassis.relay.sender import Batch, WindowSender
from triskel.chassis.relay.window import (
    Cursor,
    Fenced,
    Window,
    configure_planner,
    read,
    store,
    take_over,
)
from triskel.chassis.retries import LONGEST_PAUSE_SECONDS, retrying
from triskel.chassis.telemetry import Telemetry, log

LEADER_LOCK = 7_227_302
CHANNEL = "triskel_outbox"
NOTIFY_PAUSE_SECONDS = 0.002
ASK_FOR_LEADERSHIP_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.1
SHORTEST_POLL_SECONDS = 0.002
# Commits of this process set an event, those of other replicas send a NOTIFY. So polls are only for
# writers that do neither, such as a person with psql; each costs half a millisecond of CPU.
LONGEST_POLL_SECONDS = 1.0
LONGEST_POLL_IN_FLIGHT_SECONDS = 0.01
# Each store leaves a dead version of the cursor's one row, which a long transaction elsewhere keeps
# from being vacuumed: measured, a relay that stored after each window was half as fast after
# minutes. In return, a crash repeats what was sent in this time.
STORE_SECONDS = 0.1
# Where many rows were due at once, writers are fast. A wait of so long for each row makes one
# window of what would be several, and leaves the CPU to the writers. At 500 rows a second there is
# none.
BUSY_ROWS = 8
BUSY_SECONDS_A_ROW = 0.0006
LONGEST_BUSY_SECONDS = 0.03


@dataclass(frozen=True)
class _PreparedWindow:
    """A window as batches. `parked` are the ids of rows of parked keys, which are not sent, with
    the reason."""

    window: Window
    batches: list[Batch]
    parked: dict[int, str]


class Relay:
    """Sends all committed rows of the outbox, in the order of their ids.

    One replica leads, by an advisory lock and a fencing epoch; the others wait until it ends. A
    crash at any point sends the same rows again in the same order: duplicates, never gaps.

    `wake` is set by commits of this process, and shortens the wait for the next poll. A replica
    that does not lead sends a NOTIFY to the one that does, on a connection of its own: inside the
    writing transaction it cost a quarter of the writers' throughput. Correctness depends on
    neither.
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
        self._unstored_cursor: Cursor | None = None
        self._stored_at = 0.0
        self.leads = False

    async def run(self) -> None:
        """Relay until cancelled; stays up while Kafka or PostgreSQL is away."""
        while True:
            async for attempt in retrying(self._report, FIRST_PAUSE_SECONDS):
                with attempt:
                    await self._connect_and_lead()

    def _report(self, error: Exception) -> bool:
        """Count and log why it is tried again, which it is in any case."""
        kind = type(error).__name__
        self._telemetry.relay_errors.labels(kind).inc()
        expected = (OSError, KafkaError, *DRIVER_ERRORS)
        (log.warning if isinstance(error, expected) else log.error)("relay pauses", error=kind)
        return True

    def _set_leading(self, leads: bool) -> None:
        self.leads = leads
        self._telemetry.relay_leader.set(int(leads))

    async def _connect_and_lead(self) -> None:
        """Returns when the lead is lost, or when an error ends a lead that lasted, so that the
        pauses before the next attempt begin small again. Raises other errors."""
        led_since = math.inf
        connection = await self._database.raw()
        try:
            await configure_planner(connection)
            # before the lock is taken: replicas that lose sight of the old leader notify this one
            await connection.add_listener(CHANNEL, self._on_notification)
            await self._wait_for_leadership(connection)
            # a cursor that a crash of the server loses costs duplicates only
            await connection.execute("set synchronous_commit = off")
            async with WindowSender(self._bootstrap) as sender:
                cursor = await take_over(connection)
                self._set_leading(True)
                led_since = time.monotonic()
                await self._lead(connection, sender, cursor)
        except Fenced:
            log.warning("another relay took over")
        except Exception as error:
            if time.monotonic() < led_since + LONGEST_PAUSE_SECONDS:
                raise
            self._report(error)
        finally:
            self._set_leading(False)
            await connection.close(timeout=2)

    async def _wait_for_leadership(self, connection: Any) -> None:
        """Until the lock is taken. Meanwhile the leader is notified of what is committed here."""
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER_LOCK):
            ask_again_at = time.monotonic() + ASK_FOR_LEADERSHIP_SECONDS
            while (left := ask_again_at - time.monotonic()) > 0:
                if await self._wait(left):
                    await connection.execute("select pg_notify($1, '')", CHANNEL)
                    await asyncio.sleep(NOTIFY_PAUSE_SECONDS)  # one for many commits

    def _on_notification(self, connection: Any, process: int, channel: str, payload: str) -> None:
        # a notification reaches every replica, its sender too, which must not send it again
        if self.leads:
            self._wake.set()

    async def _lead(self, connection: Any, sender: WindowSender, cursor: Cursor) -> None:
        poll = SHORTEST_POLL_SECONDS
        ahead = await self._database.raw()
        try:
            await configure_planner(ahead)
            self._unstored_cursor = None
            ready = await self._prepare(connection, sender, await read(connection, cursor))
            while True:
                window = ready.window
                if window.rows:
                    ready = await self._send(connection, ahead, sender, ready)
                    poll = SHORTEST_POLL_SECONDS
                    continue
                await self._store_cursor(connection)
                await self._wait(poll)
                longest = LONGEST_POLL_IN_FLIGHT_SECONDS if window.in_flight else None
                poll = min(poll * 1.5, longest or LONGEST_POLL_SECONDS)
                following = await read(connection, window.after)
                ready = await self._prepare(connection, sender, following)
        finally:
            with contextlib.suppress(Exception):
                # so that nothing is sent twice after an orderly stop
                await self._store_cursor(connection, at_once=True)
            await ahead.close(timeout=2)

    async def _store_cursor(self, connection: Any, *, at_once: bool = False) -> None:
        """Store the cursor of what was sent, every `STORE_SECONDS` or at once. Raises `Fenced` when
        another relay has taken over."""
        if self._unstored_cursor is None:
            return
        if at_once or time.monotonic() - self._stored_at >= STORE_SECONDS:
            await store(connection, self._unstored_cursor)
            self._unstored_cursor, self._stored_at = None, time.monotonic()

    async def _prepare(
        self, connection: Any, sender: WindowSender, window: Window
    ) -> _PreparedWindow:
        """Make the batches of a window, without the rows of parked keys."""
        if not window.rows:
            return _PreparedWindow(window, [], {})
        parked_keys = {
            (row["topic"], row["key"])
            for row in await connection.fetch("select distinct topic, key from relay_parked")
        }
        waiting = {
            row["id"]: "an earlier row of this key cannot be sent"
            for row in window.rows
            if parked_keys and (row["topic"], row["key"]) in parked_keys
        }
        rows = [row for row in window.rows if row["id"] not in waiting] if waiting else window.rows
        return _PreparedWindow(window, await sender.prepare(rows), waiting)

    async def _send(
        self, connection: Any, ahead: Any, sender: WindowSender, ready: _PreparedWindow
    ) -> _PreparedWindow:
        """Send a window and prepare the next one; in a backlog while the first is being sent."""
        window, following = ready.window, None
        sending = asyncio.ensure_future(sender.send(ready.batches))
        try:
            if window.after.target is not None:
                following = await self._prepare(ahead, sender, await read(ahead, window.after))
        finally:
            refused = await sending
        if reasons := refused | ready.parked:
            await self._park(connection, window, reasons)
            following = None  # it may hold later rows of a key that was parked just now
        self._unstored_cursor = window.after
        await self._store_cursor(connection, at_once=bool(reasons))
        self._telemetry.relay_rows.inc(len(window.rows))
        if following is None:
            if len(window.rows) >= BUSY_ROWS:
                wait = min(len(window.rows) * BUSY_SECONDS_A_ROW, LONGEST_BUSY_SECONDS)
                await asyncio.sleep(wait)
            read_on = await read(connection, window.after)
            following = await self._prepare(connection, sender, read_on)
        return following

    async def _park(self, connection: Any, window: Window, reasons: dict[int, str]) -> None:
        """Park the keys of rows that cannot be sent; other keys go on. A later row of the same key
        in the same window has been sent: it carries the whole state, so readers miss only the step
        between."""
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

    async def _wait(self, seconds: float) -> bool:
        """Wait for a commit; returns whether there was one before the time was up."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True
