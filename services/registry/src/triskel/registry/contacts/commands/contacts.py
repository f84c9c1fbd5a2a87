"""Contacts: register, invite, update, erase. Names and addresses stay in their own topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.links import SealedLinks
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import ConfirmedBy, Role
from triskel.contracts.days import day_in
from triskel.contracts.refusals import Conflict, NotFound
from triskel.registry.claims.rules import ClaimState
from triskel.registry.claims.tables import ClaimRow
from triskel.registry.contacts.rules import contact as rules
from triskel.registry.contacts.rules.tokens import new_token
from triskel.registry.contacts.tables import ContactRow, ContactStepRow
from triskel.registry.organisations.commands import one as one_organisation
from triskel.registry.organisations.rules.organisation import check_not_merged
from triskel.registry.partnerships.commands import contact_left

TOPIC = "registry.contacts"
THEMSELVES = "themselves"


@dataclass(frozen=True)
class Acting:
    """Who acts on a contact, by role, and when; `zone` is the one that days are meant in, `links`
    seals a token that goes into an event."""

    by: str
    coordinator: bool
    now: datetime
    zone: tzinfo
    links: SealedLinks


def state_of(row: ContactRow) -> said.Contact:
    return said.Contact.model_validate(row.model_dump(include=set(said.Contact.model_fields)))


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> ContactRow:
    """Raises `NotFound`."""
    row = await session.get(ContactRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "contact-unknown", "There is no such contact.", field="id", value=str(number)
        )
    return row


async def of_organisation(session: AsyncSession, number: UUID) -> Sequence[ContactRow]:
    rows = await session.scalars(
        select(ContactRow).where(ContactRow.organisation_id == number).order_by(ContactRow.id)  # type: ignore[arg-type]
    )
    return rows.all()


async def claiming(session: AsyncSession, numbers: Sequence[UUID]) -> set[UUID]:
    """Those of these people whose claim of their organisation is open."""
    found = await session.scalars(
        select(ClaimRow.contact_id).where(  # type: ignore[call-overload]
            ClaimRow.contact_id.in_(numbers),  # type: ignore[union-attr]
            ClaimRow.state == ClaimState.OPEN,
        )
    )
    return set(found)


async def history(session: AsyncSession, number: UUID) -> Sequence[ContactStepRow]:
    rows = await session.scalars(
        select(ContactStepRow)
        .where(ContactStepRow.contact_id == number)  # type: ignore[arg-type]
        .order_by(ContactStepRow.version)  # type: ignore[arg-type]
    )
    return rows.all()


async def _refuse_double(
    session: AsyncSession, organisation: UUID, email: str, but: UUID | None
) -> None:
    known = await session.scalar(
        select(ContactRow.id).where(  # type: ignore[call-overload]
            ContactRow.organisation_id == organisation,
            func.lower(ContactRow.email) == func.lower(email),
        )
    )
    if known is not None and known != but:
        raise Conflict(
            "contact-exists", "This organisation has a contact with this address.", field="email"
        )


async def add(
    session: AsyncSession, organisation: UUID, details: dict[str, Any], acting: Acting, action: str
) -> ContactRow:
    """A new person, whom nobody has asked yet. Raises `Conflict` for one who is there already."""
    home = await one_organisation(session, organisation)
    check_not_merged(home.merged_into)
    email = rules.normalised_email(details["email"])
    rules.check_roles(map(Role, details["roles"]), coordinator=acting.coordinator)
    await _refuse_double(session, organisation, email, None)
    row = ContactRow(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        region=home.region,
        organisation_id=organisation,
        confirmed=False,
        **(details | {"email": email}),
    )
    session.add(row)
    await session.flush()
    step(session, row, action, acting.by, acting.now)
    return row


def step(
    session: AsyncSession,
    row: ContactRow,
    action: str,
    by: str,
    now: datetime,
    fields: Sequence[str] = (),
) -> None:
    """Remember what the row's newest version came from."""
    session.add(
        ContactStepRow(
            contact_id=row.id,
            version=row.version,
            action=action,
            by=by,
            at=now,
            fields=sorted(fields),
        )
    )


def confirm(row: ContactRow, by: ConfirmedBy, now: datetime) -> None:
    """They agree; an invitation that is still about stays recognised until it expires."""
    row.confirmed, row.confirmed_by, row.confirmed_at = True, by, now


def _invited(row: ContactRow, acting: Acting) -> said.ContactInvited:
    """Nothing is known of the person's consent: ask them, at the address that they have now."""
    token, row.invitation_digest = new_token()
    row.invited_at = acting.now
    row.invitation_expires_at = rules.answer_by(acting.now, acting.zone)
    row.confirmed, row.confirmed_by, row.confirmed_at, row.consent_given_on = (
        *(False, None),
        *(None, None),
    )
    return said.ContactInvited(
        contact=state_of(row),
        token=acting.links.seal(token, row.id),
        expires_at=row.invitation_expires_at,
    )


def _consented(row: ContactRow, details: dict[str, Any], acting: Acting) -> None:
    given_on = details["consent_given_on"]
    today = day_in(acting.now, acting.zone)
    rules.check_consent(given_on, today, coordinator=acting.coordinator)
    row.consent_given_on = given_on
    confirm(row, ConfirmedBy.CONSENT, acting.now)


async def register(
    session: AsyncSession,
    outbox: Outbox,
    organisation: UUID,
    details: dict[str, Any],
    acting: Acting,
) -> said.Contact:
    """A person speaks for an organisation: they are invited to confirm it, unless the coordinator
    holds their consent."""
    consent = {"consent_given_on": details.pop("consent_given_on", None)}
    row = await add(session, organisation, details, acting, "register")
    event: said.ContactEvent
    if consent["consent_given_on"] is not None:
        _consented(row, consent, acting)
        event = said.ContactRegistered(contact=state_of(row))
    else:
        event = _invited(row, acting)
    await session.flush()
    await outbox.record(session, event)
    return state_of(row)


async def invite(
    session: AsyncSession, outbox: Outbox, number: UUID, expected: Seen, acting: Acting
) -> ContactRow:
    """Ask again: the new token replaces the old one. Raises the domain's refusal."""
    row = await one(session, number, lock=True)
    check_version(expected, row.version)
    claims = await claiming(session, [row.id])
    if refused := rules.refusal_to_invite(row.confirmed, row.invited_at, bool(claims), acting.now):
        raise refused
    row.version += 1
    event = _invited(row, acting)
    step(session, row, "invite", acting.by, acting.now)
    await session.flush()
    await outbox.record(session, event)
    return row


async def update(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    changes: dict[str, Any],
    expected: Seen,
    acting: Acting,
) -> ContactRow:
    """Change details; the same values again change nothing and say nothing. A new address must be
    confirmed anew, because nobody knows yet whose it is."""
    row = await one(session, number, lock=True)
    check_version(expected, row.version)
    before = state_of(row)
    if "roles" in changes:
        rules.check_roles(
            set(map(Role, changes["roles"])) - set(before.roles), coordinator=acting.coordinator
        )
    if "email" in changes:
        changes["email"] = rules.normalised_email(changes["email"])
        await _refuse_double(session, row.organisation_id, changes["email"], row.id)
    consent = {"consent_given_on": changes.pop("consent_given_on", None)}
    moved = changes.get("email", row.email) != row.email
    fields = [name for name, value in changes.items() if getattr(row, name) != value]
    for name, value in changes.items():
        setattr(row, name, value)
    consented = consent["consent_given_on"] is not None and (moved or not row.confirmed)
    if not fields and not consented:
        return row
    if (moved or consented) and await claiming(session, [row.id]):
        raise rules.claim_first()
    row.version += 1
    event: said.ContactEvent
    if consented:
        _consented(row, consent, acting)
        fields.append("consent_given_on")
        event = said.ContactConfirmed(contact=state_of(row))
    elif moved:
        event = _invited(row, acting)
    else:
        event = said.ContactUpdated(contact=state_of(row))
    step(session, row, "update", acting.by, acting.now, fields)
    await session.flush()
    await outbox.record(session, event)
    return row


async def move(
    session: AsyncSession,
    outbox: Outbox,
    duplicate: UUID,
    survivor: UUID,
    by: str,
    now: datetime,
) -> None:
    """The people of an organisation that is merged. Of who is registered with both, the one that
    confirmed is kept, with the roles of both."""
    rows = await session.scalars(
        select(ContactRow)
        .where(ContactRow.organisation_id.in_((duplicate, survivor)))  # type: ignore[attr-defined]
        .order_by(ContactRow.id)  # type: ignore[arg-type]
        .with_for_update()
    )
    both = rows.all()
    there = {row.email.lower(): row for row in both if row.organisation_id == survivor}
    for row in [row for row in both if row.organisation_id == duplicate]:
        kept = row
        if known := there.get(row.email.lower()):
            kept, other = sorted((known, row), key=lambda contact: not contact.confirmed)
            kept.roles = [*kept.roles, *(role for role in other.roles if role not in kept.roles)]
            await _drop_claims(session, other.id)
            await forget(session, outbox, other)
        kept.organisation_id = survivor
        kept.version += 1
        step(session, kept, "merge", by, now, ("organisation_id", "roles"))
        await session.flush()
        await outbox.record(session, said.ContactUpdated(contact=state_of(kept)))


async def erase(session: AsyncSession, outbox: Outbox, number: UUID, now: datetime) -> None:
    """A person leaves, and their organisation misses them."""
    # claims are locked before their people, as where they are decided
    await _drop_claims(session, number)
    row = await one(session, number, lock=True)
    await forget(session, outbox, row)
    await contact_left(session, row.organisation_id, now)


async def _drop_claims(session: AsyncSession, number: UUID) -> None:
    await session.execute(delete(ClaimRow).where(ClaimRow.contact_id == number))  # type: ignore[arg-type]


async def forget(session: AsyncSession, outbox: Outbox, row: ContactRow) -> None:
    """Forget a person here, and tell every reader to forget: a tombstone. Their older records
    leave the log by compaction."""
    number = row.id
    await session.execute(
        delete(ContactStepRow).where(ContactStepRow.contact_id == number)  # type: ignore[arg-type]
    )
    await session.delete(row)
    await session.flush()
    # the outbox keeps what was said for a while: it must forget, too
    await outbox.forget(session, TOPIC, str(number))
    await outbox.erase(session, TOPIC, str(number))
