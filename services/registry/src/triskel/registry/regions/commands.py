"""Regions are opened where they are at home; whatever else has the table of actions."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import text

from triskel.chassis.actions import CLOCK
from triskel.chassis.clock import Clock
from triskel.chassis.commands import Aggregate
from triskel.chassis.coordinated import coordinator_actor, no_facts
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.registry.regions.actions import ACTIONS
from triskel.registry.regions.queries import home_regions
from triskel.registry.regions.refusals import RegionUnknown
from triskel.registry.regions.rules import opened
from triskel.registry.regions.tables import REGION

REGIONS = Aggregate(
    name="region",
    shape=REGION,
    actions=ACTIONS,
    unknown=RegionUnknown,
    actor_of=coordinator_actor,
    facts_of=no_facts,
)


def open_home_regions(
    regions: Sequence[str],
) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker that opens the home regions that are not open yet, each once."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        async with database.reading() as session:
            if {each.region for each in await home_regions(session)} >= set(regions):
                return 0
        async with database.transaction() as session:
            # of two replicas that start at once the second waits here
            await session.execute(text("lock table regions in share row exclusive mode"))
            known = {each.region for each in await home_regions(session)}
            changes = [opened(region) for region in regions if region not in known]
            await REGIONS.add_all(session, outbox, "open", changes, CLOCK, clock.now())
        return len(changes)

    return run
