"""What is read of contacts: for decisions, for people."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.regions import settings_in
from triskel.contracts.codes import OrganisationKind, Side
from triskel.registry.contacts.rules.contact import (
    Contact,
    ContactAttempt,
    Facts,
    may_manage,
    may_see,
    speaks,
)
from triskel.registry.contacts.tables import CONTACT, ContactRow, ContactStepRow
from triskel.registry.organisations.queries import FACTS
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.regions.tables import RegionRow

# whether somebody claims; what that means is the affair of `claims`
CLAIMS = table(
    "claims",
    column("id", Uuid),
    column("contact_id", Uuid),
    column("organisation_id", Uuid),
    column("state", Text),
)

FACTS["has_people"] = (
    select(ContactRow.__table__.c.id)
    .where(ContactRow.__table__.c.organisation_id == OrganisationRow.__table__.c.id)
    .exists()
)


def contact_actor(caller: Caller, region: str) -> Actor:
    """This caller where the contacts of a region are concerned."""
    sides = {Side.COORDINATOR} if caller.coordinates(region) else set()
    return Actor(
        caller.roles, frozenset(sides), organisation=caller.organisation, contact=caller.contact
    )


def actor_of(caller: Caller, contact: Contact) -> Actor:
    return contact_actor(caller, contact.region)


async def facts_of(session: AsyncSession, contacts: Sequence[Contact]) -> dict[UUID, Facts]:
    """What decisions on these contacts need, in one query."""
    home, claim = OrganisationRow.__table__.c, CLAIMS.c
    found = await session.execute(
        select(home.id, home.kind, claim.contact_id, home.region, RegionRow)
        .outerjoin(
            CLAIMS,
            and_(
                claim.contact_id.in_([contact.id for contact in contacts]),
                claim.state == "open",
                claim.organisation_id == home.id,
            ),
        )
        .outerjoin(RegionRow, RegionRow.__table__.c.region == home.region)
        .where(home.id.in_({contact.organisation_id for contact in contacts}))
    )
    rows = found.all()
    homes = {
        organisation_id: Facts(OrganisationKind(kind), settings=settings_in(region, decided))
        for organisation_id, kind, _, region, decided in rows
    }
    claiming = {contact_id for _, _, contact_id, *_ in rows}
    return {
        contact.id: replace(homes[contact.organisation_id], claiming=contact.id in claiming)
        for contact in contacts
    }


def check_speaks(caller: Caller, home: Organisation) -> None:
    """Raises `OrganisationNotYours` unless this is one of the organisation's people or the
    coordinator."""
    if not speaks(contact_actor(caller, home.region), home.id, home.kind):
        raise OrganisationNotYours


def check_may_see(attempt: ContactAttempt) -> None:
    """Its organisation's people and the coordinator. Raises `OrganisationNotYours`."""
    if refused := may_see(attempt):
        raise refused


def check_may_export(attempt: ContactAttempt) -> None:
    """Themselves, who leads their organisation, and the coordinator. Raises `Forbidden`."""
    if refused := may_manage(attempt):
        raise refused


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
