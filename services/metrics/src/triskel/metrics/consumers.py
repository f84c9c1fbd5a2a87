"""What the metrics service consumes: all topics without personal data, of every region."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import ConsumedRecord, Consumers, Projection
from triskel.chassis.memberships import MEMBERSHIPS
from triskel.chassis.outbox import Outbox
from triskel.chassis.regions import REGIONS
from triskel.contracts.activities import Activity
from triskel.contracts.metrics import Enrolment, SpecialityChoices
from triskel.contracts.notifications import Delivery
from triskel.contracts.registry import Organisation, Partnership
from triskel.metrics.figures.rules.stem import chosen


def _codes(organisation: Organisation) -> dict[str, Any]:
    return {"codes": [f"{i.scheme}:{i.value}" for i in organisation.identifiers]}


def _choices(figure: SpecialityChoices) -> dict[str, Any]:
    return {
        "code": f"{figure.school_scheme}:{figure.school_code}",
        "pupil_girls": figure.pupils.girls,
        "pupil_boys": figure.pupils.boys,
        **asdict(chosen(figure.choices)),
    }


def _enrolment(figure: Enrolment) -> dict[str, Any]:
    return {
        "code": f"{figure.school_scheme}:{figure.school_code}",
        "girls": figure.pupils.girls,
        "boys": figure.pupils.boys,
    }


ORGANISATIONS = Projection(
    "organisations",
    Organisation,
    *("region", "kind", "status", "open", "pupils", "levels"),
    derived=_codes,
)
PARTNERSHIPS = Projection(
    "partnerships",
    Partnership,
    *("region", "school_id", "company_id", "school_year", "state"),
    *("activated_at", "closed_at", "renewal_of"),
)
ACTIVITIES = Projection(
    "activities",
    Activity,
    *("region", "format", "state", "school_year", "host_id", "school_id"),
    *("delivered_at", "delivered_on", "outcome", "attendance"),
)
CHOICES = Projection(
    "choices", SpecialityChoices, "country", "school_year", "level", derived=_choices
)
ENROLMENTS = Projection(
    "enrolments", Enrolment, "country", "school_year", "level", derived=_enrolment
)
DELIVERIES = Projection("deliveries", Delivery, "region", "channel", "state", "at")


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers(
        "metrics",
        projections=[
            *("organisations", "partnerships", "activities"),
            *("choices", "enrolments", "deliveries"),
        ],
    )

    @consumers.on("metrics.reference")
    async def on_reference(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await CHOICES.keep(session, records)
        await ENROLMENTS.keep(session, records)

    consumers.on("registry.organisations")(ORGANISATIONS.keep)
    consumers.on("registry.partnerships")(PARTNERSHIPS.keep)
    consumers.on("activities.activities")(ACTIVITIES.keep)
    consumers.on("notifications.deliveries")(DELIVERIES.keep)
    # no projections that a rebuild empties: nobody could act meanwhile, and years would begin on
    # another day
    consumers.on("registry.regions")(REGIONS.keep)
    consumers.on("registry.memberships")(MEMBERSHIPS.keep)
    return consumers
