"""`/v1/dossiers`: meetings that belong together, in their order."""

from uuid import UUID

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import check_may_read
from triskel.activities.activities.routes.target import Reader
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.meetings.queries import parts_of
from triskel.activities.meetings.refusals import DossierUnknown
from triskel.chassis.auth import Caller
from triskel.chassis.http import Router
from triskel.chassis.http.actions import Asked
from triskel.contracts.refusals import Forbidden, NotFound

router = Router(prefix="/v1/dossiers", tags=["task-force meetings"])


@router.get("/{dossier_id}", summary="The meetings of a dossier, in their order")
async def show(caller: Reader, context: Asked, dossier_id: UUID) -> list[ActivityAnswer]:
    """Those that the caller may read; 403 where there is none."""
    parts = await parts_of(context.session, dossier_id)
    if not parts:
        raise DossierUnknown(value=str(dossier_id))
    readable = [part for part in parts if _may_read(caller, part)]
    if not readable:
        check_may_read(caller, parts[0])
    attempts = await ACTIVITIES.attempts(context, readable)
    return [ActivityAnswer.of(each) for each in attempts]


def _may_read(caller: Caller, activity: Activity) -> bool:
    try:
        check_may_read(caller, activity)
    except (Forbidden, NotFound):
        return False
    return True
