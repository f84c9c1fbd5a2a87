"""Find and show organisations, and their history."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from triskel.chassis.distances import Around
from triskel.chassis.http import Page, Paging, Router, Session, set_etag
from triskel.chassis.http.values import Moment, OneLine, Region
from triskel.chassis.paging import paginate
from triskel.contracts.codes import Isced, OrganisationKind, OrganisationStatus, Role
from triskel.registry.organisations import commands as usecases
from triskel.registry.organisations.refusals import CoordinatorOnly
from triskel.registry.organisations.refusals.organisation import (
    PositionIncomplete,
    SortNotYours,
)
from triskel.registry.organisations.routes.acting import Anybody, Member, answer, answers
from triskel.registry.organisations.schemas import Answer, Area, Code, Line, Step
from triskel.registry.organisations.tables import OrganisationRow, OrganisationStepRow

router = Router(prefix="/v1/organisations", tags=["organisations"])

Words = Annotated[str, OneLine(longest=200, shortest=0)]


@router.get("", summary="Find organisations")
async def find(
    page: Paging,
    caller: Anybody,
    session: Session,
    q: Annotated[Words | None, Query(description="words of the name")] = None,
    kind: OrganisationKind | None = None,
    status: OrganisationStatus | None = None,
    level: Isced | None = None,
    open: bool | None = None,
    region: Annotated[Region | None, Query()] = None,
    nuts3: Annotated[Area | None, Query()] = None,
    municipality: Annotated[Line | None, Query(description="its whole name")] = None,
    municipality_code: Annotated[Code | None, Query(description="INSEE, CBS, … code")] = None,
    identifier: Annotated[
        Words | None,
        Query(
            description="an official number, as `uai:0350024L` or `0350024L`; a site's finds its "
            "organisation",
        ),
    ] = None,
    priority_education: bool | None = None,
    updated_since: Annotated[Moment | None, Query(description="RFC 3339")] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    km: Annotated[float, Query(gt=0, le=500)] = 20,
    sort: Annotated[
        Literal["name", "updated", "answers"] | None,
        Query(
            description="updated: what changed last comes last; answers: hosts that leave schools "
            "unanswered come last, as schools get it by default; for them and coordinators"
        ),
    ] = None,
    hidden: Annotated[
        bool | None,
        Query(description="hosts that schools are not shown, or the others; for coordinators"),
    ] = None,
) -> Page[Answer]:
    if (latitude is None) != (longitude is None):
        raise PositionIncomplete(field="longitude" if longitude is None else "latitude")
    for_schools = caller.is_(Role.HEAD, Role.TEACHER) and not caller.is_(Role.COORDINATOR)
    if hidden is not None and not caller.is_(Role.COORDINATOR):
        raise CoordinatorOnly(field="hidden")
    if sort == "answers" and not (for_schools or caller.is_(Role.COORDINATOR)):
        # the order tells how a competitor answers, which is between it and the coordinator
        raise SortNotYours(value=sort)
    if not for_schools and (hidden is not None or sort == "answers"):
        # how a host answers is seen by the coordinator of its own region
        region = region or caller.region
        caller.require_region(region)
    near = None if latitude is None or longitude is None else Around(latitude, longitude, km)
    statement = usecases.search(
        usecases.Search(
            words=q,
            kind=kind,
            status=status,
            level=level,
            open=open,
            near=near,
            region=region,
            nuts3=nuts3,
            municipality=municipality,
            municipality_code=municipality_code,
            identifier=identifier,
            priority_education=priority_education,
            updated_since=updated_since,
            hidden=False if for_schools else hidden,
        )
    )
    columns = OrganisationRow.__table__.c
    keys = {
        "name": [columns.search_name, columns.id],
        "updated": [columns.updated_at, columns.id],
        "answers": [columns.answer_rank, columns.search_name, columns.id],
    }[sort or ("answers" if for_schools else "name")]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    found = [row for row, _ in rows]
    items = await answers(caller, session, found, {row.id: distance for row, distance in rows})
    return Page(items=items, next=following)


@router.get("/{organisation_id}", summary="One organisation")
async def show(
    caller: Anybody, organisation_id: UUID, session: Session, response: Response
) -> Answer:
    shown = await answer(caller, session, organisation_id)
    set_etag(response, shown.version)
    return shown


@router.get(
    "/{organisation_id}/history", summary="Who did what, when and why, with what was merged into it"
)
async def history(
    caller: Member, organisation_id: UUID, session: Session, page: Paging
) -> Page[Step]:
    row = await usecases.one(session, organisation_id)
    caller.require_organisation(row.region, row.id)
    column = OrganisationStepRow.__table__.c
    rows, following = await paginate(
        session,
        usecases.steps_of(await usecases.family(session, organisation_id)),
        keys=[column.at, column.organisation_id, column.version],
        page=page,
    )
    return Page(items=[Step.model_validate(row.model_dump()) for (row,) in rows], next=following)
