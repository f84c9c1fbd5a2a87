"""What is done with activities: drafted, and whatever the table of actions has."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.activities.activities.actions import ACTIONS
from triskel.activities.activities.queries import actor_of, facts_of
from triskel.activities.activities.refusals import ActivityUnknown
from triskel.activities.activities.rules.activity import Activity, Slot
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.activities.tables import ACTIVITY, ActivityRow, DueRow, StepRow
from triskel.chassis.actions import Actor, Change
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityState

_SLOT = TypeAdapter(Slot)
_DUES = DueRow.__table__
_KEY = ("activity_id", "kind", "number")


def _step(activity: Activity, step: Step) -> StepRow:
    return StepRow(
        activity_id=activity.id,
        version=activity.version,
        action=step.action,
        state=activity.state,
        by=step.by,
        at=step.at,
        reason=activity.reason,
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
        # what is due refers to the activity's row
        await each.session.flush()
        gone = {(due.kind, due.number) for due in known}
        gone -= {(due.kind, due.number) for due in wanted}
        if gone:
            await each.session.execute(
                delete(_DUES)
                .where(_DUES.c.activity_id == each.after.id)
                .where(tuple_(_DUES.c.kind, _DUES.c.number).in_(sorted(gone)))
            )
        if wanted:
            of = {"activity_id": each.after.id, "region": each.after.region}
            statement = insert(_DUES).values([asdict(due) | of for due in wanted])
            changed = {c.name: statement.excluded[c.name] for c in _DUES.c if c.name not in _KEY}
            await each.session.execute(
                statement.on_conflict_do_update(index_elements=list(_KEY), set_=changed)
            )
