"""What the metrics service hears: everything but persons, of every region."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, Projection, Row, rows_of, same
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import Activity
from triskel.contracts.metrics import Enrolment, SpecialityChoices
from triskel.contracts.notifications import Delivery as Message
from triskel.contracts.registry import Organisation, Partnership
from triskel.metrics.domain.stem import chosen

ORGANISATIONS = Projection(
    "organisations",
    {"region": "text", "kind": "text", "status": "text", "open": "bool", "pupils": "int"},
    words=("levels", "codes"),
)
PARTNERSHIPS = Projection(
    "partnerships",
    {
        "region": "text",
        "school_id": "uuid",
        "company_id": "uuid",
        "school_year": "text",
        "state": "text",
        "activated_at": "timestamptz",
        "closed_at": "timestamptz",
        "renewal_of": "uuid",
    },
)
ACTIVITIES = Projection(
    "activities",
    {
        "region": "text",
        "format": "text",
        "state": "text",
        "school_year": "text",
        "host_id": "uuid",
        "school_id": "uuid",
        "delivered_at": "timestamptz",
        "outcome": "text",
        "attendance": "jsonb",
    },
)
CHOICES = Projection(
    "choices",
    {
        "country": "text",
        "code": "text",
        "school_year": "text",
        "level": "text",
        "pupil_girls": "int",
        "pupil_boys": "int",
        "stem_girls": "int",
        "stem_boys": "int",
        "all_girls": "int",
        "all_boys": "int",
    },
)
ENROLMENTS = Projection(
    "enrolments",
    {
        "country": "text",
        "code": "text",
        "school_year": "text",
        "level": "text",
        "girls": "int",
        "boys": "int",
    },
)
DELIVERIES = Projection(
    "deliveries", {"region": "text", "channel": "text", "state": "text", "at": "timestamptz"}
)


def organisation_row(state: Organisation) -> Row:
    return {
        **same(state, "id", "version", "region", "kind", "status", "open", "pupils"),
        "levels": [str(level) for level in state.levels],
        "codes": [f"{i.scheme}:{i.value}" for i in state.identifiers],
    }


def partnership_row(state: Partnership) -> Row:
    return same(state, *PARTNERSHIPS.columns)


def activity_row(state: Activity) -> Row:
    known = [name for name in ACTIVITIES.columns if name != "attendance"]
    return {
        **same(state, *known),
        "attendance": [counts.model_dump(mode="json") for counts in state.attendance],
    }


def choices_row(state: SpecialityChoices) -> Row:
    counted = chosen(state.choices)
    return {
        **same(state, "id", "version", "country", "school_year", "level"),
        "code": f"{state.school_scheme}:{state.school_code}",
        "pupil_girls": state.pupils.girls,
        "pupil_boys": state.pupils.boys,
        "stem_girls": counted.stem_girls,
        "stem_boys": counted.stem_boys,
        "all_girls": counted.all_girls,
        "all_boys": counted.all_boys,
    }


def enrolment_row(state: Enrolment) -> Row:
    return {
        **same(state, "id", "version", "country", "school_year", "level"),
        "code": f"{state.school_scheme}:{state.school_code}",
        "girls": state.pupils.girls,
        "boys": state.pupils.boys,
    }


def message_row(state: Message) -> Row:
    return same(state, *DELIVERIES.columns)


def build_consumers(outbox: Outbox, clock: Clock) -> Consumers:
    consumers = Consumers(
        "metrics",
        projections=[
            *("organisations", "partnerships", "activities"),
            *("choices", "enrolments", "deliveries"),
        ],
    )

    @consumers.on("registry.organisations")
    async def on_organisations(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await ORGANISATIONS.keep(session, rows_of(deliveries, Organisation, organisation_row))

    @consumers.on("registry.partnerships")
    async def on_partnerships(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await PARTNERSHIPS.keep(session, rows_of(deliveries, Partnership, partnership_row))

    @consumers.on("activities.activities")
    async def on_activities(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await ACTIVITIES.keep(session, rows_of(deliveries, Activity, activity_row))

    @consumers.on("metrics.reference")
    async def on_reference(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await CHOICES.keep(session, rows_of(deliveries, SpecialityChoices, choices_row))
        await ENROLMENTS.keep(session, rows_of(deliveries, Enrolment, enrolment_row))

    @consumers.on("notifications.deliveries")
    async def on_deliveries(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        await DELIVERIES.keep(session, rows_of(deliveries, Message, message_row))

    return consumers
