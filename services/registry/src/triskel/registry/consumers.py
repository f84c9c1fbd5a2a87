"""What the registry hears: activities, because a partnership becomes active with its first plan."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, Projection
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import Activity

PLANNED_ACTIVITIES = Projection("planned_activities", Activity, "partnership_id", "state")


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("registry", projections=["planned_activities"])

    @consumers.on("activities.activities")
    async def on_activities(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await PLANNED_ACTIVITIES.keep(session, deliveries)

    return consumers
