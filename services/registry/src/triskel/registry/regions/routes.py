"""`/v1/regions`: what each home region decides for itself."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import IfMatchWhereKnown, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described
from triskel.chassis.http.values import Region as RegionCode
from triskel.contracts.codes import Role
from triskel.contracts.registry import region_id
from triskel.registry.regions import actions
from triskel.registry.regions.commands import REGIONS
from triskel.registry.regions.queries import home_regions
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
