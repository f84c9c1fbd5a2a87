"""What is read of contacts: for decisions, for people."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.contracts.codes import Side
from triskel.registry.contacts.rules.contact import Contact, Facts
from triskel.registry.contacts.tables import CONTACT, ContactRow, ContactStepRow

# whether somebody claims; what that means is the affair of `claims`
CLAIMS = table("claims", column("id", Uuid), column("contact_id", Uuid), column("state", Text))


def contact_actor(caller: Caller, region: str) -> Actor:
    """This caller where the contacts of a region are concerned."""
    sides = {Side.COORDINATOR} if caller.coordinates(region) else set()
    return Actor(caller.roles, frozenset(sides), organisation=caller.organisation)


def actor_of(caller: Caller, contact: Contact) -> Actor:
    return contact_actor(caller, contact.region)


async def facts_of(session: AsyncSession, contacts: Sequence[Contact]) -> dict[UUID, Facts]:
    """What decisions on these contacts need, in one query."""
    ids = [contact.id for contact in contacts]
    found = await session.scalars(
        select(CLAIMS.c.contact_id).where(CLAIMS.c.contact_id.in_(ids), CLAIMS.c.state == "open")
    )
    claiming = set(found)
    return {contact_id: Facts(contact_id in claiming) for contact_id in ids}


def check_may_read(caller: Caller, contact: Contact) -> None:
    """Its organisation's people and the coordinator. Raises `Forbidden`."""
    caller.require_organisation(contact.region, contact.organisation_id)


async def contacts_of(session: AsyncSession, organisation_id: UUID) -> list[Contact]:
    """The people of an organisation."""
    own = ContactRow.__table__.c
    rows = await session.scalars(
        select(ContactRow).where(own.organisation_id == organisation_id).order_by(own.id)
    )
    return [CONTACT.to_domain(row) for row in rows]


async def steps_of(session: AsyncSession, contact_id: UUID) -> Sequence[ContactStepRow]:
    """Its history, the oldest first."""
    own = ContactStepRow.__table__.c
    rows = await session.scalars(
        select(ContactStepRow).where(own.contact_id == contact_id).order_by(own.version)
    )
    return rows.all()
