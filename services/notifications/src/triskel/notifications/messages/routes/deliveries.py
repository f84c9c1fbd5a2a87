"""`/v1/deliveries`: what became of each message, for coordinators and ops. Ids only."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, Session
from triskel.chassis.http.values import OneLine
from triskel.chassis.paging import paginate
from triskel.contracts.codes import Channel, Role
from triskel.notifications.messages import queries as usecases
from triskel.notifications.messages.tables import MessageRow

router = Router(prefix="/v1/deliveries", tags=["deliveries"])

Watcher = Annotated[Caller, allow(Role.COORDINATOR, Role.OPS)]
State = Annotated[str, OneLine(longest=20)]
Reason = Annotated[str, OneLine(longest=60)]


class Delivery(BaseModel):
    """`state` is waiting, sent, failed or suppressed; `error` is a code."""

    id: UUID
    region: str
    contact_id: UUID
    organisation_id: UUID
    kind: str
    subject_id: UUID
    reason: str
    occurrence: int
    channel: str
    language: str
    state: str
    attempts: int
    error: str | None
    at: datetime
    finished_at: datetime | None


@router.get("", summary="Messages of the region, the oldest first")
async def show(
    page: Paging,
    caller: Watcher,
    session: Session,
    state: State | None = None,
    channel: Channel | None = None,
    reason: Reason | None = None,
) -> Page[Delivery]:
    column = MessageRow.__table__.c
    statement = select(MessageRow).where(column.region == caller.region)
    for name, value in (("state", state), ("channel", channel), ("reason", reason)):
        if value is not None:
            statement = statement.where(column[name] == str(value))
    rows, following = await paginate(session, statement, keys=[column.at, column.id], page=page)
    return Page(items=[Delivery.model_validate(r.model_dump()) for (r,) in rows], next=following)


@router.post("/{number}/retry", summary="Try a mail again that was given up")
async def retry(caller: Watcher, number: UUID, session: Session) -> Delivery:
    caller.require_region((await usecases.one(session, number)).region)
    # when a mail is due is a matter of the machine's time, not of the domain's
    row = await usecases.retry(session, number, datetime.now(UTC))
    return Delivery.model_validate(row.model_dump())
