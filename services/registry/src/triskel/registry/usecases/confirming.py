"""A token comes back: the person agrees."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import ConfirmedBy
from triskel.contracts.refusals import NotFound
from triskel.registry.tables import ContactRow, OrganisationRow
from triskel.registry.usecases.contacts import THEMSELVES, confirm, state_of, step
from triskel.registry.usecases.tokens import digest_of


@dataclass(frozen=True)
class Asked:
    """What a token asks of whom: `names` are the organisation's, by language."""

    contact_id: UUID
    organisation_id: UUID
    names: dict[str, str]
    language: str


def unknown() -> NotFound:
    """One answer for a token that never was, one that is too old and one that was replaced: who
    tries tokens learns nothing."""
    return NotFound(
        "token-unknown",
        "This link does not work, or not any more. Ask for a new one.",
        field="token",
    )


async def asked(session: AsyncSession, token: str, now: datetime) -> Asked:
    """What the holder of a token is asked. Raises `NotFound` for one that does not work."""
    found = (
        await session.execute(
            select(ContactRow, OrganisationRow.names)  # type: ignore[call-overload]
            .join(OrganisationRow, OrganisationRow.id == ContactRow.organisation_id)
            .where(
                ContactRow.invitation_digest == digest_of(token),
                ContactRow.invitation_expires_at > now,  # type: ignore[operator]
            )
        )
    ).one_or_none()
    if found is None:
        raise unknown()
    row, names = found
    return Asked(row.id, row.organisation_id, names, row.language)


async def accept(session: AsyncSession, outbox: Outbox, token: str, now: datetime) -> Asked:
    """The person agrees. The same token again gives the same answer and changes nothing. Raises
    `NotFound` for a token that does not work."""
    what = await asked(session, token, now)
    # only under the lock: somebody may be invited anew at this moment
    row = await session.scalar(
        select(ContactRow)
        .where(
            ContactRow.id == what.contact_id,  # type: ignore[arg-type]
            ContactRow.invitation_digest == digest_of(token),  # type: ignore[arg-type]
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise unknown()
    if not row.confirmed:
        row.version += 1
        confirm(row, ConfirmedBy.INVITATION, now)
        step(session, row, "confirm", THEMSELVES, now)
        await session.flush()
        await outbox.record(session, said.ContactConfirmed(contact=state_of(row)))
    return what
