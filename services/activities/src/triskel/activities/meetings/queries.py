"""Action items of all meetings, by their owner or their region; the parts of a dossier."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import false, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ACTIVITY, ActivityRow, DueRow
from triskel.chassis.auth import Caller
from triskel.chassis.auth.callers import OrganisationNotYours
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import Role
from triskel.contracts.format_codes import DueKind


@dataclass(frozen=True)
class ActionItemFilter:
    """What is looked for; None does not filter. `open`: still to be done, or done."""

    owner: UUID | None = None
    due_before: date | None = None
    open: bool | None = None


async def parts_of(session: AsyncSession, dossier_id: UUID) -> list[Activity]:
    """The meetings of a dossier in their order; of those that came to nothing, too."""
    rows = await session.scalars(
        select(ActivityRow).where(ActivityRow.__table__.c.dossier_id == dossier_id)
    )
    return sorted((ACTIVITY.to_domain(row) for row in rows), key=_turn)


def _turn(activity: Activity) -> tuple[int, datetime]:
    assert activity.task_force is not None and activity.task_force.dossier is not None
    return activity.task_force.dossier.number, activity.drafted_at


async def find_action_items(
    session: AsyncSession, caller: Caller, wanted: ActionItemFilter, page: PageRequest
) -> tuple[list[DueRow], str | None]:
    """A page, the earliest due first, and the cursor of the next. Coordinators and authorities find
    those of their region's meetings; everybody finds their own organisation's of all meetings that
    they may see. Raises `Forbidden` for another's."""
    column = DueRow.__table__.c
    # said in the query's own text, so that the partial indexes fit a prepared plan, too
    kind = literal(DueKind.ACTION_ITEM.value, literal_execute=True)
    statement = select(DueRow).where(column.kind == kind)
    own = caller.organisation
    if wanted.owner is not None and wanted.owner == own:
        statement = statement.where(column.owner_id == own)
    elif caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
        if wanted.owner is not None:
            statement = statement.where(column.owner_id == wanted.owner)
    elif wanted.owner is None:
        statement = statement.where(false() if own is None else column.owner_id == own)
    else:
        raise OrganisationNotYours(field="owner")
    if not caller.is_(Role.COORDINATOR):
        activity = ActivityRow.__table__.c
        unseen = select(activity.id).where(activity.hidden, activity.host_id.is_distinct_from(own))
        statement = statement.where(column.activity_id.not_in(unseen))
    if wanted.due_before is not None:
        statement = statement.where(column.due_on < wanted.due_before)
    if wanted.open is not None:
        done = column.done_at
        statement = statement.where(done.is_(None) if wanted.open else done.is_not(None))
    keys = [column.due_on, column.activity_id, column.number]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [row for (row,) in rows], following
