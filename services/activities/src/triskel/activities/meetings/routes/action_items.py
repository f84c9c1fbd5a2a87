"""`/v1/action-items`: what task-force meetings agreed on, across meetings."""

from triskel.activities.activities.routes.target import Reader
from triskel.activities.meetings.queries import find_action_items
from triskel.activities.meetings.schemas import ActionItemAnswer, WantedActionItems
from triskel.chassis.http import Page, Paging, Router
from triskel.chassis.http.actions import Asked

router = Router(prefix="/v1/action-items", tags=["task-force meetings"])


@router.get("", summary="Find action items, the earliest due first")
async def find(
    caller: Reader, context: Asked, wanted: WantedActionItems, page: Paging
) -> Page[ActionItemAnswer]:
    """Coordinators and authorities find those of their region's meetings; everybody finds their own
    organisation's of all meetings."""
    rows, following = await find_action_items(context.session, caller, wanted, page)
    items = [ActionItemAnswer.of(row, context.now) for row in rows]
    return Page(items=items, next=following)
