"""What time does to activities: proposals expire, what nobody evaluates closes, dues are missed."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, literal, select, text

from triskel.activities.activities.actions import (
    CLOSE_UNEVALUATED,
    CLOSE_UNREPORTED,
    EXPIRE,
    FALL_DUE,
    LAPSE_DATE,
    MISS,
)
from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.tables import ActivityRow, DueRow
from triskel.activities.projections import RegionRow
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.chassis.regions import days_decided, fewest_days_decided
from triskel.chassis.retention import expired_rows
from triskel.contracts.codes import ActivityState
from triskel.contracts.registry import RegionSettings

# a step is as old as what was written with it; what is still going on keeps it
WRITTEN = expired_rows(
    "activity-messages",
    "activities",
    lambda periods: 12 * periods.closed_years,
    """
    update activity_steps set message = null where ctid = any (array(
        select s.ctid from activity_steps as s join activities as a on a.id = s.activity_id
        join kept on kept.region = a.region and s.at < kept.before
        where s.message is not null
            and a.state in ('declined', 'withdrawn', 'expired', 'closed', 'cancelled')
        limit :at_most for update of s skip locked))
    """,
)
# no event has the text, so the activity's version stays; a published document keeps its digest
MINUTES = expired_rows(
    "minutes-texts",
    "activities",
    lambda periods: 12 * periods.closed_years,
    """
    update activities set data = jsonb_set(data, '{task_force,minutes,text}', 'null')
    where id = any (array(
        select a.id from activities as a
        join kept on kept.region = a.region and a.delivered_at < kept.before
        where a.format = 'task-force-meeting' and a.state = 'closed'
            and a.data #>> '{task_force,minutes,text}' is not null
        limit :at_most for update of a skip locked))
    """,
)
# no event has these either; ranking and awards stay
MARKS = expired_rows(
    "jury-marks",
    "activities",
    lambda periods: 12 * periods.closed_years,
    """
    update activities set data = jsonb_set(data, '{challenge,sheets}', '[]')
    where id = any (array(
        select a.id from activities as a join kept on kept.region = a.region
            and coalesce(a.delivered_at, cast(a.data ->> 'cancelled_at' as timestamptz))
                < kept.before
        where a.format = 'innovation-challenge' and a.state in ('closed', 'cancelled')
            and jsonb_array_length(a.data #> '{challenge,sheets}') > 0
        limit :at_most for update of a skip locked))
    """,
)
AT_MOST = 500
_CLOCKS_FORWARD = timedelta(hours=1)
"""By so much days may be shorter, so that more is looked at than is due."""
_activity = ActivityRow.__table__.c
_due = DueRow.__table__.c


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.state == ActivityState.PROPOSED, _activity.answer_by < now)
        .order_by(_activity.id)
    )
)
async def expire_unanswered(due: DueRows[ActivityRow]) -> int:
    """Proposals whose deadline passed."""
    return await ACTIVITIES.act_by_clock(due, EXPIRE)


_CLOSE_AFTER = "reporting.close_after_days"


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.date_answer_by < now)
        .order_by(_activity.date_answer_by, _activity.id)
    )
)
async def lapse_dates(due: DueRows[ActivityRow]) -> int:
    """Other dates to which not all agreed in time: the old one stands."""
    return await ACTIVITIES.act_by_clock(due, LAPSE_DATE)


def _older(moment: Any, now: datetime) -> Any:
    """Whether it is as many days ago as the activity's region leaves until it closes."""
    latest = literal(now + _CLOCKS_FORWARD)
    return and_(
        moment < latest - fewest_days_decided(RegionRow, _CLOSE_AFTER),
        moment < latest - days_decided(RegionRow, _activity.region, _CLOSE_AFTER),
    )


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _activity.state.in_([ActivityState.DELIVERED, ActivityState.EVALUATED]),
            _older(_activity.delivered_at, now),
        )
        .order_by(_activity.id)
    )
)
async def close_unevaluated(due: DueRows[ActivityRow]) -> int:
    """What was delivered so long ago that nobody will evaluate it."""
    return await ACTIVITIES.act_by_clock(due, CLOSE_UNEVALUATED)


_DATED: Any = text("state in ('scheduled', 'confirmed', 'in-progress')")
"""Written out, as the index has it."""


_FIRST = "reporting.reminder_days.0"
_STAGE_DUE = text(
    """
    exists (
        select from jsonb_array_elements_text(coalesce(
            (select settings #> '{reporting,reminder_days}' from regions
             where regions.region = activities.region), cast(:usual as jsonb))) as stage (days)
        where days::int > coalesce((data ->> 'report_reminded')::int, 0)
            and ends_at < :latest - make_interval(days => days::int))
    """
).bindparams(usual=json.dumps(RegionSettings().reporting.reminder_days))
"""A stage that was not reached yet is as many days after its end."""


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _DATED,
            _activity.ends_at
            < literal(now + _CLOCKS_FORWARD) - fewest_days_decided(RegionRow, _FIRST),
            _STAGE_DUE.bindparams(latest=now + _CLOCKS_FORWARD),
        )
        .order_by(_activity.ends_at, _activity.id)
    )
)
async def ask_for_reports(due: DueRows[ActivityRow]) -> int:
    """What has been over for as many days as a stage of its region's reminders, and of which nobody
    has said how it went."""
    return await ACTIVITIES.act_by_clock(due, FALL_DUE)


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _DATED,
            _activity.state == ActivityState.IN_PROGRESS,
            _older(_activity.ends_at, now),
        )
        .order_by(_activity.ends_at, _activity.id)
    )
)
async def close_unreported(due: DueRows[ActivityRow]) -> int:
    """What ended so long ago that nobody will report it."""
    return await ACTIVITIES.act_by_clock(due, CLOSE_UNREPORTED)


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _activity.id.in_(
                select(_due.activity_id)
                .where(_due.done_at.is_(None), _due.missed_at.is_(None), _due.due_at <= now)
                .order_by(_due.due_at)
                .limit(AT_MOST)
            )
        )
        .order_by(_activity.id)
    )
)
async def say_missed(due: DueRows[ActivityRow]) -> int:
    """Milestones and action items whose day has passed, each once. Of one that somebody did between
    the look and the lock nothing is said."""
    return await ACTIVITIES.act_by_clock(due, MISS)
