"""`/v1/contacts`: people of organisations, seen by their own organisation and the coordinator."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Router, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.registry.contacts import actions
from triskel.registry.contacts.commands import CONTACTS, erase, invite, register, update
from triskel.registry.contacts.queries import (
    check_may_export,
    check_may_see,
    check_speaks,
    contacts_of,
    steps_of,
)
from triskel.registry.contacts.rules.contact import Contact, Facts
from triskel.registry.contacts.schemas import (
    ContactAnswer,
    ContactChanges,
    ContactStep,
    Export,
    NewContact,
    Receipt,
    elsewhere,
)
from triskel.registry.organisations.commands import ORGANISATIONS

_MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Member = Annotated[Caller, _MEMBERS]
OnContact = Annotated[Target[Contact, Facts], target_of(CONTACTS, "contact", _MEMBERS)]

router = Router(prefix="/v1/contacts", tags=["contacts"])


@router.post("", status_code=201, summary="Register a person of an organisation, and invite them")
async def register_contact(
    caller: Member, context: Asked, body: NewContact, response: Response
) -> Receipt:
    home = await ORGANISATIONS.get(context.session, body.organisation_id)
    check_speaks(caller, home)
    contact = await register(context, home, body.to_domain())
    response.headers["Location"] = f"/v1/contacts/{contact.id}"
    return _receipt(contact, response)


@router.get("", summary="The people of one organisation")
async def find_contacts(
    caller: Member, context: Asked, organisation_id: UUID
) -> list[ContactAnswer]:
    home = await ORGANISATIONS.get(context.session, organisation_id)
    check_speaks(caller, home)
    found = await contacts_of(context.session, organisation_id)
    return [ContactAnswer.of(attempt) for attempt in await CONTACTS.attempts(context, found)]


@router.get("/{contact_id}", summary="One person")
async def show_contact(
    caller: Member, context: Asked, contact_id: UUID, response: Response
) -> ContactAnswer:
    contact = await CONTACTS.get(context.session, contact_id)
    attempt = await CONTACTS.attempt(context, contact)
    check_may_see(attempt)
    set_etag(response, contact.version)
    return ContactAnswer.of(attempt)


@router.get("/{contact_id}/export", summary="Everything that is held about one person")
async def export(caller: Member, context: Asked, contact_id: UUID) -> Export:
    contact = await CONTACTS.get(context.session, contact_id)
    attempt = await CONTACTS.attempt(context, contact)
    check_may_export(attempt)
    steps = await steps_of(context.session, contact_id)
    return Export(
        as_of=context.now,
        contact=ContactAnswer.of(attempt),
        history=[ContactStep.model_validate(step.model_dump()) for step in steps],
        elsewhere=elsewhere(contact_id),
    )


@router.patch("/{contact_id}", **described(actions.UPDATE))
async def update_contact(on: OnContact, body: ContactChanges) -> ContactAnswer:
    attempt = await update(on.context, on.id, on.seen, body.to_domain())
    set_etag(on.response, attempt.subject.version)
    return ContactAnswer.of(attempt)


@router.post("/{contact_id}/invite", **described(actions.INVITE))
async def invite_again(on: OnContact) -> Receipt:
    attempt = await invite(on.context, on.id, on.seen)
    return _receipt(attempt.subject, on.response)


@router.delete("/{contact_id}", status_code=204, **described(actions.ERASE))
async def erase_contact(on: OnContact) -> None:
    await erase(on.context, on.id, on.seen)


def _receipt(contact: Contact, response: Response) -> Receipt:
    set_etag(response, contact.version)
    return Receipt(id=contact.id, organisation_id=contact.organisation_id, version=contact.version)
