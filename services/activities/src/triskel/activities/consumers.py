"""What the activities service hears: organisations and partnerships, of every region."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, Projection, Row, rows_of, same
from triskel.chassis.outbox import Outbox
from triskel.contracts.registry import Organisation, Partnership

ORGANISATIONS = Projection(
    "organisations", {"region": "text", "kind": "text", "status": "text", "open": "bool"}
)
PARTNERSHIPS = Projection(
    "partnerships",
    {"school_id": "uuid", "company_id": "uuid", "school_year": "text", "state": "text"},
)


def organisation_row(state: Organisation) -> Row:
    return same(state, *ORGANISATIONS.columns)


def partnership_row(state: Partnership) -> Row:
    return same(state, *PARTNERSHIPS.columns)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers("activities", projections=["organisations", "partnerships"])

    @consumers.on("registry.organisations")
    async def on_organisations(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await ORGANISATIONS.keep(session, rows_of(deliveries, Organisation, organisation_row))

    @consumers.on("registry.partnerships")
    async def on_partnerships(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await PARTNERSHIPS.keep(session, rows_of(deliveries, Partnership, partnership_row))

    return consumers
