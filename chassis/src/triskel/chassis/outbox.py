"""The outbox: an event is written in the transaction of its change, or not at all."""

import asyncio
from collections.abc import Iterable

import uuid_utils
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis import telemetry
from triskel.chassis.clock import Clock, SystemClock
from triskel.chassis.database import after_commit
from triskel.chassis.writes import Statement, execute, execute_last, write_last
from triskel.contracts import Envelope, Event, Message, encode, tombstone

_INSERT = """
    insert into outbox (topic, key, value, headers)
    select topic, key, value, headers
    from unnest($1::text[], $2::text[], $3::bytea[], $4::jsonb[])
        with ordinality as rows (topic, key, value, headers, number)
    order by number
"""
_PENDING = "outbox"


def _pending(session: AsyncSession) -> list[Message]:
    """What the transaction has recorded and not written yet."""
    pending: list[Message] = session.info.setdefault(_PENDING, [])
    return pending


def _insert(messages: list[Message]) -> Statement:
    headers = [
        to_json({name: value.decode("latin-1") for name, value in each.headers}).decode()
        for each in messages
    ]
    return Statement(
        _INSERT,
        (
            [each.topic for each in messages],
            [each.key.decode() for each in messages],
            [each.value for each in messages],
            headers,
        ),
    )


class Outbox:
    """Records the events of one service, the owner of its topics."""

    def __init__(self, owner: str, clock: Clock | None = None) -> None:
        self.owner = owner
        self.wake = asyncio.Event()
        self._clock = clock or SystemClock()

    async def record(self, session: AsyncSession, *events: Event) -> None:
        """Write events into the session's transaction, in this order.

        The caller has locked each event's aggregate, so that the order of a key's rows is the order
        of its versions. They are written at the end, in one statement with the aggregate. Raises
        `ValueError` for an event of another owner.
        """
        await self.write(session, self.messages(*events))

    def messages(self, *events: Event) -> list[Message]:
        """The events as messages with the current trace, correlation and cause, for `write`: where
        events of several causes go into one transaction. Raises as `record`."""
        for event in events:
            if event.owner != self.owner:
                raise ValueError(f"{self.owner} may not say {event.event_type()}")
        return [encode(event, self._envelope(event)) for event in events]

    async def forget(self, session: AsyncSession, topic: str, *keys: str) -> None:
        """Delete these keys' rows from the outbox, since they hold what is being erased; and record
        a tombstone for each: consumers erase the key, and compaction removes its records.

        The relay may have sent the rows or not. A tombstone is sent although its key was parked,
        because what could not be sent is deleted.
        """
        pending = _pending(session)
        pending[:] = [row for row in pending if row.topic != topic or row.key.decode() not in keys]
        for table in ("outbox", "relay_parked"):
            gone = f"delete from {table} where topic = $1 and key = any($2)"
            await execute_last(session, Statement(gone, (topic, keys)))
        await self.write(session, [tombstone(topic, key) for key in keys])

    async def write(self, session: AsyncSession, messages: Iterable[Message]) -> None:
        """Write ready messages at the end of the transaction; the chassis itself sends dead
        letters by this."""
        rows = list(messages)
        if not rows:
            return
        pending = _pending(session)
        if not pending:
            # the relay of this process need not wait for its next poll
            after_commit(session, self.wake.set)
        if not session.in_nested_transaction():
            if not pending:
                write_last(session, lambda: _insert(pending))
            pending += rows
        elif pending:
            raise RuntimeError("what was recorded before a savepoint would come after this")
        else:
            # a savepoint may be rolled back alone
            await session.flush()
            await execute(session, _insert(rows))

    def _envelope(self, event: Event) -> Envelope:
        state = event.aggregate
        return Envelope(
            id=str(uuid_utils.uuid7()),
            source=f"/regions/{state.region}/{self.owner}",
            type=event.event_type(),
            subject=str(state.id),
            time=self._clock.now(),
            dataschema=event.dataschema(),
            sequence=state.version,
            region=state.region,
            correlationid=telemetry.correlation_id(),
            causationid=telemetry.causation_id(),
            traceparent=telemetry.traceparent(),
        )
