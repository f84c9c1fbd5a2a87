"""Places by time: offers lapse, and what became free is offered on."""

from sqlalchemy import select

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.calendars.queries import calendars_of
from triskel.activities.places.actions import LAPSE_PLACE
from triskel.chassis.jobs import DueRows, for_due_rows

_activity = ActivityRow.__table__.c


@for_due_rows(
    lambda now: select(ActivityRow).where(_activity.place_answer_by < now).order_by(_activity.id)
)
async def lapse_offers(due: DueRows[ActivityRow]) -> int:
    """Ends offers that nobody took, and offers the places to the next, for as long as their region
    says."""
    calendars = await calendars_of(due.session, {row.region for row in due.rows})
    return await ACTIVITIES.act_by_clock(
        due, LAPSE_PLACE, lambda activity: {"calendar": calendars[activity.region]}
    )
