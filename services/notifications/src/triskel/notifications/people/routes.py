"""`/v1/people`: what this service holds about one person, for an access request."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.paging import Cursor, Limit
from triskel.chassis.paging import PageRequest
from triskel.contracts.codes import Channel, Role
from triskel.contracts.people_codes import LEADS
from triskel.notifications.messages.queries import of_contact
from triskel.notifications.people.queries import get
from triskel.notifications.people.refusals import PersonNotYours

router = Router(prefix="/v1/people", tags=["people"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]


LEADERS = frozenset(LEADS.values())
"""Who leads their organisation, of whatever kind: an organisation has members of its kind alone."""


class Person(BaseModel):
    """A copy of what the registry says; it goes when the registry erases the person."""

    id: UUID
    organisation_id: UUID
    name: str
    email: str
    roles: list[str]
    language: str
    channels: list[str]
    confirmed: bool


class Message(BaseModel):
    """One message to this person. Its text is not kept: it is put together when it is sent or
    looked at. `read_at` is for the inbox."""

    id: UUID
    kind: str
    subject_id: UUID
    reason: str
    channel: Channel
    language: str
    state: str
    error: str | None
    attempts: int
    at: datetime
    finished_at: datetime | None
    read_at: datetime | None


class Export(BaseModel):
    """`next` leads to further messages; null on the last page."""

    as_of: datetime
    person: Person
    messages: list[Message]
    next: str | None


@router.get("/{contact_id}/export", summary="Everything that is held here about one person")
async def export(
    caller: Member,
    contact_id: UUID,
    session: Session,
    now: Now,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Export:
    row = await get(session, contact_id)
    caller.require_organisation(row.region, row.organisation_id)
    themselves = caller.contact == row.id
    if not (themselves or caller.coordinates(row.region) or caller.is_(*LEADERS)):
        raise PersonNotYours
    messages, following = await of_contact(session, contact_id, PageRequest(limit, cursor))
    return Export(
        as_of=now,
        person=Person.model_validate(row.model_dump()),
        messages=[Message.model_validate(message.model_dump()) for message in messages],
        next=following,
    )
