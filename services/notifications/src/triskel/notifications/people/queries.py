"""What is held about one person."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts.refusals import NotFound
from triskel.notifications.messages.tables import MessageRow
from triskel.notifications.projections import ContactRow


async def one(session: AsyncSession, number: UUID) -> ContactRow:
    """Raises `NotFound`, for one who was erased, too."""
    row = await session.get(ContactRow, number)
    if row is None:
        raise NotFound("person-unknown", "There is no such person.", field="id", value=str(number))
    return row


def messages_of(number: UUID) -> Select[Any]:
    return select(MessageRow).where(MessageRow.contact_id == number)  # type: ignore[arg-type]
