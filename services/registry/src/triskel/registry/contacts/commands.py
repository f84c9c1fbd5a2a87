"""What is done with contacts: registered, erased, moved with their organisation, confirmed, and
whatever else the table of actions has. Names and addresses stay in their own topic."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Uuid, any_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Action, Actor, Attempt
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.chassis.jobs import DueRows
from triskel.chassis.outbox import Outbox
from triskel.chassis.secrets import digest_of, new_secret
from triskel.chassis.versions import Seen
from triskel.chassis.writes import execute_last
from triskel.contracts.days import day_in
from triskel.registry.contacts.actions import ACTIONS, CONFIRM, ERASE, INVITE, MERGE, UPDATE
from triskel.registry.contacts.queries import CLAIMS, actor_of, contact_actor, facts_of
from triskel.registry.contacts.refusals import ContactExists, ContactUnknown
from triskel.registry.contacts.rules.addresses import normalised_email
from triskel.registry.contacts.rules.contact import (
    Contact,
    Facts,
    Invitation,
    Person,
    check_fitting,
    refusal_to_give,
    registered,
)
from triskel.registry.contacts.tables import CONTACT, ContactRow, ContactStepRow, DepartureRow
from triskel.registry.organisations.commands import ORGANISATIONS, survivor_of
from triskel.registry.organisations.rules.organisation import Organisation, refusal_if_merged
from triskel.registry.regions.queries import settings_of

TOPIC = "registry.contacts"
THEMSELVES = "themselves"


def _step(contact: Contact, step: Step) -> ContactStepRow:
    return ContactStepRow(
        contact_id=contact.id,
        version=contact.version,
        action=step.action,
        by=THEMSELVES if step.action == CONFIRM.name else step.by,
        at=step.at,
        fields=sorted(step.fields),
    )


async def _lock(
    session: AsyncSession, contact_id: UUID, action: Action[Contact, Facts, ...]
) -> ContactRow | None:
    """Erased after their claims are locked, in the order in which claims are decided."""
    if action is ERASE:
        of_contact = select(CLAIMS.c.id).where(CLAIMS.c.contact_id == contact_id)
        await session.execute(of_contact.with_for_update())
    return await session.get(ContactRow, contact_id, with_for_update=True)


CONTACTS = Aggregate(
    name="contact",
    shape=CONTACT,
    actions=ACTIONS,
    unknown=ContactUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
    step_of=_step,
    lock=_lock,
)


async def register(context: Context, home: Organisation, person: Person) -> Contact:
    """A person speaks for an organisation: they are invited to confirm it, unless the coordinator
    holds their consent. Raises as `new_contact`."""
    actor = contact_actor(context.caller, home.region)
    contact = await new_contact(context, home, person, actor)
    change = registered(
        contact,
        person.consent_given_on,
        _invitation(context, contact.id),
        await settings_of(context.session, home.region),
        context.now,
        _today(context),
    )
    return await CONTACTS.add(context, "register", change, actor)


async def new_contact(
    context: Context, home: Organisation, person: Person, actor: Actor
) -> Contact:
    """Whom nobody has asked yet, and who is not stored. Raises what this actor may not give,
    `RoleOfAnotherKind`, `EmailMalformed` and `ContactExists`."""
    if refused := refusal_to_give(actor, home.kind, person.roles, person.consent_given_on):
        raise refused
    check_fitting(home.kind, person.roles)
    if merged := refusal_if_merged(home):
        raise merged
    email = normalised_email(person.email)
    await _refuse_double(context.session, home.id, email)
    return Contact(
        id=uuid7(),
        region=home.region,
        version=1,
        organisation_id=home.id,
        name=person.name,
        email=email,
        roles=person.roles,
        language=person.language,
        languages=person.languages,
        channels=person.channels,
    )


async def update(
    context: Context, contact_id: UUID, seen: Seen | None, given: Mapping[str, Any]
) -> Attempt[Contact, Facts]:
    """Change details; `given` has new values by name. Raises the action's refusal and
    `ContactExists`."""
    invitation = _invitation(context, contact_id)
    attempt = await CONTACTS.act(
        context, contact_id, seen, UPDATE, given, invitation, _today(context)
    )
    if "email" in given:
        contact = attempt.subject
        await _refuse_double(
            context.session, contact.organisation_id, contact.email, but=contact_id
        )
    return attempt


async def invite(context: Context, contact_id: UUID, seen: Seen | None) -> Attempt[Contact, Facts]:
    """Ask again. Raises the action's refusal."""
    invitation = _invitation(context, contact_id)
    return await CONTACTS.act(context, contact_id, seen, INVITE, invitation)


async def erase(context: Context, contact_id: UUID, seen: Seen | None) -> None:
    """A person leaves, and their organisation misses them. Raises the action's refusal."""
    attempt = await CONTACTS.act(context, contact_id, seen, ERASE)
    row = await CONTACTS.find(context.session, contact_id)
    await _leave(context.session, context.outbox, [row], context.now)
    await CONTACTS.removed(context, attempt.subject)


async def erase_by_clock(due: DueRows[ContactRow]) -> int:
    """The same, of whom nothing was seen for long."""
    contacts = [CONTACT.to_domain(row) for row in due.rows]
    await _leave(due.session, due.outbox, due.rows, due.now)
    await CONTACTS.removed_by_clock(due, contacts)
    return len(due.rows)


async def _leave(
    session: AsyncSession, outbox: Outbox, rows: Sequence[ContactRow], now: datetime
) -> None:
    left = sorted({row.organisation_id for row in rows})
    departures = insert(DepartureRow).values(
        [{"organisation_id": each, "at": now} for each in left]
    )
    await forget(session, outbox, *rows)
    await execute_last(
        session,
        departures.on_conflict_do_update(index_elements=["organisation_id"], set_={"at": now}),
    )


async def confirm_invited(
    session: AsyncSession, outbox: Outbox, contact_id: UUID, digest: str, now: datetime
) -> bool:
    """The person says yes with the token of this digest. Returns whether it still works: it is
    compared under the lock, since the person may just be invited anew, or the same link be used."""
    own = ContactRow.__table__.c
    row = await session.scalar(
        select(ContactRow)
        .where(own.id == contact_id, own.invitation_digest == digest)
        .with_for_update()
    )
    if row is None:
        return False
    row.invitation_digest = None
    await CONTACTS.act_by_clock(DueRows(session, outbox, [row], now), CONFIRM)
    return True


@ORGANISATIONS.reaction
async def _move(happened: Sequence[Happened[Organisation]]) -> None:
    """The people of an organisation that is merged are the survivor's."""
    for each in happened:
        survivor_id = survivor_of(each)
        if survivor_id is not None and each.facts.has_people:
            by = Actor(frozenset({each.actor.role}))
            await _move_people(each, survivor_id, by)


async def _move_people(happened: Happened[Organisation], survivor_id: UUID, actor: Actor) -> None:
    """Of who is registered with both, the one that confirmed is kept, with the roles of both."""
    session, outbox, now = happened.session, happened.outbox, happened.now
    duplicate_id = happened.after.id
    own = ContactRow.__table__.c
    rows = await session.scalars(
        select(ContactRow)
        .where(own.organisation_id.in_((duplicate_id, survivor_id)))
        .order_by(own.id)
        .with_for_update()
    )
    both = rows.all()
    there = {row.email.lower(): row for row in both if row.organisation_id == survivor_id}
    for row in [row for row in both if row.organisation_id == duplicate_id]:
        kept = row
        given: dict[str, Any] = {"organisation_id": survivor_id}
        if known := there.get(row.email.lower()):
            kept, other = sorted((known, row), key=lambda contact: not contact.confirmed)
            given["more_roles"] = CONTACT.to_domain(other).roles
            # whoever is kept may have the same address there
            await forget(session, outbox, other, at_once=True)
        due = DueRows(session, outbox, [kept], now)
        await CONTACTS.act_by_clock(
            due, MERGE, given=partial(_same, given), actor=actor, facts=Facts(happened.after.kind)
        )


def _same(given: Mapping[str, Any], _: Contact) -> Mapping[str, Any]:
    return given


async def forget(
    session: AsyncSession, outbox: Outbox, *rows: ContactRow, at_once: bool = False
) -> None:
    """Forget people here, at the end of the transaction or `at_once`, and tell every reader to
    forget: a tombstone. Their older records leave the log by compaction. A claim of theirs goes
    with them, as its foreign key says. They are locked."""
    gone = any_(literal([row.id for row in rows], ARRAY(Uuid)))
    for row in rows:
        session.expunge(row)
    for column in (ContactStepRow.__table__.c.contact_id, ContactRow.__table__.c.id):
        statement = delete(column.table).where(column == gone)
        await (session.execute(statement) if at_once else execute_last(session, statement))
    # the outbox keeps what was said for a while: it must forget, too
    await outbox.forget(session, TOPIC, *(str(row.id) for row in rows))


async def _refuse_double(
    session: AsyncSession, organisation_id: UUID, email: str, but: UUID | None = None
) -> None:
    own = ContactRow.__table__.c
    known = await session.scalars(
        select(own.id).where(
            own.organisation_id == organisation_id, func.lower(own.email) == func.lower(email)
        )
    )
    if set(known) - {but}:
        raise ContactExists


def _invitation(context: Context, contact_id: UUID) -> Invitation:
    token = new_secret()
    digest = digest_of(token).hex()
    return Invitation(digest, context.settings.links.seal(token, contact_id))


def _today(context: Context) -> date:
    return day_in(context.now, ZoneInfo(context.settings.time_zone))
