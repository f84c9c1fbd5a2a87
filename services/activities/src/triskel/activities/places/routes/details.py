"""`/v1/activities/{number}/places`, `/lesson`, `/visit`, `/masterclass`: what a format needs."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import ConfigDict, Field

from triskel.activities.activities.routes.acting import Action
from triskel.activities.activities.rules.details import Lesson, Masterclass, Visit
from triskel.activities.activities.schemas import Answer, Body, Subject
from triskel.activities.places import rules as bookings
from triskel.activities.places.routes.bookings import offering_of
from triskel.chassis.http import Router, example
from triskel.chassis.http.values import OneLine
from triskel.contracts.codes import Transport

router = Router(prefix="/v1/activities", tags=["places"])

Equipment = Annotated[str, OneLine(shortest=2, longest=80)]


class Places(Body):
    model_config = example(places=70)

    places: int = Field(ge=1, le=10_000)


class GivenLesson(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "expert_id": "0199a1b2-0009-7000-8000-000000000009",
                    "subject": "physique-chimie",
                }
            ]
        },
    )

    expert_id: UUID = Field(description="a contact of the host")
    subject: Subject


class GivenVisit(Body):
    model_config = example(pupils_per_adult=12, transport="coach", safety_equipment=["casque"])

    pupils_per_adult: int = Field(default=15, ge=1, le=50)
    transport: Transport | None = None
    safety_equipment: list[Equipment] = Field(default=[], max_length=20)


class GivenMasterclass(Body):
    model_config = example(hours=6)

    hours: float = Field(gt=0, le=60, description="as the certificate says")


@router.put("/{number}/places", summary="Say how many places there are")
async def set_places(acting: Action, body: Places, request: Request) -> Answer:
    """More places are offered to those who wait."""
    decide = partial(bookings.set_places, places=body.places)
    return await acting.act("set-places", decide, offering_of(request))


@router.put("/{number}/lesson", summary="Name the expert and the subject of a guest lesson")
async def set_lesson(acting: Action, body: GivenLesson) -> Answer:
    lesson = Lesson(**body.model_dump())
    return await acting.act("set-lesson", partial(bookings.set_lesson, lesson=lesson))


@router.put("/{number}/visit", summary="Say what the site asks of a class, and the transport")
async def set_visit(acting: Action, body: GivenVisit) -> Answer:
    visit = Visit(body.pupils_per_adult, body.transport, tuple(body.safety_equipment))
    return await acting.act("set-visit", partial(bookings.set_visit, visit=visit))


@router.put("/{number}/masterclass", summary="Say how many hours a masterclass counts")
async def set_masterclass(acting: Action, body: GivenMasterclass) -> Answer:
    masterclass = Masterclass(body.hours)
    decide = partial(bookings.set_masterclass, masterclass=masterclass)
    return await acting.act("set-masterclass", decide)
