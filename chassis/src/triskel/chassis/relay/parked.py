"""Parked keys: their rows wait because one of them could not be sent, until an operator releases
them."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.database import sqlstate
from triskel.contracts.refusals import Conflict, NotFound

LOCK_MILLISECONDS = 2_000
_LOCK_NOT_AVAILABLE = "55P03"


class KeyNotParked(NotFound):
    """A key that is released is parked."""

    field = "key"
    en = "No row of this key is parked in this topic. Look at the list of parked keys."
    fr = "Aucune ligne de cette clé n'est en attente dans ce sujet. Voyez la liste des clés."


class OutboxBusy(Conflict):
    """A release waits for writers, for milliseconds."""

    en = "A transaction that writes events is open for long. Try again."
    fr = "Une transaction qui écrit des événements dure longtemps. Recommencez."


class RelayBehind(Conflict):
    """The older rows of a key go first."""

    en = (
        "The relay has not come to the key's latest rows, and would send them first. Try again "
        "in a moment; if it lasts, see whether Kafka answers."
    )
    fr = (
        "Le relais n'est pas encore aux dernières lignes de la clé et les enverrait d'abord. "
        "Recommencez dans un instant ; si cela dure, voyez si Kafka répond."
    )


class ParkedKey(BaseModel):
    """A key of a topic of which `rows` wait since `since`. `first` is the outbox id of the first of
    them, `bytes` the size of its value, and `reason` says why Kafka did not take it."""

    topic: str
    key: str
    rows: int
    first: int
    bytes: int | None
    reason: str
    since: datetime


_LIST = text(
    """
    with keys as (
        select topic, key, count(*) as rows, min(outbox_id) as first, min(parked_at) as since
        from relay_parked group by topic, key
    )
    select keys.*, octet_length(o.value) as bytes, p.reason
    from keys join relay_parked p on p.outbox_id = keys.first
    left join outbox o on o.id = keys.first
    where keys.first > :after order by keys.first limit :limit
    """
)
# what the stored cursor has not passed: the relay may still send it before what is released
_NOT_REACHED = text(
    """
    with cursor as (select snapshot, target, last_id from relay_cursor)
    select exists (
        select from outbox o, cursor c
        where o.topic = :topic and o.key = :key
          and (o.xid >= (select pg_snapshot_xmax(snapshot) from cursor)
            or o.xid = any (array(select pg_snapshot_xip(snapshot) from cursor)))
          and not (c.target is not null and o.id <= c.last_id
            and pg_visible_in_snapshot(o.xid, c.target))
    )
    """
)
_RELEASE = text(
    """
    with freed as (
        delete from relay_parked where topic = :topic and key = :key returning outbox_id
    )
    insert into outbox (topic, key, value, headers)
    select topic, key, value, headers from outbox
    where id in (select outbox_id from freed) order by id
    """
)


async def parked_keys(session: AsyncSession, after: int, limit: int) -> list[ParkedKey]:
    """Parked keys whose first row has an outbox id above `after`, the longest parked first."""
    found = await session.execute(_LIST, {"after": after, "limit": limit})
    return [ParkedKey.model_validate(dict(row)) for row in found.mappings()]


async def release_key(session: AsyncSession, topic: str, key: str) -> int:
    """Send a parked key's rows again, in their order; returns how many. What still cannot be sent
    is parked again. Call it once the cause is removed, for instance when the topic takes larger
    records.

    Writers of events wait until this transaction ends, for milliseconds as a rule; otherwise a row
    of the key that is written meanwhile would be sent before the older ones. Raises `NotFound` when
    the key is not parked, and `Conflict` when the order cannot be kept now; then nothing changed.
    """
    given = {"topic": topic, "key": key}
    parked = text("select exists (select from relay_parked where topic = :topic and key = :key)")
    if not await session.scalar(parked, given):
        raise KeyNotParked(value=f"{topic}/{key}")
    await session.execute(text(f"set local lock_timeout = {LOCK_MILLISECONDS}"))
    try:
        await session.execute(text("lock table only outbox in share row exclusive mode"))
    except DBAPIError as error:
        if sqlstate(error) != _LOCK_NOT_AVAILABLE:
            raise
        raise OutboxBusy from None
    await session.execute(text("set local enable_seqscan = off"))
    if await session.scalar(_NOT_REACHED, given):
        raise RelayBehind
    done = await session.execute(_RELEASE, given)
    return int(getattr(done, "rowcount", 0))
