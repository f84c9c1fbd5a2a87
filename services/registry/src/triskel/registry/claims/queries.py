"""What is read of claims: for decisions, for searches, for people."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import OrganisationStatus
from triskel.registry.claims.refusals import ClaimNotYours
from triskel.registry.claims.rules import Claim, ClaimState, Facts, Queue
from triskel.registry.claims.tables import CLAIM, ClaimRow
from triskel.registry.contacts.rules.addresses import masked
from triskel.registry.contacts.rules.contact import Contact
from triskel.registry.contacts.tables import CONTACT, ContactRow
from triskel.registry.organisations.queries import organisations_of


def check_may_read(caller: Caller, claim: Claim) -> None:
    """Its claimant and the coordinator. Raises `ClaimNotYours`."""
    if not caller.coordinates(claim.region) and claim.claimant != caller.pseudonym:
        raise ClaimNotYours


async def facts_of(session: AsyncSession, claims: Sequence[Claim]) -> dict[UUID, Facts]:
    """What decisions on these claims need, in one query at most."""
    homes = await organisations_of(session, {claim.organisation_id for claim in claims})
    facts = {
        home.id: Facts(OrganisationStatus(home.status), home.mailbox and masked(home.mailbox))
        for home in homes.values()
    }
    return {claim.id: facts[claim.organisation_id] for claim in claims}


async def queue_of(session: AsyncSession, organisation_id: UUID, claimant: str) -> Queue:
    """What there is already where this person would claim this organisation."""
    own = ClaimRow.__table__.c
    of_it, of_person = own.organisation_id == organisation_id, own.claimant == claimant
    is_open, is_rejected = own.state == ClaimState.OPEN, own.state == ClaimState.REJECTED
    counted = func.count().filter
    found = await session.execute(
        select(
            counted(of_it, is_open),
            counted(of_person, is_open),
            counted(of_it, of_person, is_open),
            counted(of_it, of_person, is_rejected),
        ).where(or_(of_it, of_person))
    )
    in_queue, by_person, waiting, rejected = found.one()
    earlier = ClaimState.OPEN if waiting else ClaimState.REJECTED if rejected else None
    return Queue(in_queue, by_person, earlier)


async def search(
    session: AsyncSession, region: str, state: ClaimState, page: PageRequest
) -> tuple[list[Claim], str | None]:
    """A page of a region's claims, the oldest first, and the cursor of the next."""
    own = ClaimRow.__table__.c
    statement = select(ClaimRow).where(own.region == region, own.state == state)
    rows, following = await paginate(session, statement, keys=[own.at, own.id], page=page)
    return [CLAIM.to_domain(row) for (row,) in rows], following


async def people_of(session: AsyncSession, claims: Sequence[Claim]) -> dict[UUID, Contact]:
    """The claimants, by the ids of their claims."""
    wanted = {claim.contact_id: claim.id for claim in claims if claim.contact_id is not None}
    rows = await session.scalars(select(ContactRow).where(ContactRow.__table__.c.id.in_(wanted)))
    return {wanted[row.id]: CONTACT.to_domain(row) for row in rows}
