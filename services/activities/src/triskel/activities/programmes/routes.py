"""`/v1/programmes`: a partnership's targets of a school year, against what is planned and done."""

import csv
import io
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from triskel.activities.activities.queries import kinds_of
from triskel.activities.activities.routes.target import MEMBERS, Reader
from triskel.activities.activities.schemas import BudgetBody
from triskel.activities.programmes import queries
from triskel.activities.programmes.actions import SET, SET_BUDGET
from triskel.activities.programmes.commands import PROGRAMMES, put
from triskel.activities.programmes.queries import search
from triskel.activities.programmes.schemas import ProgrammeAnswer, Targets, Wanted
from triskel.chassis.http import IfMatchWhereKnown, Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, described
from triskel.chassis.http.values import SchoolYear
from triskel.contracts.codes import Role

router = Router(prefix="/v1", tags=["programmes"])
CSV_COLUMNS = (
    *("school_year", "partnership_id", "school_id", "host_id", "partnership_state", "format"),
    *("target_activities", "asked", "planned", "delivered", "fallen_through"),
    *("target_pupils", "pupils", "hours"),
)


Year = Annotated[SchoolYear, Path()]


async def _found(
    caller: Reader, context: Asked, wanted: Wanted, page: Paging
) -> Page[ProgrammeAnswer]:
    """Those of one's own organisation; a region's for its coordinator and authorities."""
    found, following = await search(context.session, caller, wanted, page)
    attempts = await PROGRAMMES.attempts(context, found)
    return Page(items=[ProgrammeAnswer.of(each) for each in attempts], next=following)


Found = Annotated[Page[ProgrammeAnswer], Depends(_found)]


@router.get("/programmes", summary="Programmes: targets, planned and delivered")
async def find(found: Found) -> Page[ProgrammeAnswer]:
    """Each partnership has one, whether anybody has set targets or not."""
    return found


@router.get(
    "/programmes.csv",
    summary="Programmes, as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "One line for each programme and format; Link names the next page",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
)
async def find_csv(found: Found, request: Request) -> Response:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CSV_COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    for each in found.items:
        for done in each.progress:
            writer.writerow(each.model_dump(mode="json") | done.model_dump(mode="json"))
    headers = {"Content-Disposition": 'attachment; filename="programmes.csv"'}
    if found.next is not None:
        following = request.url.include_query_params(cursor=found.next)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/programmes/{partnership_id}/{school_year}", summary="One programme")
async def show(
    caller: Reader, context: Asked, partnership_id: UUID, school_year: Year, response: Response
) -> ProgrammeAnswer:
    programme = await queries.find(context.session, partnership_id, school_year)
    if not (caller.is_(Role.AUTHORITY) and caller.region == programme.region):
        caller.require_organisation(programme.region, programme.school_id, programme.host_id)
    set_etag(response, programme.version)
    return ProgrammeAnswer.of(await PROGRAMMES.attempt(context, programme))


@router.put("/programmes/{partnership_id}/{school_year}", dependencies=[MEMBERS], **described(SET))
async def set_programme(
    context: Asked,
    partnership_id: UUID,
    school_year: Year,
    body: Targets,
    seen: IfMatchWhereKnown,
    request: Request,
    response: Response,
) -> ProgrammeAnswer:
    """With If-Match where somebody has set them already."""
    programme = await queries.locked(context.session, partnership_id, school_year)
    home_region(request, programme[0].region)
    done = await put(context, programme, seen, SET, body.to_domain())
    set_etag(response, done.subject.version)
    return ProgrammeAnswer.of(done)


@router.put(
    "/programmes/{partnership_id}/{school_year}/budget",
    dependencies=[MEMBERS],
    **described(SET_BUDGET),
)
async def set_budget(
    context: Asked,
    partnership_id: UUID,
    school_year: Year,
    body: BudgetBody,
    seen: IfMatchWhereKnown,
    request: Request,
    response: Response,
) -> ProgrammeAnswer:
    """What a year costs and no single activity does. With If-Match where somebody has set anything
    of the programme already."""
    programme = await queries.locked(context.session, partnership_id, school_year)
    home_region(request, programme[0].region)
    lines = body.to_domain()
    kinds = await kinds_of(context.session, (line.funder_id for line in lines))
    done = await put(context, programme, seen, SET_BUDGET, lines, kinds)
    set_etag(response, done.subject.version)
    return ProgrammeAnswer.of(done)
