"""What the activities service hears: organisations and partnerships, of every region."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Boolean, Integer, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, latest
from triskel.chassis.outbox import Outbox
from triskel.contracts.registry import OrganisationEvent, PartnershipEvent

_ORGANISATIONS = text(
    """
    insert into organisations (id, version, region, kind, status, open)
    select * from unnest(:ids, :versions, :regions, :kinds, :statuses, :opens)
    on conflict (id) do update set
        version = excluded.version, region = excluded.region, kind = excluded.kind,
        status = excluded.status, open = excluded.open
    where organisations.version < excluded.version
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("regions", type_=ARRAY(Text)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("statuses", type_=ARRAY(Text)),
    bindparam("opens", type_=ARRAY(Boolean)),
)
_PARTNERSHIPS = text(
    """
    insert into partnerships (id, version, school_id, company_id, school_year, state)
    select * from unnest(:ids, :versions, :schools, :companies, :years, :states)
    on conflict (id) do update set version = excluded.version, state = excluded.state
    where partnerships.version < excluded.version
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("schools", type_=ARRAY(Uuid)),
    bindparam("companies", type_=ARRAY(Uuid)),
    bindparam("years", type_=ARRAY(Text)),
    bindparam("states", type_=ARRAY(Text)),
)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("activities", projections=["organisations", "partnerships"])

    @consumers.on("registry.organisations")
    async def on_organisations(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        states = [
            d.event.organisation
            for d in latest(deliveries)
            if isinstance(d.event, OrganisationEvent)
        ]
        if states:
            await session.execute(
                _ORGANISATIONS,
                {
                    "ids": [o.id for o in states],
                    "versions": [o.version for o in states],
                    "regions": [o.region for o in states],
                    "kinds": [str(o.kind) for o in states],
                    "statuses": [str(o.status) for o in states],
                    "opens": [o.open for o in states],
                },
            )

    @consumers.on("registry.partnerships")
    async def on_partnerships(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        states = [
            d.event.partnership for d in latest(deliveries) if isinstance(d.event, PartnershipEvent)
        ]
        if states:
            await session.execute(
                _PARTNERSHIPS,
                {
                    "ids": [p.id for p in states],
                    "versions": [p.version for p in states],
                    "schools": [p.school_id for p in states],
                    "companies": [p.company_id for p in states],
                    "years": [p.school_year for p in states],
                    "states": [str(p.state) for p in states],
                },
            )

    return consumers
