"""What is done with activities: drafted, and whatever the table of actions has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.activities.activities.actions import ACTIONS
from triskel.activities.activities.queries import actor_of, facts_and_parties, facts_of
from triskel.activities.activities.refusals import ActivityUnknown, OrganisationUnknown
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt, Facts, Slot
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.activities.tables import ACTIVITY, ActivityRow, DueRow, StepRow
from triskel.activities.calendars.queries import calendar_from
from triskel.activities.calendars.rules import Calendar
from triskel.activities.calendars.tables import CalendarRow
from triskel.activities.projections import RegionRow
from triskel.chassis.actions import Action, Actor, Change, P
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.chassis.versions import Seen
from triskel.chassis.writes import execute_last
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityReason, ActivityState

_SLOT = TypeAdapter(Slot)
_DUES = DueRow.__table__
_KEY = ("activity_id", "kind", "number")


def _step(activity: Activity, step: Step) -> StepRow:
    given = step.details.get("reason")
    return StepRow(
        activity_id=activity.id,
        version=activity.version,
        action=step.action,
        state=activity.state,
        by=step.by,
        at=step.at,
        # of a step that ends nothing, such as a no to another date, its event has the reason
        reason=given if isinstance(given, ActivityReason) else activity.reason,
        message=step.note,
        slot=_SLOT.dump_python(activity.slot, mode="json") if activity.slot else None,
    )


ACTIVITIES = Aggregate(
    name="activity",
    shape=ACTIVITY,
    actions=ACTIONS,
    unknown=ActivityUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
    step_of=_step,
)


async def draft(context: Context, details: Mapping[str, Any], actor: Actor) -> Activity:
    """A new activity; `details` are the domain's fields."""
    activity = Activity(
        id=uuid7(),
        version=1,
        state=ActivityState.DRAFT,
        drafted_at=context.now,
        **details,
    )
    return await ACTIVITIES.add(context, "draft", Change(activity, contract.ActivityDrafted), actor)


async def act_naming(
    context: Context,
    activity_id: UUID,
    seen: Seen | None,
    named: Mapping[str, Collection[UUID]],
    action: Action[Activity, Facts, P],
    *args: P.args,
    **kwargs: P.kwargs,
) -> ActivityAttempt:
    """As `ACTIVITIES.act`, where organisations are named, by the field that names them. Raises
    `OrganisationUnknown` for one that no event told of; who may not act is told that first."""
    row = await ACTIVITIES.find(context.session, activity_id, lock=True)
    activity = ACTIVITY.to_domain(row)
    ids = {each for field in named for each in named[field]}
    facts, parties = await facts_and_parties(context.session, [activity], ids)
    actor = actor_of(context.caller, activity)
    attempt = ActivityAttempt(activity, actor, facts[activity.id], context.now)
    done = await ACTIVITIES.act_on(context, attempt, seen, action, *args, **kwargs)
    for field in named:
        for unknown in sorted(set(named[field]) - parties.organisations.keys()):
            raise OrganisationUnknown(field=field, value=str(unknown))
    return done


async def locked_with_calendar(
    session: AsyncSession, activity_id: UUID, otherwise: str
) -> Calendar:
    """Lock an activity, and give the calendar of its region, in one query. Raises `NotFound`."""
    found = await session.execute(
        select(ActivityRow, CalendarRow, RegionRow)
        .outerjoin(CalendarRow, col(CalendarRow.region) == col(ActivityRow.region))
        .outerjoin(RegionRow, col(RegionRow.region) == col(ActivityRow.region))
        .where(col(ActivityRow.id) == activity_id)
        .with_for_update(of=ActivityRow)
    )
    rows = found.all()
    row = ACTIVITIES.hold(session, rows[0][0] if rows else None, activity_id)
    calendars = [each[1] for each in rows if each[1] is not None]
    return calendar_from(row.region, calendars, rows[0][2], otherwise)


async def look(session: AsyncSession, activity_id: UUID) -> Activity | None:
    """The activity, if there is one."""
    row = await session.get(ActivityRow, activity_id)
    return None if row is None else ACTIVITY.to_domain(row)


@ACTIVITIES.reaction
async def _keep_dues(happened: Sequence[Happened[Activity]]) -> None:
    """What is due on a day is kept beside its activity, so that lists and reminders find it; mostly
    there is nothing."""
    for each in happened:
        known = dues_of(each.before) if each.before is not None else ()
        wanted = dues_of(each.after)
        if known == wanted:
            continue
        gone = {(due.kind, due.number) for due in known}
        for kind, number in sorted(gone - {(due.kind, due.number) for due in wanted}):
            same = (_DUES.c.activity_id == each.after.id) & (_DUES.c.kind == kind)
            await execute_last(each.session, delete(_DUES).where(same, _DUES.c.number == number))
        if wanted:
            of = {"activity_id": each.after.id, "region": each.after.region}
            statement = insert(_DUES).values([asdict(due) | of for due in wanted])
            changed = {
                column.name: statement.excluded[column.name]
                for column in _DUES.c
                if column.name not in _KEY
            }
            await execute_last(
                each.session,
                statement.on_conflict_do_update(index_elements=list(_KEY), set_=changed),
            )
