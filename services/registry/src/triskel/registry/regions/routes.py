"""`/v1/regions`: what each home region decides for itself; `/regions/FRH0` shows it to people."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from triskel.chassis.auth import Caller, allow, public
from triskel.chassis.http import IfMatchWhereKnown, Router, Session, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described
from triskel.chassis.http.languages import language_of
from triskel.chassis.http.values import Region as RegionCode
from triskel.chassis.pages import page_response
from triskel.contracts.codes import Role
from triskel.contracts.registry import region_id
from triskel.registry.regions import actions
from triskel.registry.regions.commands import REGIONS
from triskel.registry.regions.queries import home_regions
from triskel.registry.regions.refusals import RegionUnknown
from triskel.registry.regions.rules import Region
from triskel.registry.regions.schemas import GivenSettings, RegionAnswer

_COORDINATOR = allow(Role.COORDINATOR)
Anybody = Annotated[Caller, allow()]

router = Router(prefix="/v1/regions", tags=["regions"])


async def _target(
    region: Annotated[RegionCode, Path()],
    seen: IfMatchWhereKnown,
    context: Asked,
    request: Request,
    response: Response,
    caller: Annotated[Caller, _COORDINATOR],
) -> Target[Region, None]:
    home_region(request, region)
    return Target(REGIONS, region_id(region), seen, context, response)


_PAGE: dict[str, Any] = {
    "response_class": HTMLResponse,
    "responses": {
        404: {
            "description": "a page for a region that is not at home here",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
}

page = Router(prefix="/regions", tags=["regions"], dependencies=[public()])


@page.get("/{region}", summary="The page of what a region decides for itself", **_PAGE)
async def show_page(
    request: Request, session: Session, region: Annotated[RegionCode, Path()]
) -> HTMLResponse:
    """In French or English, by `Accept-Language`; nothing in it is anybody's."""
    language = language_of(request)
    try:
        found = await REGIONS.get(session, region_id(region))
    except RegionUnknown as unknown:
        sentence = unknown.said_in(language)
        return page_response(__package__, "unknown.html", 404, language=language, sentence=sentence)
    return page_response(
        __package__,
        f"{language}.html",
        language=language,
        region=region,
        settings=found.settings,
    )


OnRegion = Annotated[Target[Region, None], Depends(_target)]


@router.get("", summary="The regions that are at home here")
async def find_regions(caller: Anybody, context: Asked) -> list[RegionAnswer]:
    attempts = await REGIONS.attempts(context, await home_regions(context.session))
    return [RegionAnswer.of(attempt) for attempt in attempts]


@router.get("/{region}", summary="One region, with what it decides for itself")
async def show_region(
    caller: Anybody, context: Asked, region: Annotated[RegionCode, Path()], response: Response
) -> RegionAnswer:
    found = await REGIONS.get(context.session, region_id(region))
    set_etag(response, found.version)
    return RegionAnswer.of(await REGIONS.attempt(context, found))


@router.patch("/{region}", **described(actions.CHANGE))
async def change_region(on: OnRegion, body: GivenSettings) -> RegionAnswer:
    return RegionAnswer.of(await on.act(actions.CHANGE, body.given()))
