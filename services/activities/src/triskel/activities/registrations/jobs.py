"""What families did is counted, at most once a minute, and said with the activity's state; the
rows go, the counts stay."""

from datetime import timedelta

from sqlalchemy import select

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.registrations.actions import COUNT_REGISTRATIONS
from triskel.activities.registrations.rules import Counted
from triskel.activities.registrations.tables import RegistrationLinkRow
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.chassis.retention import expired_rows

REGISTRATIONS = expired_rows(
    "registrations",
    "activities",
    lambda periods: periods.messages_months,
    """
    delete from registrations where id = any (array(
        select r.id from registrations as r
        join registration_links as l on l.activity_id = r.activity_id
        join activities as a on a.id = l.activity_id
        join kept on kept.region = a.region and l.until < kept.before
        where l.uncounted_since is null
        limit :at_most for update of r skip locked))
    """,
)
COUNT_AFTER = timedelta(seconds=60)
AT_MOST = 100
_link = RegistrationLinkRow.__table__.c
_activity = ActivityRow.__table__.c


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _activity.id.in_(
                select(_link.activity_id)
                .where(_link.uncounted_since <= now - COUNT_AFTER)
                .order_by(_link.uncounted_since)
                .limit(AT_MOST)
            )
        )
        .order_by(_activity.id)
    )
)
async def count_registrations(due: DueRows[ActivityRow]) -> int:
    """Locks are taken in one order: the activities, then their links."""
    links = await due.session.scalars(
        select(RegistrationLinkRow)
        .where(_link.activity_id.in_([row.id for row in due.rows]))
        .where(_link.uncounted_since.is_not(None))
        .order_by(_link.activity_id)
        .with_for_update()
    )
    counts = {}
    for link in links:
        link.uncounted_since = None
        counts[link.activity_id] = Counted(link.booked, link.waiting)
    rows = [row for row in due.rows if row.id in counts]
    await ACTIVITIES.act_by_clock(
        DueRows(due.session, due.outbox, rows, due.now),
        COUNT_REGISTRATIONS,
        lambda activity: {"counted": counts[activity.id]},
    )
    return len(rows)
