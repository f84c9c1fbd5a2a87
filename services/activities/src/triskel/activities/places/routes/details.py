"""`/v1/activities/{activity_id}/places`, `/schools`, `/lesson`, `/visit`, `/masterclass`,
`/publish`."""

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.routes.target import OnActivity
from triskel.activities.activities.rules.details import Lesson, Masterclass
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.places import actions
from triskel.activities.places.queries import known_schools
from triskel.activities.places.schemas import (
    LessonBody,
    MasterclassBody,
    PlacesBody,
    PublicationBody,
    SchoolsBody,
    VisitBody,
)
from triskel.chassis.http import Router
from triskel.chassis.http.actions import described

router = Router(prefix="/v1/activities/{activity_id}", tags=["places"])


@router.put("/places", **described(actions.SET_PLACES))
async def set_places(on: OnActivity, body: PlacesBody) -> ActivityAnswer:
    """More places are offered to those who wait."""
    calendar = await on.calendar()
    return on.answer(await on.act(actions.SET_PLACES, body.places, calendar))


@router.put("/schools", **described(actions.SET_SCHOOLS))
async def set_schools(on: OnActivity, body: SchoolsBody) -> ActivityAnswer:
    """Each books for its own classes, like the first; the places are for all of them together."""
    session = on.context.session
    row = await ACTIVITIES.find(session, on.id, lock=True)
    known = await known_schools(session, row.region, body.schools)
    return on.answer(await on.act(actions.SET_SCHOOLS, body.schools, known))


@router.put("/lesson", **described(actions.SET_LESSON))
async def set_lesson(on: OnActivity, body: LessonBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.SET_LESSON, Lesson(body.expert_id, body.subject)))


@router.put("/visit", **described(actions.SET_VISIT))
async def set_visit(on: OnActivity, body: VisitBody) -> ActivityAnswer:
    equipment = tuple(body.safety_equipment)
    return on.answer(
        await on.act(actions.SET_VISIT, body.pupils_per_adult, body.transport, equipment)
    )


@router.put("/masterclass", **described(actions.SET_MASTERCLASS))
async def set_masterclass(on: OnActivity, body: MasterclassBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.SET_MASTERCLASS, Masterclass(body.hours)))


@router.post("/publish", **described(actions.PUBLISH))
async def publish(on: OnActivity, body: PublicationBody | None = None) -> ActivityAnswer:
    """With a slot its places can be taken at once; else once it has one."""
    wanted = body.slot if body else None
    if wanted is None:
        return on.answer(await on.act(actions.PUBLISH))
    calendar = await on.calendar()
    slot = wanted.to_domain(calendar.time_zone)
    return on.answer(await on.act(actions.PUBLISH, slot, calendar))
