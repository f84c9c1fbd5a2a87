"""The inbox, and what became of each message."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.paging import PageRequest, paginate
from triskel.notifications.messages.refusals import MessageUnknown
from triskel.notifications.messages.tables import MessageRow
from triskel.notifications.projections import OrganisationRow


async def get(session: AsyncSession, message_id: UUID, *, lock: bool = False) -> MessageRow:
    """Raises `NotFound`."""
    row = await session.get(MessageRow, message_id, with_for_update=lock)
    if row is None:
        raise MessageUnknown(value=str(message_id))
    return row


@dataclass(frozen=True)
class DeliveryFilter:
    """What is looked for; None does not filter."""

    state: str | None = None
    channel: str | None = None
    reason: str | None = None


async def deliveries(
    session: AsyncSession, region: str | None, wanted: DeliveryFilter, page: PageRequest
) -> tuple[list[MessageRow], str | None]:
    """A page of a region's messages, the oldest first, and the cursor of the next."""
    column = MessageRow.__table__.c
    statement = select(MessageRow).where(column.region == region)
    for name in ("state", "channel", "reason"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(column[name] == str(value))
    return await _oldest_first(session, statement, page)


async def inbox(
    session: AsyncSession,
    organisation_id: UUID,
    contact_id: UUID | None,
    unread: bool,
    page: PageRequest,
) -> tuple[list[MessageRow], str | None]:
    """A page of an organisation's news, or of one contact's there, the oldest first, and the
    cursor of the next; with `unread` what nobody has read yet."""
    column = MessageRow.__table__.c
    statement = select(MessageRow).where(
        column.organisation_id == organisation_id, column.channel == "inbox"
    )
    if contact_id is not None:
        statement = statement.where(column.contact_id == contact_id)
    if unread:
        statement = statement.where(column.read_at.is_(None))
    return await _oldest_first(session, statement, page)


async def of_contact(
    session: AsyncSession, contact_id: UUID, page: PageRequest
) -> tuple[list[MessageRow], str | None]:
    """A page of the messages to one person, the oldest first, and the cursor of the next."""
    column = MessageRow.__table__.c
    statement = select(MessageRow).where(column.contact_id == contact_id)
    return await _oldest_first(session, statement, page)


async def _oldest_first(
    session: AsyncSession, statement: Select[MessageRow], page: PageRequest
) -> tuple[list[MessageRow], str | None]:
    column = MessageRow.__table__.c
    rows, following = await paginate(session, statement, keys=[column.at, column.id], page=page)
    return [row for (row,) in rows], following


async def names_for(session: AsyncSession, rows: Sequence[MessageRow]) -> dict[str, dict[str, str]]:
    """Names of the organisations that the messages speak of, by id."""
    wanted = {
        UUID(organisation_id)
        for row in rows
        for organisation_id in map(row.facts.get, ("school_id", "host_id", "organisation_id"))
        if organisation_id
    }
    if not wanted:
        return {}
    found = await session.scalars(
        select(OrganisationRow).where(col(OrganisationRow.id).in_(wanted))
    )
    return {str(row.id): row.names for row in found}
