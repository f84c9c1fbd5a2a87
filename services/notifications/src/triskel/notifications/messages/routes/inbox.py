"""`/v1/inbox`: what there is to know, for the people of an organisation."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Request

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Now, Page, Paging, Router, Session
from triskel.contracts.codes import Role
from triskel.notifications.messages import queries
from triskel.notifications.messages.commands import handling
from triskel.notifications.messages.refusals import OrganisationMissing
from triskel.notifications.messages.schemas import Item

router = Router(prefix="/v1/inbox", tags=["inbox"])

Member = Annotated[Caller, allow(Role.HEAD, Role.TEACHER, Role.COMPANY, Role.COORDINATOR)]


@router.get("", summary="News, the oldest first")
async def show(
    page: Paging,
    caller: Member,
    request: Request,
    session: Session,
    contact_id: UUID | None = None,
    unread: Annotated[bool, Query(description="only what nobody has read yet")] = False,
) -> Page[Item]:
    if caller.organisation is None:
        raise OrganisationMissing
    messages, following = await queries.inbox(
        session, caller.organisation, contact_id, unread, page
    )
    names = await queries.names_for(session, messages)
    zone = ZoneInfo(request.app.state.settings.time_zone)
    return Page(items=[Item.of(row, names, zone) for row in messages], next=following)


@router.post("/{message_id}/read", summary="Mark as read")
async def read(
    caller: Member, message_id: UUID, request: Request, session: Session, now: Now
) -> Item:
    row = await handling.mark_read(session, message_id, caller.organisation, now)
    names = await queries.names_for(session, [row])
    return Item.of(row, names, ZoneInfo(request.app.state.settings.time_zone))
