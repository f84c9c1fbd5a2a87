"""`/v1/calendars`: school calendars, per region and school year."""

from typing import Annotated

from fastapi import Path, Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import IfMatchWhereKnown, Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked
from triskel.chassis.http.values import Region, SchoolYear
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role
from triskel.registry.calendars import queries
from triskel.registry.calendars.commands import set_calendar
from triskel.registry.calendars.schemas import GivenCalendar, Wanted

router = Router(prefix="/v1/calendars", tags=["calendars"])

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Anybody = Annotated[Caller, allow()]
OfRegion = Annotated[Region, Path()]
OfYear = Annotated[SchoolYear, Path()]


@router.get("", summary="Find school calendars")
async def find_calendars(
    caller: Anybody, context: Asked, wanted: Wanted, page: Paging
) -> Page[contract.SchoolCalendar]:
    found, following = await queries.search(context.session, wanted, page)
    return Page(items=found, next=following)


@router.get("/{region}/{school_year}", summary="One region's school year")
async def show_calendar(
    caller: Anybody, context: Asked, region: OfRegion, school_year: OfYear, response: Response
) -> contract.SchoolCalendar:
    calendar = await queries.get(context.session, region, school_year)
    set_etag(response, calendar.version)
    return calendar


@router.put("/{region}/{school_year}", summary="Set one region's school year")
async def put_calendar(
    caller: Coordinator,
    context: Asked,
    region: OfRegion,
    school_year: OfYear,
    body: GivenCalendar,
    seen: IfMatchWhereKnown,
    request: Request,
    response: Response,
) -> contract.SchoolCalendar:
    """With If-Match where there is one already."""
    caller.require_region(region)
    home_region(request, region)
    calendar = await set_calendar(context, region, body.to_domain(school_year), seen)
    set_etag(response, calendar.version)
    return calendar
