"""What is read where places are taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.queries import not_eligible
from triskel.activities.activities.refusals import SchoolNotReady
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ACTIVITY, ActivityRow
from triskel.activities.projections import OrganisationRow
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import OrganisationKind


async def check_school(session: AsyncSession, activity: Activity, school_id: UUID) -> None:
    """Raises `Conflict`: places are for approved schools of the region."""
    row = await session.get(OrganisationRow, school_id)
    right = (
        row is not None
        and not_eligible(row) is None
        and row.kind == OrganisationKind.SCHOOL
        and row.region == activity.region
    )
    if not right:
        raise SchoolNotReady(
            why={
                "en": "Places are for approved schools of the region; this one is not known as "
                "such (yet: the directory arrives by events)",
                "fr": "Les places sont pour les établissements approuvés de la région ; celui-ci "
                "n'est pas (encore) connu comme tel : l'annuaire arrive par événements",
            },
            field="organisation_id",
            value=str(school_id),
        )


async def open_masterclasses(
    session: AsyncSession, region: str, starts_from: datetime | None, page: PageRequest
) -> tuple[list[Activity], str | None]:
    """A page of the region's masterclasses that teachers may join, in the order of dates, and the
    cursor of the next."""
    columns = ActivityRow.__table__.c
    # written out, as the index has it
    open_ = text("format = 'teacher-masterclass' and state in ('scheduled', 'confirmed')")
    statement = select(ActivityRow).where(columns.region == region, open_)
    if starts_from is not None:
        statement = statement.where(columns.starts_at >= starts_from)
    keys = [columns.starts_at, columns.id]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [ACTIVITY.to_domain(row) for (row,) in rows], following
