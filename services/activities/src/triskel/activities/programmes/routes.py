"""`/v1/programmes`: a partnership's targets of a school year, against what is planned and done."""

import csv
import io
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from triskel.activities.activities.routes.target import Member, Reader
from triskel.activities.programmes.commands import put
from triskel.activities.programmes.queries import (
    actor_of,
    overview_of,
    partnership_of,
    search,
    to_domain,
)
from triskel.activities.programmes.schemas import ProgrammeAnswer, Targets, Wanted
from triskel.chassis.http import IfMatchWhereKnown, Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked
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
    return Page(items=[ProgrammeAnswer.of(caller, each) for each in found], next=following)


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
    overview = await overview_of(context.session, partnership_id, school_year)
    programme = overview.programme
    if not (caller.is_(Role.AUTHORITY) and caller.region == programme.region):
        caller.require_organisation(programme.region, programme.school_id, programme.host_id)
    set_etag(response, programme.version)
    return ProgrammeAnswer.of(caller, overview)


@router.put("/programmes/{partnership_id}/{school_year}", summary="Set the targets")
async def set_programme(
    caller: Member,
    context: Asked,
    partnership_id: UUID,
    school_year: Year,
    body: Targets,
    seen: IfMatchWhereKnown,
    request: Request,
    response: Response,
) -> ProgrammeAnswer:
    """With If-Match where somebody has set them already."""
    partnership = await partnership_of(context.session, partnership_id, school_year)
    home_region(request, partnership.region or "")
    actor = actor_of(caller, to_domain(partnership, None))
    await put(context, partnership, actor, body.to_domain(), seen)
    overview = await overview_of(context.session, partnership_id, school_year)
    set_etag(response, overview.programme.version)
    return ProgrammeAnswer.of(caller, overview)
