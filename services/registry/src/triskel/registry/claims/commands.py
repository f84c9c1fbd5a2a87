"""What is done with claims of imported organisations: made, verified by the official mailbox or the
coordinator, and what follows for the organisation and its people."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
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
from triskel.registry.organisations.actions import CLAIM as CLAIM_ORGANISATION
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.organisation import Facts as OrganisationFacts
from triskel.registry.organisations.tables import ORGANISATION, OrganisationRow


async def _lock(
    session: AsyncSession, claim_id: UUID, action: Action[Claim, Facts, ...]
) -> ClaimRow | None:
    """After its organisation: of two claims decided at once, the later finds it claimed. The
    claimant is locked with it."""
    own = ClaimRow.__table__.c
    its = select(own.organisation_id).where(own.id == claim_id).scalar_subquery()
    same = OrganisationRow.__table__.c.id == its
    for home in await rows_of(session, ORGANISATION, same, lock=True):
        ORGANISATIONS.hold(session, home, home.id)
    claim = await session.get(ClaimRow, claim_id, with_for_update=True)
    if claim is not None and claim.contact_id is not None:
        await CONTACTS.find(session, claim.contact_id, lock=True)
    return claim


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
        expires_at=answer_by(context.now, ZoneInfo(context.settings.time_zone)),
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
    attempt = await CLAIMS.act(context, claim_id, seen, APPROVE)
    await _accepted(context.session, context.outbox, attempt.subject, THE_COORDINATOR, context.now)
    return replace(attempt, facts=replace(attempt.facts, status=OrganisationStatus.APPROVED))


async def reject(
    context: Context, claim_id: UUID, seen: Seen | None, reason: ClaimReason
) -> Attempt[Claim, Facts]:
    """Raises the action's refusal."""
    contact_id = (await CLAIMS.get(context.session, claim_id)).contact_id
    attempt = await CLAIMS.act(context, claim_id, seen, REJECT, reason)
    await forget_people(context.session, context.outbox, {contact_id})
    return attempt


async def verify_by_mailbox(
    session: AsyncSession, outbox: Outbox, claim_id: UUID, digest: str, now: datetime
) -> bool:
    """Who reads the official mailbox says yes with the token of this digest. Returns whether it
    still works."""
    row = await _lock(session, claim_id, APPROVE)
    if row is None or row.digest != digest:
        return False
    if not await CLAIMS.act_by_clock(DueRows(session, outbox, [row], now), APPROVE):
        return False
    claim = CLAIM.to_domain(row)
    await _accepted(session, outbox, claim, CLOCK, now)
    return True


async def _accepted(
    session: AsyncSession,
    outbox: Outbox,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> None:
    """The organisation is claimed, its contact confirmed, and who else claimed it is refused. The
    organisation and the claim are locked."""
    assert claim.contact_id is not None
    own = ClaimRow.__table__.c
    # what is decided is written together, at the end
    with session.no_autoflush:
        home = await ORGANISATIONS.find(session, claim.organisation_id)
        contact = await CONTACTS.find(session, claim.contact_id)
        others = await session.scalars(
            select(ClaimRow)
            .where(own.organisation_id == home.id, own.state == ClaimState.OPEN, own.id != claim.id)
            .order_by(own.id)
            .with_for_update()
        )
        rows = others.all()
    people = {row.contact_id for row in rows}
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
    given_way = DueRows(session, outbox, rows, now)
    await CLAIMS.act_by_clock(given_way, GIVE_WAY, facts=Facts(OrganisationStatus.APPROVED))
    await forget_people(session, outbox, people)


async def forget_people(
    session: AsyncSession, outbox: Outbox, contact_ids: Collection[UUID | None]
) -> None:
    """Of claims that came to nothing, and do not name them any more."""
    wanted = sorted(each for each in contact_ids if each is not None)
    if wanted:
        await session.flush()
    for contact_id in wanted:
        await forget(session, outbox, await CONTACTS.find(session, contact_id, lock=True))
