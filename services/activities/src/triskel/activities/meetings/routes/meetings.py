"""`/v1/activities/{activity_id}/task-force`: what only task-force meetings do."""

from uuid import UUID

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import check_may_read
from triskel.activities.activities.routes.target import OnActivity, Reader
from triskel.activities.activities.rules.meeting import AgendaItem, Delegation, Guest, StudyVisit
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.meetings import actions, commands
from triskel.activities.meetings.refusals import MinutesNotPublished
from triskel.activities.meetings.schemas import (
    ActionItemBody,
    AgendaBody,
    ApprovalBody,
    DelegationsBody,
    MinutesAnswer,
    MinutesBody,
    NextPartBody,
)
from triskel.activities.research.schemas import PartNumber
from triskel.chassis.http import Router
from triskel.chassis.http.actions import Asked, described

router = Router(prefix="/v1/activities/{activity_id}/task-force", tags=["task-force meetings"])


@router.put("/delegations", **described(actions.SET_DELEGATIONS))
async def set_delegations(on: OnActivity, body: DelegationsBody) -> ActivityAnswer:
    delegations = [Delegation(**each.model_dump()) for each in body.delegations]
    guests = [Guest(**each.model_dump()) for each in body.guests]
    named = {
        "delegations.organisation_id": [each.organisation_id for each in delegations],
        "guests.organisation_id": [each.organisation_id for each in guests],
    }
    most = body.delegates_per_region
    return await on.act_naming(
        named, actions.SET_DELEGATIONS, body.host_region, body.mode, delegations, guests, most
    )


@router.post("/next-part", status_code=201, **described(actions.OPEN_NEXT_PART))
async def open_next_part(on: OnActivity, body: NextPartBody) -> ActivityAnswer:
    """The answer is the next part, a draft; `GET /v1/dossiers/{dossier_id}` lists all."""
    part = await commands.open_next_part(on.context, on.id, on.seen, body.to_domain())
    on.response.headers["Location"] = f"/v1/activities/{part.subject.id}"
    return on.done(part)


@router.put("/agenda", **described(actions.SET_AGENDA))
async def set_agenda(on: OnActivity, body: AgendaBody) -> ActivityAnswer:
    visits = [StudyVisit(**each.model_dump()) for each in body.visits]
    items = [AgendaItem(**each.model_dump()) for each in body.items]
    named = {"visits.organisation_id": [each.organisation_id for each in visits]}
    return await on.act_naming(named, actions.SET_AGENDA, items, visits)


@router.put("/minutes", **described(actions.PUBLISH_MINUTES))
async def publish_minutes(on: OnActivity, body: MinutesBody) -> ActivityAnswer:
    return on.answer(
        await on.act(actions.PUBLISH_MINUTES, body.document_url, body.sha256, body.text)
    )


@router.get("/minutes", summary="The minutes, with their text")
async def show_minutes(caller: Reader, context: Asked, activity_id: UUID) -> MinutesAnswer:
    activity = await ACTIVITIES.get(context.session, activity_id)
    check_may_read(caller, activity)
    if activity.task_force is None or activity.task_force.minutes is None:
        raise MinutesNotPublished
    return MinutesAnswer.model_validate(activity.task_force.minutes, from_attributes=True)


@router.post("/minutes/approve", **described(actions.APPROVE_MINUTES))
async def approve_minutes(on: OnActivity, body: ApprovalBody) -> ActivityAnswer:
    return on.answer(await on.act(actions.APPROVE_MINUTES, body.region))


@router.post("/action-items", **described(actions.ADD_ACTION_ITEM))
async def add_action_item(on: OnActivity, body: ActionItemBody) -> ActivityAnswer:
    return await on.act_naming(
        {"owner_id": [body.owner_id]}, actions.ADD_ACTION_ITEM, body.to_domain()
    )


@router.post("/action-items/{item_number}/done", **described(actions.FINISH_ACTION_ITEM))
async def finish_action_item(on: OnActivity, item_number: PartNumber) -> ActivityAnswer:
    return on.answer(await on.act(actions.FINISH_ACTION_ITEM, item_number))
