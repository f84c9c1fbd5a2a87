"""Calendar feeds: an address for an organisation, what it shows, and that it is revoked."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ACTIVITY, StepRow
from triskel.activities.feeds.refusals import FeedUnknown, SlotMissing, TooManyFeeds
from triskel.activities.feeds.rules import Entry, entries_of
from triskel.activities.feeds.tables import FeedRow
from triskel.activities.projections import OrganisationRow
from triskel.chassis.secrets import digest_of, new_secret

MOST_FEEDS = 20
MOST_ACTIVITIES = 500
SHOWN_BACK = timedelta(days=92)
"""Three months."""
_LONGEST = timedelta(days=240)

# who has places in it, or is asked whether they come, has it in its calendar; each branch has an
# index
_SHOWN = text(
    """
    with mine as (
        select id from activities where host_id = :own and starts_at >= :earliest
        union
        select id from activities where school_id = :own and starts_at >= :earliest
        union
        select id from activities where guests @> array[cast(:own as uuid)] and not hidden
            and starts_at >= :earliest
        union
        select id from activities where jsonb_array_length(data -> 'bookings') > 0 and not hidden
            and ((data -> 'bookings') @> cast(:booked as jsonb)
                or (data -> 'bookings') @> cast(:offered as jsonb)
                or (data -> 'bookings') @> cast(:attended as jsonb))
            and starts_at >= :earliest
    )
    select a.data, s.at
    from mine
    join activities a using (id)
    join activity_steps s on s.activity_id = a.id and s.version = a.version
    where cast(a.data -> 'slot' ->> 'ends_at' as timestamptz) >= :since
    order by a.starts_at desc, a.id
    limit :most
    """
)


async def make(session: AsyncSession, home: OrganisationRow, now: datetime) -> tuple[FeedRow, str]:
    """A new feed of an organisation whose row is locked, so that they are counted right; and its
    secret, which is told now and never again. Raises `Conflict`."""
    column = FeedRow.__table__.c
    count = select(func.count()).where(column.organisation_id == home.id)
    if (await session.scalar(count) or 0) >= MOST_FEEDS:
        raise TooManyFeeds(most=MOST_FEEDS, value=str(home.id))
    secret = new_secret()
    row = FeedRow(
        id=uuid7(),
        organisation_id=home.id,
        region=home.region,
        secret_hash=digest_of(secret),
        made_at=now,
    )
    session.add(row)
    return row, secret


async def of_organisation(session: AsyncSession, organisation_id: UUID) -> Sequence[FeedRow]:
    column = FeedRow.__table__.c
    rows = await session.scalars(
        select(FeedRow)
        .where(column.organisation_id == organisation_id)
        .order_by(column.made_at, column.id)
    )
    return rows.all()


async def get(session: AsyncSession, feed_id: UUID) -> FeedRow:
    """Raises `NotFound`."""
    row = await session.get(FeedRow, feed_id)
    if row is None:
        raise FeedUnknown
    return row


async def by_secret(session: AsyncSession, secret: str) -> FeedRow:
    """Raises `NotFound`, as for one that was revoked."""
    column = FeedRow.__table__.c
    row = await session.scalar(select(FeedRow).where(column.secret_hash == digest_of(secret)))
    if row is None:
        raise FeedUnknown
    return row


async def shown(session: AsyncSession, organisation_id: UUID, now: datetime) -> list[Entry]:
    """An organisation's entries from three months back; of very many those that start last."""
    mine = {"organisation_id": str(organisation_id)}
    rows = await session.execute(
        _SHOWN,
        {
            "own": organisation_id,
            "booked": json.dumps([mine | {"state": "booked"}]),
            "offered": json.dumps([mine | {"state": "offered"}]),
            "attended": json.dumps([mine | {"state": "attended"}]),
            "since": now - SHOWN_BACK,
            "earliest": now - SHOWN_BACK - _LONGEST,
            "most": MOST_ACTIVITIES,
        },
    )
    return [entry for row in rows for entry in entries_of(ACTIVITY.to_domain(row), row.at)]


async def of_activity(session: AsyncSession, activity: Activity) -> list[Entry]:
    """One activity's entries. Raises `Conflict` when it has no date yet."""
    if activity.slot is None:
        raise SlotMissing
    step = await session.get_one(StepRow, (activity.id, activity.version))
    return list(entries_of(activity, step.at))
