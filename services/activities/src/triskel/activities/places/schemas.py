"""What `/v1/activities/{activity_id}/places`, `/bookings` and their like take."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from triskel.activities.activities.schemas import Body, SlotBody, Subject
from triskel.chassis.http import example
from triskel.chassis.http.values import OneLine
from triskel.contracts.codes import Transport

Equipment = Annotated[str, OneLine(shortest=2, longest=80)]


class PlacesBody(Body):
    model_config = example(places=70)

    places: int = Field(ge=1, le=10_000)


class SchoolsBody(Body):
    model_config = example(schools=["0199a1b2-0003-7000-8000-000000000003"])

    schools: list[UUID] = Field(
        max_length=20, description="all that may bring classes beside the activity's own school"
    )


class LessonBody(Body):
    model_config = example(
        expert_id="0199a1b2-0009-7000-8000-000000000009", subject="physique-chimie"
    )

    expert_id: UUID = Field(description="a contact of the host")
    subject: Subject


class VisitBody(Body):
    model_config = example(pupils_per_adult=12, transport="coach", safety_equipment=["casque"])

    pupils_per_adult: int | None = Field(
        default=None, ge=1, le=50, description="null: `places.pupils_per_adult` of the region"
    )
    transport: Transport | None = None
    safety_equipment: list[Equipment] = Field(default=[], max_length=20)


class MasterclassBody(Body):
    model_config = example(hours=6)

    hours: float = Field(gt=0, le=60, description="as the certificate says")


class PublicationBody(Body):
    model_config = example(
        slot={
            "starts_at": "2025-11-26T09:00:00+01:00",
            "ends_at": "2025-11-26T16:00:00+01:00",
            "place": "company",
        }
    )

    slot: SlotBody | None = None


Label = Annotated[str, OneLine(longest=40)]
Size = Annotated[int, Field(ge=1, le=500)]
Count = Annotated[int, Field(ge=0, le=500)]


class NewBookingBody(Body):
    """A class by its label, or a teacher by contact id; never a person's name."""

    model_config = example(label="2nde 4", size=28, adults=2)

    label: Label | None = Field(default=None, description='a class, such as "2nde 4"')
    size: Size = 1
    adults: Count = 0
    consents: Count = Field(default=0, description="pupils whose parents agreed")
    contact_id: UUID | None = Field(default=None, description="a teacher")
    organisation_id: UUID | None = Field(
        default=None, description="the school; yours, if you say nothing"
    )


class BookingChangesBody(Body):
    model_config = example(size=27, adults=3, consents=27)

    size: Size | None = None
    adults: Count | None = None
    consents: Count | None = None
