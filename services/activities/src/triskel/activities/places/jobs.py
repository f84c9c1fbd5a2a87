"""Places by time: offers lapse, and what became free is offered on."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from triskel.activities.activities.commands import Change, Follow, by_time
from triskel.activities.activities.rules import places
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ActivityRow
from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.contracts.codes import Role


def offering(hold: timedelta) -> Follow:
    """Offers free places to those who wait, for so long."""

    def follow(a: Activity, now: datetime) -> Iterable[Change]:
        return (("offer-place", Role.SYSTEM, each) for each in places.offers(a, now, hold))

    return follow


def lapse_offers(hold: timedelta) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker that ends offers nobody took, and offers the places to the next."""
    offer = offering(hold)

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        now = clock.now()
        column = ActivityRow.__table__.c

        def changes_of(a: Activity) -> list[Change]:
            lapsed = list(places.lapses(a, now))
            ended = [("lapse-place", Role.SYSTEM, each) for each in lapsed]
            return [*ended, *offer(lapsed[-1], now)]

        return await by_time(database, outbox, now, [column.place_answer_by < now], changes_of)

    return run
