"""What people do with messages: mark one as read, try a mail again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller
from triskel.notifications.messages.queries import get
from triskel.notifications.messages.refusals import (
    MessageIsALetter,
    MessageNotFailed,
    MessageUnknown,
)
from triskel.notifications.messages.rules.letters import letters
from triskel.notifications.messages.tables import MessageRow


async def mark_read(
    session: AsyncSession, message_id: UUID, organisation_id: UUID | None, now: datetime
) -> MessageRow:
    """Marked once; the first time stays. Another organisation's message is not found."""
    row = await get(session, message_id, lock=True)
    if row.channel != "inbox" or row.organisation_id != organisation_id:
        raise MessageUnknown(value=str(message_id))
    row.read_at = row.read_at or now
    return row


async def retry(
    session: AsyncSession, message_id: UUID, caller: Caller, now: datetime
) -> MessageRow:
    """A mail that was given up is tried once more from the start. Raises `Forbidden` for another
    region's and `Conflict` otherwise."""
    row = await get(session, message_id, lock=True)
    caller.require_region(row.region)
    if row.reason in letters():
        raise MessageIsALetter(value=row.reason)
    if row.state != "failed":
        raise MessageNotFailed(state=row.state, value=row.state)
    row.state, row.attempts, row.due_at = "waiting", 0, now
    return row
