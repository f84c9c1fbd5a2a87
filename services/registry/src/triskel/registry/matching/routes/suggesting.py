"""Who fits whom, and why: suggestions for one organisation and for a whole waiting list."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy import select

from triskel.chassis.auth import Caller
from triskel.chassis.http import Now, Page, Router, Session
from triskel.chassis.http.paging import Cursor
from triskel.chassis.http.values import SchoolYear
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import OrganisationKind, Side, WaitingState
from triskel.registry.matching import commands
from triskel.registry.matching.refusals import OneOrganisation, WrongSide
from triskel.registry.matching.routes.acting import Coordinator, Member, weights_of
from triskel.registry.matching.schemas import Suggestion, Suggestions, WaitingSchool
from triskel.registry.organisations.commands import one as one_organisation
from triskel.registry.waiting_entries.queries import speaks_for
from triskel.registry.waiting_entries.rules import check_year, side_of
from triskel.registry.waiting_entries.tables import WaitingEntryRow

router = Router(prefix="/v1/matching", tags=["matching"])

Year = Annotated[SchoolYear, Query(examples=["2025-2026"])]
Most = Annotated[int, Query(ge=1, le=50, description="how many, the best first")]


@router.get("/suggestions", summary="The partners that fit one organisation best")
async def suggest(
    caller: Member,
    session: Session,
    now: Now,
    request: Request,
    school_year: Year,
    school_id: UUID | None = None,
    company_id: UUID | None = None,
    waiting: Annotated[bool, Query(description="only those on the waiting list")] = False,
    limit: Most = 10,
) -> Suggestions:
    """Give the school or the company. A host that is suspended, closed, full or hidden because it
    does not answer is never suggested, and nobody who is a partner of that year already."""
    given = school_id or company_id
    if given is None or (school_id and company_id):
        raise OneOrganisation(value=str(school_id) if school_id else None)
    check_year(school_year, now)
    organisation = await one_organisation(session, given)
    side = side_of(OrganisationKind(organisation.kind))
    if (side is Side.SCHOOL) != (school_id is not None):
        field = "school_id" if school_id else "company_id"
        raise WrongSide(field=field, value=str(given))
    _require(caller, organisation.region, given, side)
    weights = weights_of(request)
    found = await commands.suggestions(
        session, organisation, school_year, weights, waiting=waiting, most=limit
    )
    for_school = side is Side.SCHOOL
    items = [Suggestion.of(fit, weights, for_school=for_school) for fit in found]
    return Suggestions(school_year=school_year, weights=asdict(weights), items=items)


def _require(caller: Caller, region: str, organisation_id: UUID, side: Side) -> None:
    if not speaks_for(caller, organisation_id, side):
        caller.require_organisation(region)


@router.get("/waiting-schools", summary="The waiting list of schools with the hosts that fit best")
async def overview(
    caller: Coordinator,
    session: Session,
    request: Request,
    school_year: Year,
    suggestions: Annotated[int, Query(ge=1, le=10, description="for each school")] = 3,
    limit: Annotated[int, Query(ge=1, le=100, description="rows a page")] = 25,
    cursor: Cursor = None,
) -> Page[WaitingSchool]:
    """The longest waiting first."""
    column = WaitingEntryRow.__table__.c
    statement = select(WaitingEntryRow).where(
        column.region == caller.region,
        column.school_year == school_year,
        column.side == Side.SCHOOL,
        column.state == WaitingState.OPEN,
    )
    rows, following = await paginate(
        session, statement, keys=[column.since, column.id], page=PageRequest(limit, cursor)
    )
    entries = [row for (row,) in rows]
    weights = weights_of(request)
    schools = [entry.organisation_id for entry in entries]
    found = await commands.for_schools(
        session, caller.region, schools, school_year, weights, suggestions
    )
    items = [
        WaitingSchool(
            entry_id=entry.id,
            school_id=entry.organisation_id,
            since=entry.since,
            remaining=entry.remaining,
            suggestions=[
                Suggestion.of(fit, weights, for_school=True)
                for fit in found.get(entry.organisation_id, ())
            ],
        )
        for entry in entries
    ]
    return Page(items=items, next=following)
