"""What events told about organisations and partnerships, as decisions need it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, column, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.activities.activities.rules.activity import Activity, Facts
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.offers.rules.geography import Position
from triskel.activities.projections import OrganisationRow, PartnershipRow
from triskel.contracts.codes import (
    ActivityState,
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
)
from triskel.contracts.refusals import Conflict

_VOID = [
    ActivityState.DECLINED,
    ActivityState.WITHDRAWN,
    ActivityState.EXPIRED,
    ActivityState.CANCELLED,
]
CARRYING = {PartnershipState.SIGNED, PartnershipState.ACTIVE}
"""A partnership carries activities once it is signed."""


@dataclass(frozen=True)
class Parties:
    """What is known of organisations and partnerships, by id."""

    organisations: Mapping[UUID, OrganisationRow]
    partnerships: Mapping[UUID, PartnershipRow]

    def facts(self, a: Activity) -> Facts:
        """What decisions on this activity need of its parties."""
        return _facts(a, self.organisations, self.partnerships)


async def parties_of(session: AsyncSession, *ids: UUID | None) -> Parties:
    """The organisations and the partnerships among these, in one query."""
    given = sorted({each for each in ids if each is not None})
    if not given:
        return Parties({}, {})
    wanted = (
        func.unnest(literal(given, ARRAY(Uuid)))
        .table_valued(column("id", Uuid), name="wanted")
        .render_derived()
    )
    found = await session.execute(
        select(OrganisationRow, PartnershipRow)
        .select_from(wanted)
        .outerjoin(OrganisationRow, col(OrganisationRow.id) == wanted.c.id)
        .outerjoin(PartnershipRow, col(PartnershipRow.id) == wanted.c.id)
    )
    rows = found.all()
    return Parties(
        {organisation.id: organisation for organisation, _ in rows if organisation is not None},
        {partnership.id: partnership for _, partnership in rows if partnership is not None},
    )


async def facts_of(session: AsyncSession, activities: Sequence[Activity]) -> dict[UUID, Facts]:
    """One query, however many activities; a second where winners went on to finals."""
    ids = (i for a in activities for i in (a.school_id, a.host_id, a.partnership_id))
    parties = await parties_of(session, *ids)
    void = await _void_finals(session, activities)
    return {a.id: replace(parties.facts(a), void_finals=void) for a in activities}


async def _void_finals(session: AsyncSession, activities: Sequence[Activity]) -> frozenset[UUID]:
    finals = {
        team.advanced_to
        for a in activities
        if a.challenge is not None
        for team in a.challenge.teams
        if team.advanced_to is not None
    }
    if not finals:
        return frozenset()
    column = ActivityRow.__table__.c
    gone = select(column.id).where(column.id.in_(finals), column.state.in_(_VOID))
    return frozenset((await session.scalars(gone)).all())


async def require_known(session: AsyncSession, field: str, ids: Iterable[UUID]) -> None:
    """Raises `Conflict` for an organisation that no event told of."""
    wanted = set(ids)
    found = (await parties_of(session, *wanted)).organisations
    for unknown in sorted(wanted - found.keys()):
        raise Conflict(
            "organisation-unknown",
            "The organisation is not known here (yet: the directory arrives by events and may be "
            "behind for a moment).",
            field=field,
            value=str(unknown),
        )


async def standings(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Why each organisation cannot take part; None: nothing stands against it. One query."""
    found = (await parties_of(session, *ids)).organisations
    return {number: _standing(found.get(number)) for number in ids}


def position_of(row: OrganisationRow) -> Position | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Position(row.latitude, row.longitude)


def _facts(
    a: Activity, organisations: Mapping[UUID, Any], partnerships: Mapping[UUID, Any]
) -> Facts:
    school = None
    if a.school_id is None:
        school = "This format needs a school." if a.needs_school else None
    else:
        row = organisations.get(a.school_id)
        school = _standing(row)
        if school is None and row is not None and row.kind != OrganisationKind.SCHOOL:
            school = "The organisation named as school is not a school."
    return Facts(
        school=school,
        host=_standing(organisations.get(a.host_id)),
        partnership=_carries(a, partnerships),
    )


def _standing(row: Any) -> str | None:
    if row is None:
        return (
            "The organisation is not known here (yet: the directory arrives by events and may be "
            "behind for a moment)."
        )
    if not row.open:
        return "The organisation is closed."
    if row.status != OrganisationStatus.APPROVED:
        return f"The organisation must be approved; it is {row.status}."
    return None


def _carries(a: Activity, partnerships: Mapping[UUID, Any]) -> str | None:
    if a.partnership_id is None:
        return "This format needs a partnership." if a.needs_partnership else None
    row = partnerships.get(a.partnership_id)
    if row is None:
        return "The partnership is not known here (yet: it arrives by events)."
    if (row.school_id, row.company_id) != (a.school_id, a.host_id):
        return "The partnership is not between this school and this host."
    if row.school_year != a.school_year:
        return f"The partnership is for {row.school_year}."
    if row.state not in CARRYING:
        return f"The partnership must be signed; it is {row.state}."
    return None
