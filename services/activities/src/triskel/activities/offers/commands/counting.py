"""What is taken of offers: counted from the activities that name them, under the offers' locks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, not_, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import ASKED, GONE
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.calendars.rules import Calendar
from triskel.activities.offers.rules import availability
from triskel.activities.offers.rules.offer import Offer, Taken
from triskel.activities.offers.tables import OfferRow

_UNCOUNT = text(
    """
    update offers set counted_on = counted_on - 1
    where region = any(:regions) and state = 'published'
    """
)


def taken_from(offers: Collection[UUID], changed: Collection[UUID] = ()) -> ScalarSelect[Any]:
    """What is taken of these offers, beside activities that are about to change, as JSON: each day
    with what is asked for and what is agreed."""
    own = ActivityRow.__table__.c
    asked = own.state.in_(sorted(ASKED))
    days = (
        select(
            own.offer_id,
            own.offer_day,
            func.count().filter(asked),
            func.count().filter(not_(asked)),
        )
        .where(own.offer_id.in_(offers), own.offer_day.is_not(None))
        .where(own.state.not_in(sorted(GONE)), own.id.not_in(changed))
        .group_by(own.offer_id, own.offer_day)
        .subquery()
    )
    return select(func.jsonb_agg(func.jsonb_build_array(*days.c))).scalar_subquery()


def taken_in(
    found: Sequence[Any] | None, offers: Collection[UUID], changed: Collection[Activity] = ()
) -> dict[UUID, Taken]:
    """What `taken_from` gave, with activities as they are now, not as they were stored."""
    known = {offer_id: Taken({}, {}) for offer_id in offers}
    for offer_id, day, asked, booked in found or ():
        for count, is_asked in ((asked, True), (booked, False)):
            known[UUID(offer_id)].add(date.fromisoformat(day), count, asked=is_asked)
    for activity in changed:
        day, taken = activity.day, known.get(activity.offer_id) if activity.offer_id else None
        if taken is not None and day is not None and activity.state not in GONE:
            taken.add(day, 1, asked=activity.state in ASKED)
    return known


async def taken_of(session: AsyncSession, offers: Collection[UUID]) -> dict[UUID, Taken]:
    """One query, however many offers."""
    return taken_in(await session.scalar(select(taken_from(offers))), offers)


def recount(row: OfferRow, offer: Offer, taken: Taken, calendar: Calendar, now: datetime) -> None:
    """Keep the free days of an offer, and the next free one, in its row, which is locked."""
    free = availability.free_days(offer, taken, calendar, offer.today(now))
    first = availability.first_day(offer, now)
    row.free_days = _ranges(free)
    row.next_free = next((day for day in free if day >= first), None)
    row.counted_on = offer.today(now)


def _ranges(days: Sequence[date]) -> list[Range[date]]:
    """Days in ascending order as a multirange of PostgreSQL."""
    if not days:
        return []
    day = timedelta(days=1)
    starts = [days[0], *(later for earlier, later in pairwise(days) if later - earlier > day)]
    ends = [*(earlier for earlier, later in pairwise(days) if later - earlier > day), days[-1]]
    return [Range(first, last + day) for first, last in zip(starts, ends, strict=True)]


async def recount_soon(session: AsyncSession, regions: Collection[str]) -> None:
    """A calendar changed: as if the offers there had been counted yesterday."""
    await session.execute(_UNCOUNT, {"regions": sorted(regions)})
