"""What is done with claims of imported organisations: made, verified by the official mailbox or the
coordinator, and what follows for the organisation and its people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from uuid_utils.compat import uuid7

from triskel.chassis.actions import CLOCK, Action, Actor, Attempt, Change
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.coordinated import coordinator_actor
from triskel.chassis.jobs import DueRows
from triskel.chassis.outbox import Outbox
from triskel.chassis.parts import rows_of
from triskel.chassis.secrets import digest_of, new_secret
from triskel.chassis.versions import Seen
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, OrganisationStatus
from triskel.registry.claims.actions import ACTIONS, APPROVE, GIVE_WAY, REJECT
from triskel.registry.claims.queries import facts_of, queue_of
from triskel.registry.claims.refusals import ClaimUnknown
from triskel.registry.claims.rules import (
    THE_COORDINATOR,
    Claim,
    ClaimReason,
    ClaimState,
    Facts,
    refusal_to_claim,
)
from triskel.registry.claims.tables import CLAIM, ClaimRow
from triskel.registry.contacts.actions import ACCEPT_CLAIM
from triskel.registry.contacts.commands import CONTACTS, forget, new_contact
from triskel.registry.contacts.queries import contact_actor
from triskel.registry.contacts.rules.addresses import masked
from triskel.registry.contacts.rules.contact import Facts as ContactFacts
from triskel.registry.contacts.rules.contact import Person, answer_by
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.organisations.actions import CLAIM as CLAIM_ORGANISATION
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.organisation import Facts as OrganisationFacts
from triskel.registry.organisations.tables import ORGANISATION, OrganisationRow
from triskel.registry.regions.queries import settings_of


async def _locked(session: AsyncSession, claim_id: UUID) -> dict[UUID, ClaimRow]:
    """A claim, if there is one, and those that are open beside it, with their claimants: all are
    locked after their organisation, so that of two that are decided at once the later finds it
    claimed."""
    own, person = ClaimRow.__table__.c, ContactRow.__table__.c
    its = select(own.organisation_id).where(own.id == claim_id).scalar_subquery()
    same = OrganisationRow.__table__.c.id == its
    for home in await rows_of(session, ORGANISATION, same, lock=True):
        ORGANISATIONS.hold(session, home, home.id)
    beside = and_(own.organisation_id == its, own.state == ClaimState.OPEN)
    claims = select(ClaimRow).where(or_(own.id == claim_id, beside)).order_by(own.id)
    locked = claims.with_for_update().cte("locked_claims")
    claimants = select(ContactRow).where(person.id.in_(select(locked.c.contact_id)))
    people = claimants.order_by(person.id).with_for_update().cte("locked_people")
    claim_row, contact_row = aliased(ClaimRow, locked), aliased(ContactRow, people)
    found = await session.execute(
        select(claim_row, contact_row)
        .outerjoin(contact_row, people.c.id == locked.c.contact_id)
        .order_by(locked.c.id)
        .execution_options(populate_existing=True)
    )
    rows = {}
    for claim, contact in found:
        rows[claim.id] = CLAIMS.hold(session, claim, claim.id)
        if contact is not None:
            CONTACTS.hold(session, contact, contact.id)
    return rows


async def _lock(
    session: AsyncSession, claim_id: UUID, action: Action[Claim, Facts, ...]
) -> ClaimRow | None:
    return (await _locked(session, claim_id)).get(claim_id)


CLAIMS = Aggregate(
    name="claim",
    shape=CLAIM,
    actions=ACTIONS,
    unknown=ClaimUnknown,
    actor_of=coordinator_actor,
    facts_of=facts_of,
    lock=_lock,
)


async def claim(context: Context, organisation_id: UUID, person: Person) -> Attempt[Claim, Facts]:
    """A person says that they speak for an organisation. They become its contact, whom nobody has
    confirmed; the official mailbox gets a token, or the coordinator decides. Raises what refuses
    the claim, and as `new_contact`."""
    claimant = context.caller.pseudonym
    # one person's claims come one after the other, so that they are counted right
    await context.session.execute(
        text("select pg_advisory_xact_lock(hashtext('claims'), hashtext(:who))"), {"who": claimant}
    )
    row = await ORGANISATIONS.find(context.session, organisation_id, lock=True)
    home = ORGANISATION.to_domain(row)
    queue = await queue_of(context.session, organisation_id, claimant)
    if refused := refusal_to_claim(home.status, home.open, queue):
        raise refused
    actor = contact_actor(context.caller, home.region)
    contact = await new_contact(context, home, person, actor)
    token = new_secret() if home.mailbox else None
    digest = digest_of(token).hex() if token else None
    made = Claim(
        id=uuid7(),
        region=home.region,
        version=1,
        organisation_id=organisation_id,
        contact_id=contact.id,
        claimant=claimant,
        by_mailbox=home.mailbox is not None,
        state=ClaimState.OPEN,
        at=context.now,
        expires_at=answer_by(context.now, await settings_of(context.session, home.region)),
        digest=digest,
    )
    asked = {
        "claim_id": made.id,
        "mailbox": home.mailbox,
        "token": token and context.settings.links.seal(token, contact.id),
        "expires_at": made.expires_at,
    }
    requested = Change(contact, contract.OrganisationClaimRequested, asked)
    await CONTACTS.add(context, "claim", requested, actor)
    await CLAIMS.add(context, "claim", Change(made, None), actor)
    facts = Facts(home.status, masked(home.mailbox) if home.mailbox else None)
    return Attempt(made, coordinator_actor(context.caller, made), facts, context.now)


async def approve(context: Context, claim_id: UUID, seen: Seen | None) -> Attempt[Claim, Facts]:
    """Raises the action's refusal."""
    session = context.session
    rows = await _locked(session, claim_id)
    claim = CLAIM.to_domain(CLAIMS.hold(session, rows.pop(claim_id, None), claim_id))
    before = await CLAIMS.attempt(context, claim)
    attempt = await CLAIMS.act_on(context, before, seen, APPROVE)
    others = [*rows.values()]
    await _accepted(session, context.outbox, attempt.subject, others, THE_COORDINATOR, context.now)
    return replace(attempt, facts=replace(attempt.facts, status=OrganisationStatus.APPROVED))


async def reject(
    context: Context, claim_id: UUID, seen: Seen | None, reason: ClaimReason
) -> Attempt[Claim, Facts]:
    """Raises the action's refusal."""
    claim = CLAIM.to_domain(await CLAIMS.locked(context.session, claim_id, REJECT))
    before = await CLAIMS.attempt(context, claim)
    attempt = await CLAIMS.act_on(context, before, seen, REJECT, reason)
    await forget_people(context.session, context.outbox, {claim.contact_id})
    return attempt


async def verify_by_mailbox(
    session: AsyncSession, outbox: Outbox, claim_id: UUID, digest: str, now: datetime
) -> bool:
    """Who reads the official mailbox says yes with the token of this digest. Returns whether it
    still works."""
    rows = await _locked(session, claim_id)
    row = rows.pop(claim_id, None)
    if row is None or row.digest != digest:
        return False
    if not await CLAIMS.act_by_clock(DueRows(session, outbox, [row], now), APPROVE):
        return False
    claim = CLAIM.to_domain(row)
    await _accepted(session, outbox, claim, [*rows.values()], CLOCK, now)
    return True


async def _accepted(
    session: AsyncSession,
    outbox: Outbox,
    claim: Claim,
    others: Sequence[ClaimRow],
    actor: Actor,
    now: datetime,
) -> None:
    """The organisation is claimed, its contact confirmed, and the others who claim it are refused.
    All are locked."""
    assert claim.contact_id is not None
    home = await ORGANISATIONS.find(session, claim.organisation_id)
    contact = await CONTACTS.find(session, claim.contact_id)
    people = {row.contact_id for row in others}
    await ORGANISATIONS.act_by_clock(
        DueRows(session, outbox, [home], now),
        CLAIM_ORGANISATION,
        actor=actor,
        facts=OrganisationFacts(),
    )
    await CONTACTS.act_by_clock(
        DueRows(session, outbox, [contact], now),
        ACCEPT_CLAIM,
        actor=actor,
        facts=ContactFacts(OrganisationKind(home.kind)),
    )
    given_way = DueRows(session, outbox, others, now)
    await CLAIMS.act_by_clock(given_way, GIVE_WAY, facts=Facts(OrganisationStatus.APPROVED))
    await forget_people(session, outbox, people)


async def forget_people(
    session: AsyncSession, outbox: Outbox, contact_ids: Collection[UUID | None]
) -> None:
    """Of claims that came to nothing, and do not name them any more."""
    wanted = sorted(each for each in contact_ids if each is not None)
    if people := [await CONTACTS.find(session, each, lock=True) for each in wanted]:
        await forget(session, outbox, *people)
