"""The outbox: an event is written in the transaction of its change, or not at all."""

import asyncio
from collections.abc import Iterable

import uuid_utils
from sqlalchemy import ARRAY, LargeBinary, Text, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis import telemetry
from triskel.chassis.clock import Clock, SystemClock
from triskel.chassis.database import after_commit
from triskel.contracts import Envelope, Event, Message, encode, tombstone

_INSERT = text(
    """
    insert into outbox (topic, key, value, headers)
    select topic, key, value, headers
    from unnest(:topics, :keys, :values, :headers)
        with ordinality as rows (topic, key, value, headers, number)
    order by number
    """
).bindparams(
    bindparam("topics", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("values", type_=ARRAY(LargeBinary)),
    bindparam("headers", type_=ARRAY(JSONB)),
)


class Outbox:
    """`owner` is the service that speaks; it may say its own events only."""

    def __init__(self, owner: str, clock: Clock | None = None) -> None:
        self.owner = owner
        self.wake = asyncio.Event()
        self._clock = clock or SystemClock()

    async def record(self, session: AsyncSession, *events: Event) -> None:
        """Write events into the session's transaction, in this order.

        The caller has locked each event's aggregate and changed it: the session is flushed first,
        so the order of a key's rows is the order of its versions. Raises `ValueError` for an event
        of another owner.
        """
        await self.write(session, self.messages(*events))

    def messages(self, *events: Event) -> list[Message]:
        """The events as messages, in the trace and with the cause of what is being done now: for
        `write`, where events of several causes go into one transaction. Raises as `record`."""
        for event in events:
            if event.owner != self.owner:
                raise ValueError(f"{self.owner} may not say {event.event_type()}")
        return [encode(event, self._envelope(event)) for event in events]

    async def erase(self, session: AsyncSession, topic: str, key: str) -> None:
        """Write a tombstone: readers forget the key, compaction forgets its records."""
        await self.write(session, [tombstone(topic, key)])

    async def forget(self, session: AsyncSession, topic: str, key: str) -> None:
        """Take a key's rows out of the outbox: they hold what an erasure must not leave behind.

        The relay may have sent them or not; a tombstone follows in the same transaction, and goes
        out though the key was parked: what could not be sent is gone.
        """
        for table in ("outbox", "relay_parked"):
            await session.execute(
                text(f"delete from {table} where topic = :topic and key = :key"),
                {"topic": topic, "key": key},
            )

    async def write(self, session: AsyncSession, messages: Iterable[Message]) -> None:
        """Write ready messages; the chassis itself sends dead letters by this."""
        rows = list(messages)
        if not rows:
            return
        await session.flush()
        # the relay of this process need not wait for its next poll
        after_commit(session, self.wake.set)
        await session.execute(
            _INSERT,
            {
                "topics": [row.topic for row in rows],
                "keys": [row.key.decode() for row in rows],
                "values": [row.value for row in rows],
                "headers": [
                    {name: value.decode("latin-1") for name, value in row.headers} for row in rows
                ],
            },
        )

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
