"""What is read of reports: for decisions, for searches."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.registry_codes import ReportState, ReportSubject
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.tables import PlannedActivityRow
from triskel.registry.reports.refusals import ReportedThingUnknown, ReportNotYours
from triskel.registry.reports.rules import Report
from triskel.registry.reports.tables import REPORT, ReportRow

_own = ReportRow.__table__.c


def check_may_read(caller: Caller, report: Report) -> None:
    """Who made it and the coordinator. Raises `ReportNotYours`."""
    if not caller.coordinates(report.region) and report.reporter != caller.pseudonym:
        raise ReportNotYours


async def about(
    session: AsyncSession, subject: ReportSubject, subject_id: UUID, reporter: str
) -> tuple[str, bool]:
    """The region in which it is looked at, and whether this person has an open report of it. An
    activity is at home with its school, or without one with its host. Raises
    `ReportedThingUnknown`."""
    reported = select(_own.id).where(
        _own.subject_id == subject_id, _own.reporter == reporter, _own.state == ReportState.OPEN
    )
    statement = select(col(OrganisationRow.region), reported.exists())
    if subject is ReportSubject.ORGANISATION:
        statement = statement.where(col(OrganisationRow.id) == subject_id)
    else:
        activity = PlannedActivityRow.__table__.c
        home = func.coalesce(activity.school_id, activity.host_id)
        statement = statement.join(PlannedActivityRow, home == col(OrganisationRow.id)).where(
            activity.id == subject_id
        )
    for region, already in await session.execute(statement):
        return region, already
    raise ReportedThingUnknown(value=str(subject_id))


async def search(
    session: AsyncSession, region: str, state: ReportState | None, page: PageRequest
) -> tuple[list[Report], str | None]:
    """A page of a region's reports, the oldest first, and the cursor of the next."""
    statement = select(ReportRow).where(_own.region == region)
    if state is not None:
        statement = statement.where(_own.state == state)
    rows, following = await paginate(
        session, statement, keys=[_own.reported_at, _own.id], page=page
    )
    return [REPORT.to_domain(row) for (row,) in rows], following
