"""What the registry hears: activities, of which partnerships live, and how hosts answer them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, Projection
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import Activity
from triskel.contracts.codes import Side
from triskel.registry.partnerships.commands import watch_again
from triskel.registry.responsiveness.jobs import measure_again

PLANNED_ACTIVITIES = Projection(
    "planned_activities",
    Activity,
    *("partnership_id", "host_id", "school_id", "state", "proposed_by", "proposed_at"),
    *("answer_by", "answered_at", "delivered_at", "outcome"),
)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("registry", projections=["planned_activities"])

    @consumers.on("activities.activities")
    async def on_activities(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await PLANNED_ACTIVITIES.keep(session, deliveries)
        heard = [d.event.aggregate for d in deliveries if d.event is not None]
        activities = [state for state in heard if isinstance(state, Activity)]
        await watch_again(
            session, {a.partnership_id for a in activities if a.partnership_id and a.delivered_at}
        )
        asked = {a.host_id for a in activities if a.proposed_at and a.proposed_by is Side.SCHOOL}
        measure_again(session, asked, clock.now())

    return consumers
