"""What the clock does to offers: the free days of each are counted once a day, its own day."""

from typing import Any

from sqlalchemy import Date, cast, func, literal_column, select

from triskel.activities.calendars.queries import calendars_of
from triskel.activities.offers.commands.counting import recount, taken_of
from triskel.activities.offers.tables import OFFER, OfferRow
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.days import latest_day

_offer = OfferRow.__table__.c
_ZONE: Any = literal_column("offers.data ->> 'time_zone'")


@for_due_rows(
    lambda now: (
        select(OfferRow)
        .where(
            _offer.state == "published",
            _offer.counted_on < latest_day(now),
            _offer.counted_on < cast(func.timezone(_ZONE, now), Date),
        )
        .order_by(_offer.counted_on, _offer.id)
    ),
    at_most=200,
)
async def count_daily(due: DueRows[OfferRow]) -> int:
    """A day passed, or a calendar changed: published offers that were not counted on the day that
    it is where they are."""
    taken = await taken_of(due.session, [row.id for row in due.rows])
    calendars = await calendars_of(due.session, {row.region for row in due.rows})
    for row in due.rows:
        recount(row, OFFER.to_domain(row), taken[row.id], calendars[row.region], due.now)
    return len(due.rows)
