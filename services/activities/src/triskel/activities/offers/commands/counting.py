"""What is taken of offers: counted from the activities that name them, under the offers' locks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import ASKED, GONE
from triskel.activities.calendars.rules import Calendar
from triskel.activities.offers.rules import availability
from triskel.activities.offers.rules.offer import Offer, Taken
from triskel.activities.offers.tables import OfferRow

_TAKEN = text(
    """
    select offer_id, offer_day, state = any(:asked) as asked, count(*) as taken
    from activities
    where offer_id = any(:ids) and offer_day is not null and not state = any(:gone)
        and not id = any(:changed)
    group by 1, 2, 3
    """
).bindparams(asked=sorted(ASKED), gone=sorted(GONE))

_UNCOUNT = text(
    """
    update offers set counted_on = counted_on - 1
    where region = any(:regions) and state = 'published'
    """
)


async def taken_of(
    session: AsyncSession, offers: Sequence[UUID], changed: Sequence[Activity] = ()
) -> dict[UUID, Taken]:
    """One query, however many offers. `changed` are activities as they are now, not as they were
    stored."""
    found = {offer_id: Taken({}, {}) for offer_id in offers}
    given = {"ids": list(offers), "changed": [activity.id for activity in changed]}
    for row in await session.execute(_TAKEN, given):
        found[row.offer_id].add(row.offer_day, row.taken, asked=row.asked)
    for activity in changed:
        day, taken = activity.day, found.get(activity.offer_id) if activity.offer_id else None
        if taken is not None and day is not None and activity.state not in GONE:
            taken.add(day, 1, asked=activity.state in ASKED)
    return found


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
