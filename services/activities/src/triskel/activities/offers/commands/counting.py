"""What is taken of offers: counted from the activities that name them, under the offers' locks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Text,
    Uuid,
    bindparam,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import ASKED, GONE
from triskel.activities.calendars.queries import calendars_of
from triskel.activities.offers.rules import availability
from triskel.activities.offers.rules.offer import Offer, Taken
from triskel.activities.offers.tables import OFFER, OfferRow
from triskel.chassis.commands import Happened

_TAKEN = text(
    """
    select offer_id, offer_day, state = any(:asked) as asked, count(*) as taken
    from activities
    where offer_id = any(:ids) and offer_day is not null and not state = any(:gone)
    group by 1, 2, 3
    """
).bindparams(asked=sorted(ASKED), gone=sorted(GONE))

_UNCOUNT = text(
    """
    update offers set counted_on = counted_on - 1
    where region = any(:regions) and state = 'published'
    """
)

_KEEP = text(
    """
    update offers set free_days = cast(found.days as datemultirange), next_free = found.next,
        counted_on = found.today
    from unnest(:ids, :days, :nexts, :todays) as found (id, days, next, today)
    where offers.id = found.id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Text)),
    bindparam("nexts", type_=ARRAY(Date)),
    bindparam("todays", type_=ARRAY(Date)),
)


async def taken_of(session: AsyncSession, offers: Sequence[UUID]) -> dict[UUID, Taken]:
    """One query, however many offers."""
    found = {number: Taken({}, {}) for number in offers}
    for row in await session.execute(_TAKEN, {"ids": list(offers)}):
        of = found[row.offer_id]
        (of.asked if row.asked else of.booked)[row.offer_day] = row.taken
    return found


async def recount(
    session: AsyncSession,
    offers: Sequence[Offer],
    now: datetime,
    taken: dict[UUID, Taken] | None = None,
) -> None:
    """Keep the free days of offers whose rows are locked, and the next free one of each. `taken` is
    read where it is not given."""
    if taken is None:
        taken = await taken_of(session, [offer.id for offer in offers])
    calendars = await calendars_of(session, {offer.region for offer in offers})
    days: list[str] = []
    nexts: list[date | None] = []
    for offer in offers:
        calendar = calendars[offer.region]
        free = availability.free_days(offer, taken[offer.id], calendar, offer.today(now))
        first = availability.first_day(offer, now)
        days.append(_ranges(free))
        nexts.append(next((day for day in free if day >= first), None))
    await session.execute(
        _KEEP,
        {
            "ids": [offer.id for offer in offers],
            "days": days,
            "nexts": nexts,
            "todays": [offer.today(now) for offer in offers],
        },
    )


def _ranges(days: Sequence[date]) -> str:
    """Days in ascending order as a multirange of PostgreSQL."""
    if not days:
        return "{}"
    day = timedelta(days=1)
    starts = [days[0], *(later for earlier, later in pairwise(days) if later - earlier > day)]
    ends = [*(earlier for earlier, later in pairwise(days) if later - earlier > day), days[-1]]
    return "{" + ",".join(f"[{a},{b + day})" for a, b in zip(starts, ends, strict=True)) + "}"


@ACTIVITIES.reaction
async def _keep_offers(happened: Sequence[Happened[Activity]]) -> None:
    """Offers whose activities changed are counted anew, in the transaction of the change.

    Raises `Conflict` when one takes a place that there is not, and `Invalid` when it no longer fits
    its offer. Offers are locked in one order, and counted only then: of two who want the last
    place, the second sees the first.
    """
    moved = [each for each in happened if _counts(each.before) != _counts(each.after)]
    numbers = {each.after.offer_id for each in moved if each.after.offer_id is not None}
    if not numbers:
        return
    session, now = happened[0].session, happened[0].now
    # activities are counted by SQL of its own
    await session.flush()
    column = OfferRow.__table__.c
    rows = await session.scalars(
        select(OfferRow).where(column.id.in_(numbers)).order_by(column.id).with_for_update()
    )
    offers = {row.id: OFFER.to_domain(row) for row in rows}
    taken = await taken_of(session, list(offers))
    await recount(session, list(offers.values()), now, taken)
    for each in moved:
        if (number := each.after.offer_id) is not None:
            _check(offers[number], taken[number], each.before, each.after)


def _counts(a: Activity | None) -> tuple[Any, ...] | None:
    """What of an activity its offer must know."""
    if a is None or a.offer_id is None:
        return None
    return a.state in ASKED, a.state in GONE, a.day, a.levels, a.capacity


def _check(offer: Offer, taken: Taken, before: Activity | None, after: Activity) -> None:
    if before is not None and (before.levels, before.capacity) != (after.levels, after.capacity):
        availability.check_fits(offer, after.levels, after.capacity, "capacity")
    day = after.day
    had = before.day if before is not None else None
    if day is None or after.state in GONE:
        return
    season = offer.season_on(day)
    if season is not None and (had is None or offer.season_on(had) != season):
        availability.check_not_over(
            season, taken, day, "wished" if after.slot is None else "slot.starts_at"
        )


async def recount_soon(session: AsyncSession, regions: Collection[str]) -> None:
    """A calendar changed: as if the offers there had been counted yesterday."""
    await session.execute(_UNCOUNT, {"regions": sorted(regions)})
