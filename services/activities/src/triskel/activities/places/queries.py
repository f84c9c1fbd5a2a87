"""What is read where places are taken."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.queries import not_eligible, parties_of
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ACTIVITY, ActivityRow
from triskel.activities.projections import OrganisationRow
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import OrganisationKind


def may_take_places(region: str, school: OrganisationRow | None) -> bool:
    """Places are for approved schools of the region."""
    return (
        school is not None
        and not_eligible(school) is None
        and school.kind == OrganisationKind.SCHOOL
        and school.region == region
    )


async def known_schools(
    session: AsyncSession, region: str, school_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of them that may take places here."""
    found = (await parties_of(session, *school_ids)).organisations
    return {each for each in school_ids if may_take_places(region, found.get(each))}


async def open_masterclasses(
    session: AsyncSession, region: str, starts_from: datetime | None, page: PageRequest
) -> tuple[list[Activity], str | None]:
    """A page of the region's masterclasses that teachers may join, in the order of dates, and the
    cursor of the next."""
    columns = ActivityRow.__table__.c
    # written out, as the index has it
    open_ = text("format = 'teacher-masterclass' and state in ('scheduled', 'confirmed')")
    statement = select(ActivityRow).where(
        columns.region == region, columns.hidden.is_(False), open_
    )
    if starts_from is not None:
        statement = statement.where(columns.starts_at >= starts_from)
    keys = [columns.starts_at, columns.id]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [ACTIVITY.to_domain(row) for (row,) in rows], following
