"""Places by time: offers lapse, and what became free is offered on."""

from datetime import timedelta

from sqlalchemy import select

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.places.actions import LAPSE_PLACE
from triskel.chassis.jobs import DueRows, Job, for_due_rows

_activity = ActivityRow.__table__.c


def lapse_offers(hold: timedelta) -> Job:
    """The job that ends offers nobody took, and offers the places to the next, for so long."""

    @for_due_rows(
        lambda now: (
            select(ActivityRow).where(_activity.place_answer_by < now).order_by(_activity.id)
        )
    )
    async def lapse(due: DueRows[ActivityRow]) -> int:
        return await ACTIVITIES.act_by_clock(due, LAPSE_PLACE, lambda _: {"hold": hold})

    return lapse
