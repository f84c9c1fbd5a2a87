"""Claims of imported organisations: made, verified by the official mailbox or the coordinator."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import ConfirmedBy, OrganisationStatus, Role
from triskel.contracts.refusals import NotFound
from triskel.registry.claims import rules as rules
from triskel.registry.claims.rules import ClaimReason, ClaimState
from triskel.registry.claims.tables import ClaimRow
from triskel.registry.contacts.commands import contacts
from triskel.registry.contacts.rules.contact import answer_by
from triskel.registry.contacts.rules.tokens import new_token
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.organisations import commands as organisations
from triskel.registry.organisations.rules.organisation import Actor
from triskel.registry.organisations.tables import OrganisationRow

THE_COORDINATOR = Actor(own=False, coordinator=True, roles=frozenset({Role.COORDINATOR}))


def claimant_of(issuer: str, subject: str) -> str:
    """Who claims, as a hash: it tells two people apart and says nothing of them."""
    return hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> ClaimRow:
    """Raises `NotFound`."""
    row = await session.get(ClaimRow, number, with_for_update=lock)
    if row is None:
        raise NotFound("claim-unknown", "There is no such claim.", field="id", value=str(number))
    return row


def of_region(region: str, state: ClaimState) -> Select[Any]:
    return select(ClaimRow).where(
        ClaimRow.region == region,  # type: ignore[arg-type]
        ClaimRow.state == state,  # type: ignore[arg-type]
    )


async def _queue(session: AsyncSession, organisation: UUID, claimant: str) -> rules.Queue:
    column = ClaimRow.__table__.c
    count = select(func.count()).select_from(ClaimRow).where(column.state == ClaimState.OPEN)
    earlier = await session.scalars(
        select(ClaimRow.state).where(  # type: ignore[call-overload]
            column.claimant == claimant, column.organisation_id == organisation
        )
    )
    states = {ClaimState(state) for state in earlier}
    waiting = [state for state in (ClaimState.OPEN, ClaimState.REJECTED) if state in states]
    return rules.Queue(
        of_organisation=await session.scalar(count.where(column.organisation_id == organisation))
        or 0,
        of_person=await session.scalar(count.where(column.claimant == claimant)) or 0,
        earlier=waiting[0] if waiting else None,
    )


async def claim(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    details: dict[str, Any],
    claimant: str,
    acting: contacts.Acting,
) -> ClaimRow:
    """A person says that they speak for an organisation. They become its contact, whom nobody has
    confirmed; the official mailbox gets a token, or the coordinator decides. Raises the domain's
    refusal."""
    # one person's claims come one after the other, so that they are counted right
    await session.execute(
        text("select pg_advisory_xact_lock(hashtext('claims'), hashtext(:who))"), {"who": claimant}
    )
    home = await organisations.one(session, number, lock=True)
    queue = await _queue(session, number, claimant)
    status = OrganisationStatus(home.status)
    if refused := rules.refusal_to_claim(status, home.open, queue):
        raise refused
    contact = await contacts.add(session, number, details, acting, "claim")
    token, digest = new_token() if home.mailbox else (None, None)
    row = ClaimRow(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        region=home.region,
        organisation_id=number,
        contact_id=contact.id,
        claimant=claimant,
        by_mailbox=home.mailbox is not None,
        state=ClaimState.OPEN,
        at=acting.now,
        expires_at=answer_by(acting.now, acting.zone),
        digest=digest,
        decided_at=None,
        reason=None,
    )
    session.add(row)
    event = said.OrganisationClaimRequested(
        contact=contacts.state_of(contact),
        claim_id=row.id,
        mailbox=home.mailbox,
        token=token and acting.links.seal(token, contact.id),
        expires_at=row.expires_at,
    )
    await outbox.record(session, event)
    return row


async def decide(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    action: str,
    reason: ClaimReason,
    coordinator: bool,
    expected: Seen,
    now: datetime,
) -> ClaimRow:
    """Approve or reject. Raises the domain's refusal."""
    known = await one(session, number)
    home = await organisations.one(session, known.organisation_id, lock=True)
    row = await one(session, number, lock=True)
    state, status = ClaimState(row.state), OrganisationStatus(home.status)
    if refused := rules.refusal(action, state, row.expires_at, status, coordinator, now):
        raise refused
    check_version(expected, row.version)
    if action == "approve":
        await accept(session, outbox, row, home, THE_COORDINATOR, now)
    else:
        await close(session, outbox, row, ClaimState.REJECTED, reason, now)
    return row


async def accept(
    session: AsyncSession,
    outbox: Outbox,
    row: ClaimRow,
    home: OrganisationRow,
    verifier: Actor,
    now: datetime,
) -> None:
    """The claim is verified: the organisation is claimed, its contact confirmed, and who else
    claimed it is refused. Its link ends. The organisation and the claim are locked."""
    assert row.contact_id is not None
    seen = Seen.version(home.version)
    await organisations.decide(session, outbox, home.id, "claim", verifier, seen, None, now)
    contact = await contacts.one(session, row.contact_id, lock=True)
    contact.version += 1
    contacts.confirm(contact, ConfirmedBy.CLAIM, now)
    contacts.step(session, contact, "claim-accepted", verifier.role, now)
    row.state, row.decided_at, row.version = ClaimState.ACCEPTED, now, row.version + 1
    row.digest = None
    await session.flush()
    await outbox.record(session, said.ContactConfirmed(contact=contacts.state_of(contact)))
    others = await session.scalars(
        select(ClaimRow)
        .where(
            ClaimRow.organisation_id == home.id,  # type: ignore[arg-type]
            ClaimRow.state == ClaimState.OPEN,  # type: ignore[arg-type]
        )
        .order_by(ClaimRow.id)  # type: ignore[arg-type]
        .with_for_update()
    )
    for other in others.all():
        why = ClaimReason.CLAIMED_BY_ANOTHER
        await close(session, outbox, other, ClaimState.REJECTED, why, now)


async def close(
    session: AsyncSession,
    outbox: Outbox,
    row: ClaimRow,
    state: ClaimState,
    reason: ClaimReason,
    now: datetime,
) -> None:
    """End a locked claim that came to nothing; its claimant is forgotten, since there is no reason
    any more to keep the person."""
    person, row.contact_id = row.contact_id, None
    row.state, row.reason, row.decided_at, row.digest = state, reason, now, None
    row.version += 1
    await session.flush()
    if person is not None:
        await contacts.forget(session, outbox, await contacts.one(session, person, lock=True))


async def people_of(session: AsyncSession, rows: list[ClaimRow]) -> dict[UUID | None, said.Contact]:
    """The claimants, by the ids of their contacts."""
    wanted = [row.contact_id for row in rows if row.contact_id is not None]
    found = await session.scalars(select(ContactRow).where(ContactRow.id.in_(wanted)))  # type: ignore[attr-defined]
    return {row.id: contacts.state_of(row) for row in found}
