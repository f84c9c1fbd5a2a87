"""What is done with memberships: asked for by a contact who confirms, had by who claimed, granted
to a known identity, and what follows for them when people or organisations go."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import CLOCK, Actor, Attempt
from triskel.chassis.auth import person_of
from triskel.chassis.commands import Aggregate, Context, Happened
from triskel.chassis.jobs import DueRows
from triskel.contracts.people_codes import MemberRole, MembershipState
from triskel.registry.claims.commands import CLAIMS
from triskel.registry.claims.rules import THE_COORDINATOR, Claim, ClaimState
from triskel.registry.confirmations.commands import confirm
from triskel.registry.confirmations.queries import find_confirmation
from triskel.registry.contacts.commands import CONTACTS
from triskel.registry.contacts.rules.contact import Contact
from triskel.registry.memberships.actions import ACTIONS, FORGET_PERSON, GIVE_WAY, MOVE
from triskel.registry.memberships.queries import (
    actor_of,
    check_leads,
    facts_of,
    living,
    lock,
)
from triskel.registry.memberships.refusals import (
    AlreadyAMember,
    IssuerNotTrusted,
    MembershipUnknown,
    NoMemberRole,
)
from triskel.registry.memberships.rules import (
    Facts,
    Membership,
    check_fitting,
    granted,
    requested,
    roles_of_contact,
)
from triskel.registry.memberships.tables import MEMBERSHIP, MembershipRow
from triskel.registry.organisations.commands import ORGANISATIONS, survivor_of
from triskel.registry.organisations.rules.organisation import Organisation

_own = MembershipRow.__table__.c

MEMBERSHIPS = Aggregate(
    name="membership",
    shape=MEMBERSHIP,
    actions=ACTIONS,
    unknown=MembershipUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
    lock=lock,
)


async def grant(
    context: Context,
    organisation_id: UUID,
    issuer: str,
    subject: str,
    roles: tuple[MemberRole, ...],
) -> Attempt[Membership, Facts]:
    """Whoever leads the organisation, or the coordinator, lets in an identity that they know.
    Raises `OrganisationUnknown`, `MembersByHeadOnly`, `MemberRoleOfAnotherKind`,
    `IssuerNotTrusted` and `AlreadyAMember`."""
    home = await ORGANISATIONS.get(context.session, organisation_id)
    actor = check_leads(context.caller, home)
    check_fitting(home.kind, roles)
    trusted = context.settings.issuers
    if not any(each.issuer == issuer and home.region in each.regions for each in trusted):
        raise IssuerNotTrusted(region=home.region, value=issuer)
    person = person_of(issuer, subject)
    if await living(context.session, person, home.id):
        raise AlreadyAMember
    made = _new(home, person, roles, context.now)
    made = await MEMBERSHIPS.add(context, "grant", granted(made), actor)
    return await MEMBERSHIPS.attempt(context, made)


async def confirm_as(context: Context, token: str) -> Attempt[Membership, Facts]:
    """A person confirms with the token of their mail, which proves the mailbox, and a token of
    their own, which proves who they are: the two are one from now on, and whoever leads the
    organisation is asked. Raises `TokenUnknown`, `RegionNotYours` and `NoMemberRole`."""
    asked = await find_confirmation(context.session, token, context.now)
    home = await ORGANISATIONS.get(context.session, asked.organisation_id)
    context.caller.require_region(home.region)
    contact = await CONTACTS.get(context.session, asked.contact_id)
    roles = roles_of_contact(contact.roles, home.kind)
    if not roles:
        raise NoMemberRole
    await confirm(context.session, context.outbox, token, context.now)
    person = context.caller.pseudonym
    known = await living(context.session, person, home.id)
    if known is None:
        made = _new(home, person, roles, context.now, contact.id)
        actor = actor_of(context.caller, made)
        await MEMBERSHIPS.add(context, "request", requested(made), actor)
    else:
        made = MEMBERSHIP.to_domain(known)
    return await MEMBERSHIPS.attempt(context, made)


def _new(
    home: Organisation,
    person: str,
    roles: tuple[MemberRole, ...],
    now: datetime,
    contact_id: UUID | None = None,
) -> Membership:
    return Membership(
        id=uuid7(),
        region=home.region,
        version=1,
        organisation_id=home.id,
        person=person,
        roles=roles,
        state=MembershipState.PENDING,
        at=now,
        contact_id=contact_id,
    )


@CLAIMS.reaction
async def let_in_the_claimant(happened: Sequence[Happened[Claim]]) -> None:
    """In the transaction that accepts a claim: who claimed is a member."""
    for each in happened:
        claim = each.after
        if claim.state is not ClaimState.ACCEPTED or claim.contact_id is None:
            continue
        home = await ORGANISATIONS.get(each.session, claim.organisation_id)
        contact = await CONTACTS.get(each.session, claim.contact_id)
        roles = roles_of_contact(contact.roles, home.kind)
        if roles and not await living(each.session, claim.claimant, home.id):
            made = granted(_new(home, claim.claimant, roles, each.now, contact.id))
            actor = CLOCK if claim.by_mailbox else THE_COORDINATOR
            await MEMBERSHIPS.add_all(each.session, each.outbox, "claim", [made], actor, each.now)


@CONTACTS.removal
async def end_with_the_person(happened: Sequence[Happened[Contact]]) -> None:
    """In the transaction that erases a person."""
    gone, first = {each.before.id for each in happened if each.before}, happened[0]
    rows = await _living_rows(first.session, _own.contact_id, gone)
    due = DueRows(first.session, first.outbox, rows, first.now)
    await MEMBERSHIPS.act_by_clock(due, FORGET_PERSON)


@ORGANISATIONS.reaction
async def come_along(happened: Sequence[Happened[Organisation]]) -> None:
    """In the transaction that merges an organisation: its members are the survivor's."""
    for each in happened:
        survivor_id = survivor_of(each)
        if survivor_id is not None and each.facts.has_members:
            by = Actor(frozenset({each.actor.role}))
            await _move_members(each, survivor_id, by)


async def _move_members(happened: Happened[Organisation], survivor_id: UUID, actor: Actor) -> None:
    session, outbox, now = happened.session, happened.outbox, happened.now
    duplicate_id = happened.after.id
    both = await _living_rows(session, _own.organisation_id, {duplicate_id, survivor_id})
    there = {row.person for row in both if row.organisation_id == survivor_id}
    gone = [row for row in both if row.organisation_id == duplicate_id]
    double = [row for row in gone if row.person in there]
    moving = [row for row in gone if row.person not in there]
    await MEMBERSHIPS.act_by_clock(DueRows(session, outbox, double, now), GIVE_WAY, actor=actor)
    await MEMBERSHIPS.act_by_clock(
        DueRows(session, outbox, moving, now),
        MOVE,
        given=lambda _: {"organisation_id": survivor_id},
        actor=actor,
    )


async def _living_rows(
    session: AsyncSession, column: object, values: Collection[UUID]
) -> Sequence[MembershipRow]:
    """Those that have not ended, locked, in the order of their ids."""
    rows = await session.scalars(
        select(MembershipRow)
        .where(column.in_(values), _own.state != MembershipState.ENDED)  # type: ignore[attr-defined]
        .order_by(_own.id)
        .with_for_update()
    )
    return rows.all()
