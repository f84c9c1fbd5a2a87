"""What came out of a round: all of it, or what concerns one organisation."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.paging import PageRequest, paginate
from triskel.registry.matching.tables import MatchingPairRow, MatchingParticipantRow

_pair = MatchingPairRow.__table__.c


async def pairs(
    session: AsyncSession, round_id: UUID, own: UUID | None, page: PageRequest
) -> tuple[list[MatchingPairRow], str | None]:
    """A page of pairs, and the cursor of the next; with `own` that organisation's, without those
    that were left out."""
    statement = select(MatchingPairRow).where(_pair.round_id == round_id)
    if own is not None:
        statement = statement.where(
            or_(_pair.school_id == own, _pair.company_id == own), _pair.left_out.is_(False)
        )
    rows, following = await paginate(
        session, statement, keys=[_pair.school_id, _pair.company_id], page=page
    )
    return [row for (row,) in rows], following


async def outcomes(
    session: AsyncSession, round_id: UUID, own: UUID | None, page: PageRequest
) -> tuple[list[tuple[MatchingParticipantRow, list[UUID]]], str | None]:
    """A page of participants, each with the partners that it got, and the cursor of the next; with
    `own` that one alone."""
    part = MatchingParticipantRow.__table__.c
    statement = select(MatchingParticipantRow).where(part.round_id == round_id)
    if own is not None:
        statement = statement.where(part.organisation_id == own)
    rows, following = await paginate(session, statement, keys=[part.organisation_id], page=page)
    partners = await _partners(session, round_id, [row.organisation_id for (row,) in rows])
    return [(row, partners.get(row.organisation_id, [])) for (row,) in rows], following


async def _partners(
    session: AsyncSession, round_id: UUID, organisation_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """Of each of these, whom it was matched with and not left out."""
    kept = (_pair.round_id == round_id, _pair.left_out.is_(False))
    school, company = _pair.school_id, _pair.company_id
    statement = union_all(
        select(school.label("own"), company.label("other")).where(
            *kept, school.in_(organisation_ids)
        ),
        select(company, school).where(*kept, company.in_(organisation_ids)),
    ).order_by("own", "other")
    found: dict[UUID, list[UUID]] = {}
    for own, other in await session.execute(statement):
        found.setdefault(own, []).append(other)
    return found
