"""What is read of partnerships: for decisions, for searches, for people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, column, func, literal_column, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.regions import settings_in
from triskel.contracts.codes import OrganisationStatus, PartnershipState, Role, Side
from triskel.contracts.refusals import Refusal
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.organisations.queries import FACTS, family
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.refusals import AgreementUnknown
from triskel.registry.partnerships.rules.state import CARRIED, FOLLOWS, LIVE, Facts, Partnership
from triskel.registry.partnerships.tables import (
    PARTNERSHIP,
    AgreementRow,
    PartnershipRow,
    PartnershipStepRow,
    PlannedActivityRow,
)
from triskel.registry.regions.tables import RegionRow

# whether somebody waits; what that means is the affair of `waiting_entries`
_WAITING = table(
    "waiting_entries",
    column("id"),
    column("organisation_id", Uuid),
    column("school_year", Text),
    column("state", Text),
)
PLANNED = ("scheduled", "confirmed", "in-progress", "delivered", "evaluated", "closed")
"""States of an activity that make it a planned one."""

_organisation, _own = OrganisationRow.__table__.c, PartnershipRow.__table__.c
_activity = PlannedActivityRow.__table__.c
# as the indexes of planned activities say; a draft binds nobody
_NOT_OVER = ("proposed", "accepted", "scheduled", "confirmed", "in-progress")
FACTS["live_partnerships"] = (
    select(func.count())
    .where(
        or_(_own.school_id == _organisation.id, _own.company_id == _organisation.id),
        _own.state.in_(sorted(LIVE)),
    )
    .scalar_subquery()
)
FACTS["open_activities"] = (
    select(func.count())
    .where(
        or_(_activity.school_id == _organisation.id, _activity.host_id == _organisation.id),
        _activity.state.in_([literal_column(f"'{state}'") for state in _NOT_OVER]),
    )
    .scalar_subquery()
)


def actor_of(caller: Caller, partnership: Partnership) -> Actor:
    """The sides that this caller may speak for."""
    sides = set()
    if caller.coordinates(partnership.region):
        sides.add(Side.COORDINATOR)
    if caller.organisation == partnership.school_id and caller.is_(Role.HEAD, Role.TEACHER):
        sides.add(Side.SCHOOL)
    if caller.organisation == partnership.company_id and caller.is_(Role.COMPANY):
        sides.add(Side.HOST)
    return Actor(roles=caller.roles, sides=frozenset(sides))


def proposer(caller: Caller, region: str, school_id: UUID) -> Actor:
    """Who proposes a new one: the coordinator, the school, or else the company."""
    if caller.coordinates(region):
        return Actor(caller.roles, frozenset({Side.COORDINATOR}))
    of_school = caller.organisation == school_id
    return Actor(caller.roles, frozenset({Side.SCHOOL if of_school else Side.HOST}))


async def check_may_read(session: AsyncSession, caller: Caller, partnership: Partnership) -> None:
    """The two partners, also where one was merged into the caller's organisation, and the region's
    coordinator and authorities. Raises `Forbidden`."""
    if caller.is_(Role.AUTHORITY) and caller.region == partnership.region:
        return
    sides = {partnership.school_id, partnership.company_id}
    if caller.organisation is not None and sides.intersection(
        await family(session, caller.organisation)
    ):
        return
    caller.require_organisation(partnership.region, *sides)


def is_sought(both: tuple[Any, Any], school_year: Any) -> Any:
    """Whether one of two organisations waits on the list for a partner of that year."""
    waiting = _WAITING.c
    return (
        select(waiting.id)
        .where(
            waiting.organisation_id.in_(both),
            waiting.school_year == school_year,
            waiting.state == WaitingState.OPEN,
        )
        .exists()
    )


async def facts_of(session: AsyncSession, partnerships: Sequence[Partnership]) -> dict[UUID, Facts]:
    """What decisions on these partnerships need, in one query."""
    carrying = PartnershipRow.__table__.alias("carrying")
    following = PartnershipRow.__table__.alias("following")
    own = PartnershipRow.__table__.c
    planned = (
        select(func.count())
        .where(
            col(PlannedActivityRow.partnership_id) == own.id,
            col(PlannedActivityRow.state).in_(PLANNED),
        )
        .scalar_subquery()
    )
    carried = (
        select(func.count())
        .where(
            carrying.c.company_id == own.company_id,
            carrying.c.school_year == own.school_year,
            carrying.c.state.in_(sorted(CARRIED)),
        )
        .scalar_subquery()
    )

    def there_is_next(states: Collection[PartnershipState]) -> Any:
        return (
            select(following.c.id)
            .where(following.c.renewal_of == own.id, following.c.state.in_(sorted(states)))
            .exists()
        )

    school, company = aliased(OrganisationRow), aliased(OrganisationRow)
    found = await session.execute(
        select(
            own.id,
            planned,
            carried,
            there_is_next(FOLLOWS),
            there_is_next(CARRIED),
            is_sought((own.school_id, own.company_id), own.school_year),
            own.region,
            RegionRow,
            school,
            company,
        )
        .join(school, col(school.id) == own.school_id)
        .join(company, col(company.id) == own.company_id)
        .join(RegionRow, col(RegionRow.region) == own.region, isouter=True)
        .where(own.id.in_([each.id for each in partnerships]))
    )
    return {
        partnership_id: Facts(
            planned_activities=planned_activities,
            capacity=company.partnership_capacity,
            carried=carries,
            renewed=renewed,
            followed=followed,
            sought=sought,
            settings=settings_in(region, decided),
            unfit=_unfit("school_id", school) or _unfit("company_id", company),
        )
        for (
            partnership_id,
            planned_activities,
            carries,
            renewed,
            followed,
            sought,
            region,
            decided,
            school,
            company,
        ) in found
    }


def _unfit(side: str, row: OrganisationRow) -> Refusal | None:
    return unfit(side, row.id, OrganisationStatus(row.status), row.open)


@dataclass(frozen=True)
class PartnershipFilter:
    """What is looked for; None does not filter. `at_risk`: whether a risk was found."""

    school_id: UUID | None = None
    company_id: UUID | None = None
    state: PartnershipState | None = None
    school_year: str | None = None
    at_risk: bool | None = None


async def search(
    session: AsyncSession, caller: Caller, wanted: PartnershipFilter, page: PageRequest
) -> tuple[list[Partnership], str | None]:
    """A page of those that this caller may read, and the cursor of the next: of the region for who
    watches over it, else their own, with what was a duplicate's before a merge."""
    column = PartnershipRow.__table__.c
    statement = select(PartnershipRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = await _with_merged(session, caller.organisation)
        statement = statement.where(or_(column.school_id.in_(own), column.company_id.in_(own)))
    for name in ("school_id", "company_id"):
        if (party := getattr(wanted, name)) is not None:
            statement = statement.where(column[name].in_(await _with_merged(session, party)))
    for name in ("state", "school_year"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(column[name] == value)
    if wanted.at_risk is not None:
        since = column.at_risk_since
        statement = statement.where(since.is_not(None) if wanted.at_risk else since.is_(None))
    rows, following = await paginate(
        session, statement, keys=[column.proposed_at, column.id], page=page
    )
    return [PARTNERSHIP.to_domain(row) for (row,) in rows], following


async def _with_merged(session: AsyncSession, organisation_id: UUID | None) -> list[UUID]:
    return [] if organisation_id is None else await family(session, organisation_id)


async def agreement_of(
    session: AsyncSession, partnership: Partnership, number: int | None
) -> AgreementRow:
    """The document of this number; None is the newest. Raises `AgreementUnknown`."""
    wanted = partnership.agreement.number if number is None else number
    row = await session.get(AgreementRow, (partnership.id, wanted))
    if row is None:
        raise AgreementUnknown(value=wanted)
    return row


async def steps_of(session: AsyncSession, partnership_id: UUID) -> Sequence[PartnershipStepRow]:
    """Its history, the oldest first."""
    rows = await session.scalars(
        select(PartnershipStepRow)
        .where(col(PartnershipStepRow.partnership_id) == partnership_id)
        .order_by(col(PartnershipStepRow.version))
    )
    return rows.all()
