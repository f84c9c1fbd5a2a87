"""Partnerships as rows: read, saved, remembered step by step, and with what decisions need."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from triskel.contracts import registry as said
from triskel.contracts.codes import (
    OrganisationStatus,
    PartnershipReason,
    PartnershipRisk,
    PartnershipState,
    Role,
    Side,
)
from triskel.contracts.refusals import Conflict, NotFound
from triskel.registry.organisations.commands import one as one_organisation
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.tables import (
    PartnershipRow,
    PartnershipStepRow,
    PlannedActivityRow,
)

PLANNED = ("scheduled", "confirmed", "in-progress", "delivered", "evaluated", "closed")


def decided(row: PartnershipRow) -> rules.Partnership:
    """The row as the domain sees it."""
    values = {field.name: getattr(row, field.name) for field in fields(rules.Partnership)}
    values["state"] = PartnershipState(row.state)
    values["proposed_by"] = Role(row.proposed_by)
    values["reason"] = PartnershipReason(row.reason) if row.reason else None
    values["risks"] = tuple(map(PartnershipRisk, row.risks))
    return rules.Partnership(**values)


def state_of(partnership: rules.Partnership) -> said.Partnership:
    """The public state, as events carry it and the API shows it."""
    values = asdict(partnership)
    signatures = said.Signatures(
        head=values.pop("signed_head"),
        company=values.pop("signed_company"),
        coordinator=values.pop("signed_coordinator"),
    )
    return said.Partnership(signatures=signatures, **values)


def columns_of(partnership: rules.Partnership) -> dict[str, Any]:
    return asdict(partnership) | {"risks": list(partnership.risks)}


def save(row: PartnershipRow, partnership: rules.Partnership) -> None:
    for name, value in columns_of(partnership).items():
        setattr(row, name, value)


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> PartnershipRow:
    """Raises `NotFound`."""
    row = await session.get(PartnershipRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "partnership-unknown", "There is no such partnership.", field="id", value=str(number)
        )
    return row


async def both_locked(
    session: AsyncSession, school_id: UUID, company_id: UUID
) -> tuple[OrganisationRow, OrganisationRow]:
    """School and company, locked in the order of their ids. Raises `NotFound`."""
    found = {
        number: await one_organisation(session, number, lock=True)
        for number in sorted({school_id, company_id})
    }
    return found[school_id], found[company_id]


async def facts_of(
    session: AsyncSession, rows: Sequence[PartnershipRow]
) -> dict[UUID, rules.Facts]:
    """What decisions on these partnerships need, in one query."""
    carrying = PartnershipRow.__table__.alias("carrying")
    own = PartnershipRow.__table__.c
    planned = (
        select(func.count())
        .where(
            col(PlannedActivityRow.partnership_id) == own.id,
            PlannedActivityRow.state.in_(PLANNED),  # type: ignore[attr-defined]
        )
        .scalar_subquery()
    )
    carried = (
        select(func.count())
        .where(
            carrying.c.company_id == own.company_id,
            carrying.c.school_year == own.school_year,
            carrying.c.state.in_(sorted(rules.CARRIED)),
        )
        .scalar_subquery()
    )
    following = PartnershipRow.__table__.alias("following")
    renewed = (
        select(following.c.id)
        .where(following.c.renewal_of == own.id, following.c.state.in_(sorted(rules.FOLLOWS)))
        .exists()
    )
    school, company = aliased(OrganisationRow), aliased(OrganisationRow)
    found = await session.execute(
        select(own.id, planned, carried, renewed, school, company)
        .join(school, col(school.id) == own.school_id)
        .join(company, col(company.id) == own.company_id)
        .where(own.id.in_([row.id for row in rows]))
    )
    return {
        number: rules.Facts(
            planned_activities=count,
            capacity=company.partnership_capacity,
            carried=carries,
            renewed=follows,
            unfit=_unfit("school_id", school) or _unfit("company_id", company),
        )
        for number, count, carries, follows, school, company in found
    }


def _unfit(side: str, row: OrganisationRow) -> Conflict | None:
    return unfit(side, row.id, OrganisationStatus(row.status), row.open)


def remember(
    session: AsyncSession,
    partnership: rules.Partnership,
    action: str,
    by: Role,
    now: datetime,
    *,
    side: Side | None = None,
    note: str | None = None,
) -> None:
    """A step of its history; what time brings about has no side."""
    session.add(
        PartnershipStepRow(
            partnership_id=partnership.id,
            version=partnership.version,
            action=action,
            state=partnership.state,
            by=by,
            side=side,
            at=now,
            reason=partnership.reason,
            note=note,
        )
    )


async def steps_of(session: AsyncSession, number: UUID) -> Sequence[PartnershipStepRow]:
    rows = await session.scalars(
        select(PartnershipStepRow)
        .where(PartnershipStepRow.partnership_id == number)  # type: ignore[arg-type]
        .order_by(PartnershipStepRow.version)  # type: ignore[arg-type]
    )
    return rows.all()
