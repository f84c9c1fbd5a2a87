"""What is read of conflicts: for decisions, for people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.parts import rows_of
from triskel.registry.conflicts.tables import ConflictRow
from triskel.registry.organisations.queries import FACTS
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.organisations.tables import ORGANISATION, OrganisationRow

_own = ConflictRow.__table__.c
_nothing: Any = cast(array([]), ARRAY(Text))
FACTS["conflicts"] = (
    select(func.coalesce(func.array_agg(_own.field), _nothing))
    .where(_own.organisation_id == OrganisationRow.__table__.c.id, _own.kept_at.is_(None))
    .correlate(OrganisationRow.__table__)
    .scalar_subquery()
)

Found = tuple[Sequence[ConflictRow], str | None]


async def of_organisation(session: AsyncSession, organisation_id: UUID, page: PageRequest) -> Found:
    """A page of those of an organisation that nobody has decided, by field."""
    statement = select(ConflictRow).where(
        _own.organisation_id == organisation_id, _own.kept_at.is_(None)
    )
    rows, following = await paginate(session, statement, keys=[_own.field], page=page)
    return [row for (row,) in rows], following


async def of_region(session: AsyncSession, region: str, page: PageRequest) -> Found:
    """A page of those of a region that nobody has decided, the oldest first."""
    statement = select(ConflictRow).where(_own.region == region, _own.kept_at.is_(None))
    keys = [_own.since, _own.organisation_id, _own.field]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [row for (row,) in rows], following


async def organisations_of(
    session: AsyncSession, rows: Sequence[ConflictRow]
) -> dict[UUID, Organisation]:
    """The organisations that these are of."""
    wanted = OrganisationRow.__table__.c.id.in_({row.organisation_id for row in rows})
    found = await rows_of(session, ORGANISATION, wanted) if rows else ()
    return {row.id: ORGANISATION.to_domain(row) for row in found}
