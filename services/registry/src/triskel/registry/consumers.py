"""What the registry hears: which partnerships have something planned."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, latest
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import ActivityEvent

_KEEP = text(
    """
    insert into planned_activities (id, version, partnership_id, state)
    select * from unnest(:ids, :versions, :partnerships, :states)
    on conflict (id) do update set
        version = excluded.version,
        partnership_id = excluded.partnership_id,
        state = excluded.state
    where planned_activities.version < excluded.version
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("partnerships", type_=ARRAY(Uuid)),
    bindparam("states", type_=ARRAY(Text)),
)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("registry", projections=["planned_activities"])

    @consumers.on("activities.activities")
    async def on_activities(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        states = [
            d.event.activity for d in latest(deliveries) if isinstance(d.event, ActivityEvent)
        ]
        if states:
            await session.execute(
                _KEEP,
                {
                    "ids": [a.id for a in states],
                    "versions": [a.version for a in states],
                    "partnerships": [a.partnership_id for a in states],
                    "states": [str(a.state) for a in states],
                },
            )

    return consumers
