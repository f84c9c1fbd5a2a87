"""The inbox, and what became of each message."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts.refusals import Conflict, NotFound
from triskel.notifications.messages.rules.letters import letters
from triskel.notifications.messages.tables import MessageRow
from triskel.notifications.projections import OrganisationRow


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> MessageRow:
    """Raises `NotFound`."""
    row = await session.get(MessageRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "message-unknown", "There is no such message.", field="id", value=str(number)
        )
    return row


async def mark_read(
    session: AsyncSession, number: UUID, organisation: UUID | None, now: datetime
) -> MessageRow:
    """Marked once; the first time stays. Another organisation's message is not found."""
    row = await one(session, number, lock=True)
    if row.channel != "inbox" or row.organisation_id != organisation:
        raise NotFound(
            "message-unknown", "There is no such message.", field="id", value=str(number)
        )
    row.read_at = row.read_at or now
    return row


async def retry(session: AsyncSession, number: UUID, now: datetime) -> MessageRow:
    """A mail that was given up is tried once more from the start. Raises `Conflict` otherwise."""
    row = await one(session, number, lock=True)
    if row.reason in letters():
        raise Conflict(
            "message-is-a-letter",
            "Its token is forgotten: let the registry invite the person again.",
            field="reason",
            value=row.reason,
        )
    if row.state != "failed":
        raise Conflict(
            "message-not-failed",
            f"Only a message that was given up is tried again; this one is {row.state}.",
            field="state",
            value=row.state,
        )
    row.state, row.attempts, row.due_at = "waiting", 0, now
    return row


async def names_for(session: AsyncSession, rows: Sequence[MessageRow]) -> dict[str, dict[str, str]]:
    """Names of the organisations that the messages speak of, by id."""
    wanted = {
        UUID(number)
        for row in rows
        for number in map(row.facts.get, ("school_id", "host_id", "organisation_id"))
        if number
    }
    if not wanted:
        return {}
    found = await session.scalars(
        select(OrganisationRow).where(OrganisationRow.id.in_(wanted))  # type: ignore[attr-defined]
    )
    return {str(row.id): row.names for row in found}
