"""`/v1/activities/{activity_id}/archive`, `/hide` and their opposites."""

from triskel.activities.activities.routes.target import OnActivity
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.visibility import actions
from triskel.activities.visibility.schemas import HidingBody
from triskel.chassis.http import Router
from triskel.chassis.http.actions import described

router = Router(prefix="/v1/activities/{activity_id}", tags=["activities"])


@router.post("/archive", **described(actions.ARCHIVE))
async def archive(on: OnActivity) -> ActivityAnswer:
    """`GET /v1/activities?archived=true` lists it still."""
    return on.answer(await on.act(actions.ARCHIVE))


@router.post("/unarchive", **described(actions.UNARCHIVE))
async def unarchive(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.UNARCHIVE))


@router.post("/hide", **described(actions.HIDE))
async def hide(on: OnActivity, body: HidingBody) -> ActivityAnswer:
    """Such as after a report. Who takes part beside its sides, authorities, families and teachers
    who look for a masterclass do not see it then."""
    return on.answer(await on.act(actions.HIDE, body.reason))


@router.post("/show", **described(actions.SHOW))
async def show(on: OnActivity) -> ActivityAnswer:
    return on.answer(await on.act(actions.SHOW))
