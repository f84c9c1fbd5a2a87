"""What the registry consumes: activities, which keep partnerships alive and tell of hosts, and who
may act for the organisations of other regions."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import ConsumedRecord, Consumers, Projection
from triskel.chassis.memberships import keep_foreign
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import Activity
from triskel.contracts.codes import Side
from triskel.registry.partnerships.commands import watch_again
from triskel.registry.responsiveness.commands import measure_again

PLANNED_ACTIVITIES = Projection(
    "planned_activities",
    Activity,
    *("partnership_id", "host_id", "school_id", "state", "proposed_by", "proposed_at"),
    *("answer_by", "answered_at", "delivered_at", "outcome"),
)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("registry", projections=["planned_activities"])

    @consumers.on("activities.activities")
    async def on_activities(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await PLANNED_ACTIVITIES.keep(session, records)
        aggregates = [record.event.aggregate for record in records if record.event is not None]
        activities = [each for each in aggregates if isinstance(each, Activity)]
        await watch_again(
            session, {a.partnership_id for a in activities if a.partnership_id and a.delivered_at}
        )
        asked = {a.host_id for a in activities if a.proposed_at and a.proposed_by is Side.SCHOOL}
        measure_again(session, asked, clock.now())

    # no projection that a rebuild empties: nobody could act meanwhile
    consumers.on("registry.memberships")(keep_foreign)
    return consumers
