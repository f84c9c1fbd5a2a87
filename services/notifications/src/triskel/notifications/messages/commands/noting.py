"""What became of mails is written down: several in one transaction, before each lane goes on."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Interval, Text, Uuid, bindparam, text

from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.contracts import Message
from triskel.notifications.messages.rules.letters import SECRETS

NOTE_SECONDS = 12
"""How long a note may wait for the database: with the work and one send before it, still within the
lease of its mail."""

AGAIN_SECONDS = 0.2

# fenced by the lease: who lost it changes nothing and says nothing
_WRITE = text(
    """
    update messages as m set state = n.state, error = n.error,
        version = m.version + (n.state <> 'waiting')::int,
        due_at = case n.state when 'waiting' then clock_timestamp() + n.pause else m.due_at end,
        finished_at = case when n.state <> 'waiting' then n.at end,
        facts = case when n.state <> 'waiting' then m.facts - :secrets else m.facts end
    from unnest(:ids, :leases, :states, :errors, :pauses, :times)
        as n (id, lease, state, error, pause, at)
    where m.id = n.id and m.state = 'waiting' and m.due_at = n.lease
    returning m.id
    """
).bindparams(
    bindparam("secrets", list(SECRETS), type_=ARRAY(Text)),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("pauses", type_=ARRAY(Interval)),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("states", "errors")),
    *(bindparam(name, type_=ARRAY(DateTime(timezone=True))) for name in ("leases", "times")),
)


@dataclass(frozen=True, eq=False)
class Note:
    """Of the message `id`, claimed with `lease`. One that waits, waits for `pause`; of another
    `event` is what the bus hears of it."""

    id: UUID
    lease: datetime
    state: str
    error: str | None
    at: datetime
    pause: timedelta = timedelta()
    event: Message | None = None
    until: float = field(default_factory=lambda: time.monotonic() + NOTE_SECONDS)
    written: "asyncio.Future[None]" = field(default_factory=asyncio.Future)


class Notes:
    """Notes that come while others are being written go together with the next transaction: a
    commit for each mail was most of what a mail cost. No lane begins a mail before its last is
    written down, so a crash repeats at most one mail of each lane."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._waiting: list[Note] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, note: Note) -> None:
        """Returns when it is committed. While the database is away it is tried again until the
        lease of the mail is nearly up, because an unwritten mail goes again; then raises."""
        self._waiting.append(note)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await note.written

    async def _write_all(self) -> None:
        while self._waiting:
            notes = list(self._waiting)
            try:
                await self._together(notes)
            except Exception as error:
                if not is_transient(error) and len(notes) > 1:
                    # one of them cannot be written: the others can
                    await self._one_by_one(notes)
                    continue
                # not `retries.retrying`: each time other notes are tried again, and each note has
                # an end of its own
                now = time.monotonic()
                for note in notes:
                    if not is_transient(error) or now > note.until:
                        self._done(note, error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                for note in notes:
                    self._done(note)

    async def _one_by_one(self, notes: Sequence[Note]) -> None:
        for note in notes:
            try:
                await self._together([note])
            except Exception as error:
                self._done(note, error)
            else:
                self._done(note)

    def _done(self, note: Note, error: Exception | None = None) -> None:
        self._waiting.remove(note)
        if note.written.done():
            return
        if error is None:
            note.written.set_result(None)
        else:
            note.written.set_exception(error)

    async def _together(self, notes: Sequence[Note]) -> None:
        async with self._database.transaction() as session:
            found = await session.scalars(
                _WRITE,
                {
                    "ids": [note.id for note in notes],
                    "leases": [note.lease for note in notes],
                    "states": [note.state for note in notes],
                    "errors": [note.error for note in notes],
                    "pauses": [note.pause for note in notes],
                    "times": [note.at for note in notes],
                },
            )
            ours = set(found)
            events = [note.event for note in notes if note.id in ours and note.event is not None]
            await self._outbox.write(session, events)
