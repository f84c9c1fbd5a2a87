"""What is held about one person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.notifications.people.refusals import PersonUnknown
from triskel.notifications.projections import ContactRow


async def get(session: AsyncSession, contact_id: UUID) -> ContactRow:
    """Raises `NotFound`, for one who was erased, too."""
    row = await session.get(ContactRow, contact_id)
    if row is None:
        raise PersonUnknown(value=str(contact_id))
    return row
