"""Contacts: register, update, confirm, erase. Names and addresses stay in their own topic."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.http import check_version
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.refusals import Conflict, NotFound
from triskel.registry.domain.contact import normalised_email
from triskel.registry.tables import ContactRow
from triskel.registry.usecases.organisations import one as one_organisation

TOPIC = "registry.contacts"


def state_of(row: ContactRow) -> said.Contact:
    return said.Contact.model_validate(row.model_dump())


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


async def _refuse_double(
    session: AsyncSession, organisation: UUID, email: str, but: UUID | None
) -> None:
    known = await session.scalar(
        select(ContactRow.id).where(  # type: ignore[call-overload]
            ContactRow.organisation_id == organisation,
            func.lower(ContactRow.email) == email.lower(),
        )
    )
    if known is not None and known != but:
        raise Conflict(
            "contact-exists", "This organisation has a contact with this address.", field="email"
        )


async def register(
    session: AsyncSession, outbox: Outbox, organisation: UUID, details: dict[str, Any]
) -> said.Contact:
    """A person speaks for an organisation from now on."""
    home = await one_organisation(session, organisation)
    email = normalised_email(details["email"])
    await _refuse_double(session, organisation, email, None)
    row = ContactRow(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        region=home.region,
        organisation_id=organisation,
        **(details | {"email": email}),
    )
    session.add(row)
    await session.flush()
    await outbox.record(session, said.ContactRegistered(contact=state_of(row)))
    return state_of(row)


async def update(
    session: AsyncSession, outbox: Outbox, number: UUID, changes: dict[str, Any], expected: int
) -> said.Contact:
    """Change details; the same values again change nothing and say nothing."""
    row = await one(session, number, lock=True)
    check_version(expected, row.version)
    before = state_of(row)
    if "email" in changes:
        changes["email"] = normalised_email(changes["email"])
        await _refuse_double(session, row.organisation_id, changes["email"], row.id)
    for name, value in changes.items():
        setattr(row, name, value)
    if state_of(row) == before:
        return before
    row.version += 1
    await session.flush()
    await outbox.record(session, said.ContactUpdated(contact=state_of(row)))
    return state_of(row)


async def erase(session: AsyncSession, outbox: Outbox, number: UUID) -> None:
    """Forget a person here, and tell every reader to forget: a tombstone. Their older records
    leave the log by compaction."""
    row = await one(session, number, lock=True)
    await session.delete(row)
    await session.flush()
    # the outbox keeps what was said for a while: it must forget, too
    await outbox.forget(session, TOPIC, str(number))
    await outbox.erase(session, TOPIC, str(number))
