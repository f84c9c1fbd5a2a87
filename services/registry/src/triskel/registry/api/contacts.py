"""`/v1/contacts`: people of organisations, seen by their own organisation and the coordinator."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Events, IfMatch, Router, Session, set_etag
from triskel.contracts import registry as said
from triskel.contracts.codes import Channel, Language, Role
from triskel.contracts.refusals import Invalid
from triskel.registry.usecases import contacts as usecases
from triskel.registry.usecases.organisations import one as one_organisation

router = Router(prefix="/v1/contacts", tags=["contacts"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
PersonName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=120, strip_whitespace=True, pattern=r"^[^\x00-\x1f<>]*$"
    ),
]
Email = Annotated[str, StringConstraints(max_length=254)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=7)]
Channels = Annotated[list[Channel], Field(max_length=2)]


class NewContact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    organisation_id: UUID
    name: PersonName
    email: Email
    roles: Roles
    language: Language = "fr"
    channels: Channels = [Channel.EMAIL, Channel.INBOX]
    confirmed: bool = False


class Changes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    email: Email | None = None
    roles: Roles | None = None
    language: Language | None = None
    channels: Channels | None = None
    confirmed: bool | None = None


class Receipt(BaseModel):
    """Where the contact is. No name and no address: this answer is kept for repeated requests."""

    id: UUID
    organisation_id: UUID
    version: int


@router.post("", status_code=201, summary="Register a person of an organisation")
async def register(
    caller: Member, body: NewContact, session: Session, events: Events, response: Response
) -> Receipt:
    home = await one_organisation(session, body.organisation_id)
    caller.require_organisation(home.region, home.id)
    details = body.model_dump(exclude={"organisation_id"}, mode="json")
    contact = await usecases.register(session, events, body.organisation_id, details)
    set_etag(response, contact.version)
    response.headers["Location"] = f"/v1/contacts/{contact.id}"
    return Receipt(id=contact.id, organisation_id=contact.organisation_id, version=contact.version)


@router.get("", summary="The people of one organisation")
async def find(caller: Member, organisation_id: UUID, session: Session) -> list[said.Contact]:
    home = await one_organisation(session, organisation_id)
    caller.require_organisation(home.region, home.id)
    rows = await usecases.of_organisation(session, organisation_id)
    return [usecases.state_of(row) for row in rows]


@router.get("/{number}", summary="One person")
async def show(caller: Member, number: UUID, session: Session, response: Response) -> said.Contact:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    set_etag(response, row.version)
    return usecases.state_of(row)


@router.patch("/{number}", summary="Change or confirm a person")
async def update(
    caller: Member,
    number: UUID,
    body: Changes,
    seen: IfMatch,
    session: Session,
    events: Events,
    response: Response,
) -> said.Contact:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    changes = body.model_dump(exclude_unset=True, mode="json")
    for name, value in changes.items():
        if value is None:
            raise Invalid("value-missing", f"{name} cannot be empty.", field=name)
    contact = await usecases.update(session, events, number, changes, seen)
    set_etag(response, contact.version)
    return contact


@router.delete("/{number}", status_code=204, summary="Erase a person everywhere")
async def erase(caller: Member, number: UUID, session: Session, events: Events) -> None:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    await usecases.erase(session, events, number)
