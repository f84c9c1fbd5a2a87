"""`/v1/action-items`: what task-force meetings agreed on, across meetings."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import false, literal, select

from triskel.activities.activities.dues_tables import DueRow
from triskel.activities.activities.routes.acting import Reader
from triskel.chassis.http import Now, Page, Paging, Router, Session
from triskel.chassis.http.values import Day
from triskel.chassis.paging import paginate
from triskel.contracts.codes import Role
from triskel.contracts.format_codes import DueKind
from triskel.contracts.refusals import Forbidden

router = Router(prefix="/v1/action-items", tags=["task-force meetings"])


class ActionItem(BaseModel):
    activity_id: UUID
    number: int
    title: str
    owner_id: UUID
    due_on: date
    done_at: datetime | None
    overdue: bool


@router.get("", summary="Find action items, the earliest due first")
async def find(
    page: Paging,
    caller: Reader,
    session: Session,
    now: Now,
    owner: UUID | None = None,
    due_before: Day | None = None,
    open: Annotated[bool | None, Query(description="still to be done, or done")] = None,
) -> Page[ActionItem]:
    """Coordinators and authorities find those of their region's meetings; everybody finds their own
    organisation's of all meetings."""
    column = DueRow.__table__.c
    # said in the query's own text, so that the partial indexes fit a prepared plan, too
    wanted = literal(DueKind.ACTION_ITEM.value, literal_execute=True)
    statement = select(DueRow).where(column.kind == wanted)
    own = caller.organisation
    if owner is not None and owner == own:
        statement = statement.where(column.owner_id == own)
    elif caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
        if owner is not None:
            statement = statement.where(column.owner_id == owner)
    elif owner is None:
        statement = statement.where(false() if own is None else column.owner_id == own)
    else:
        raise Forbidden("organisation-not-yours", "You see your own organisation's.", field="owner")
    if due_before is not None:
        statement = statement.where(column.due_on < due_before)
    if open is not None:
        done = column.done_at
        statement = statement.where(done.is_(None) if open else done.is_not(None))
    rows, following = await paginate(
        session,
        statement,
        keys=[column.due_on, column.activity_id, column.number],
        page=page,
    )
    items = [
        ActionItem(
            **row.model_dump(include=ActionItem.model_fields.keys()),
            overdue=row.done_at is None and row.due_at <= now,
        )
        for (row,) in rows
    ]
    return Page(items=items, next=following)
