"""What the clock does to offers: the free days of each are counted once a day, its own day, and
what a host offered that is no more is taken away."""

from typing import Any

from sqlalchemy import Date, cast, func, literal_column, or_, select

from triskel.activities.calendars.queries import calendars_of
from triskel.activities.offers.actions import RETIRE
from triskel.activities.offers.commands.counting import recount, taken_of
from triskel.activities.offers.commands.keeping import OFFERS
from triskel.activities.offers.tables import OFFER, OfferRow
from triskel.activities.projections import OrganisationRow
from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.codes import OrganisationStatus
from triskel.contracts.days import latest_day

_offer = OfferRow.__table__.c
_host = OrganisationRow.__table__.c
HEARS = "activities.registry.organisations"
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


@for_due_rows(
    lambda now: (
        select(OfferRow)
        .where(
            _offer.state.in_(sorted(RETIRE.sources)),
            select(_host.id)
            .where(
                _host.id == _offer.host_id,
                or_(_host.status == OrganisationStatus.WITHDRAWN, ~_host.open),
            )
            .exists(),
        )
        .order_by(_offer.id)
    )
)
async def retire_without_host(due: DueRows[OfferRow]) -> int:
    """Offers of a host that has left or was closed: once, whenever that is heard."""
    if await rebuilding(due.session, HEARS):
        return 0
    return await OFFERS.act_by_clock(due, RETIRE)
