"""What the activities service consumes, of every region: organisations, partnerships, how hosts
answer, school calendars, and what regions decide for themselves."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.offers.commands.counting import recount_soon
from triskel.activities.offers.commands.hosts import refresh_hosts
from triskel.chassis.clock import Clock
from triskel.chassis.consumer import ConsumedRecord, Consumers, Projection
from triskel.chassis.database import after_commit
from triskel.chassis.memberships import MEMBERSHIPS
from triskel.chassis.outbox import Outbox
from triskel.chassis.regions import REGIONS
from triskel.contracts.codes import OrganisationStatus
from triskel.contracts.registry import (
    HostResponsiveness,
    Organisation,
    Partnership,
    SchoolCalendar,
)


def _where(organisation: Organisation) -> dict[str, Any]:
    at = organisation.position
    return {
        "latitude": at and at.latitude,
        "longitude": at and at.longitude,
        "sites": [
            {"position": {"latitude": site.position.latitude, "longitude": site.position.longitude}}
            for site in organisation.sites
            if site.position is not None
        ],
    }


ORGANISATIONS = Projection(
    "organisations",
    Organisation,
    *("region", "kind", "status", "open", "merged_into"),
    derived=_where,
)
PARTNERSHIPS = Projection(
    "partnerships", Partnership, "region", "school_id", "company_id", "school_year", "state"
)
HOST_RESPONSIVENESS = Projection(
    "host_responsiveness",
    HostResponsiveness,
    *("answered", "unanswered", "answer_rate", "median_hours", "hidden_since"),
)
CALENDARS = Projection(
    "calendars",
    SchoolCalendar,
    *("region", "school_year", "time_zone", "first_day", "last_day"),
    *("holidays", "public_holidays"),
)


def _takes_part(record: ConsumedRecord) -> bool:
    """Nothing hangs on what was only imported: a whole directory wakes nobody."""
    organisation = record.event.aggregate if record.event else None
    return (
        isinstance(organisation, Organisation)
        and organisation.status is not OrganisationStatus.IMPORTED
    )


def build_consumers(
    outbox: Outbox, clock: Clock, wake: Callable[[], None] = lambda: None
) -> Consumers:
    """`wake` is called when there is news of organisations or partnerships, which what hangs on
    them follows."""
    consumers = Consumers(
        "activities",
        projections=[
            *("organisations", "partnerships", "host_responsiveness", "calendars", "regions")
        ],
    )

    @consumers.on("registry.organisations")
    async def on_organisations(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await ORGANISATIONS.keep(session, records)
        await refresh_hosts(session, [UUID(record.key) for record in records])
        if any(_takes_part(record) for record in records):
            after_commit(session, wake)

    @consumers.on("registry.responsiveness")
    async def on_responsiveness(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await HOST_RESPONSIVENESS.keep(session, records)
        await refresh_hosts(session, [UUID(record.key) for record in records])

    @consumers.on("registry.calendars")
    async def on_calendars(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await CALENDARS.keep(session, records)
        calendars = [record.event.aggregate for record in records if record.event]
        await recount_soon(session, {calendar.region for calendar in calendars})

    @consumers.on("registry.partnerships")
    async def on_partnerships(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await PARTNERSHIPS.keep(session, records)
        after_commit(session, wake)

    consumers.on("registry.regions")(REGIONS.keep)
    # no projection that a rebuild empties: nobody could act meanwhile
    consumers.on("registry.memberships")(MEMBERSHIPS.keep)
    return consumers
