"""A token comes back: from a person who agrees, or from the official mailbox of an organisation
that somebody claims."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import ConfirmedBy, OrganisationStatus
from triskel.contracts.refusals import NotFound
from triskel.registry.claims import commands as claims
from triskel.registry.claims.rules import ClaimState, OfficialMailbox
from triskel.registry.claims.tables import ClaimRow
from triskel.registry.contacts.commands.contacts import THEMSELVES, confirm, state_of, step
from triskel.registry.contacts.rules.tokens import digest_of
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.organisations import commands as organisations
from triskel.registry.organisations.tables import OrganisationRow


@dataclass(frozen=True)
class Asked:
    """What a token asks: that a person agrees or, with `claim_id`, that somebody speaks for the
    organisation, who calls himself `person`. `names` are the organisation's, by language."""

    contact_id: UUID
    organisation_id: UUID
    names: dict[str, str]
    language: str
    claim_id: UUID | None = None
    person: str = ""


def unknown() -> NotFound:
    """One answer for a token that never was, one that is too old, was used or was replaced: who
    tries tokens learns nothing."""
    return NotFound(
        "token-unknown",
        "This link does not work, or not any more. Ask for a new one.",
        field="token",
    )


async def asked(session: AsyncSession, token: str, now: datetime) -> Asked:
    """What the holder of a token is asked. Raises `NotFound` for one that does not work."""
    digest = digest_of(token)
    contact, claim = ContactRow.__table__.c, ClaimRow.__table__.c
    home_id = OrganisationRow.__table__.c.id
    invited = (
        await session.execute(
            select(ContactRow, OrganisationRow)
            .join(OrganisationRow, home_id == contact.organisation_id)
            .where(contact.invitation_digest == digest, contact.invitation_expires_at > now)
        )
    ).one_or_none()
    claimed = (
        await session.execute(
            select(ClaimRow, ContactRow, OrganisationRow)
            .join(ContactRow, contact.id == claim.contact_id)
            .join(OrganisationRow, home_id == claim.organisation_id)
            .where(claim.digest == digest, claim.expires_at > now, claim.state == ClaimState.OPEN)
        )
    ).one_or_none()
    if invited is not None:
        row, home = invited
        return Asked(row.id, home.id, home.names, row.language)
    if claimed is not None:
        made, person, home = claimed
        if home.status == OrganisationStatus.IMPORTED:
            who = f"{person.name} ({person.email})"
            return Asked(person.id, home.id, home.names, person.language, made.id, who)
    raise unknown()


async def accept(session: AsyncSession, outbox: Outbox, token: str, now: datetime) -> Asked:
    """Yes. The link ends with its use. Raises `NotFound` for a token that does not work, one that
    was used among them."""
    what = await asked(session, token, now)
    if what.claim_id is not None:
        await _verify(session, outbox, what.claim_id, what.organisation_id, digest_of(token), now)
    else:
        await _agree(session, outbox, what.contact_id, digest_of(token), now)
    return what


async def _agree(
    session: AsyncSession, outbox: Outbox, number: UUID, digest: str, now: datetime
) -> None:
    # the digest is compared under the lock: at this moment somebody may be invited anew, or the
    # same link be used
    row = await session.scalar(
        select(ContactRow)
        .where(ContactRow.id == number, ContactRow.invitation_digest == digest)  # type: ignore[arg-type]
        .with_for_update()
    )
    if row is None:
        raise unknown()
    row.invitation_digest = None
    if not row.confirmed:
        row.version += 1
        confirm(row, ConfirmedBy.INVITATION, now)
        step(session, row, "confirm", THEMSELVES, now)
        await session.flush()
        await outbox.record(session, said.ContactConfirmed(contact=state_of(row)))


async def _verify(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    organisation: UUID,
    digest: str,
    now: datetime,
) -> None:
    home = await organisations.one(session, organisation, lock=True)
    row = await session.get(ClaimRow, number, with_for_update=True)
    if row is None or row.digest != digest or home.status != OrganisationStatus.IMPORTED:
        raise unknown()
    await claims.accept(session, outbox, row, home, OfficialMailbox(), now)
