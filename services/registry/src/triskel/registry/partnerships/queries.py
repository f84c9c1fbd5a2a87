"""How many more partnerships companies can carry."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.tables import PartnershipRow


async def capacity_left(
    session: AsyncSession, companies: Collection[UUID], school_year: str
) -> dict[UUID, int | None]:
    """By company, in one query; None where it stated no limit. Proposals that nobody accepted yet
    take no place, as in the rule that acceptance asks."""
    own = PartnershipRow.__table__.c
    carried = (
        select(func.count())
        .where(
            own.company_id == OrganisationRow.id,
            own.school_year == school_year,
            own.state.in_(sorted(rules.CARRIED)),
        )
        .scalar_subquery()
    )
    found = await session.execute(
        select(OrganisationRow.id, OrganisationRow.partnership_capacity, carried).where(  # type: ignore[call-overload]
            OrganisationRow.id.in_(companies)  # type: ignore[attr-defined]
        )
    )
    return {
        number: None if capacity is None else max(0, capacity - carries)
        for number, capacity, carries in found
    }
