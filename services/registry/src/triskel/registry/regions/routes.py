"""`/v1/regions`: what a region sets for itself."""

from typing import Annotated

from fastapi import Path, Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import IfMatchWhereKnown, Router, Session, home_region, set_etag
from triskel.chassis.http.values import Region
from triskel.contracts.codes import Role
from triskel.registry.regions.commands import rules_of, set_rules
from triskel.registry.regions.schemas import GivenRegion, RegionAnswer

router = Router(prefix="/v1/regions", tags=["regions"])

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Anybody = Annotated[Caller, allow()]


@router.get("/{region}", summary="What holds in a region")
async def show_region(
    _: Anybody, region: Annotated[Region, Path()], session: Session, response: Response
) -> RegionAnswer:
    rules, version = await rules_of(session, region)
    if version:
        set_etag(response, version)
    return RegionAnswer.of(region, rules, version)


@router.put("/{region}", summary="Set what holds in a region")
async def set_region(
    caller: Coordinator,
    region: Annotated[Region, Path()],
    body: GivenRegion,
    seen: IfMatchWhereKnown,
    request: Request,
    session: Session,
    response: Response,
) -> RegionAnswer:
    """With If-Match where something was set before."""
    caller.require_region(region)
    home_region(request, region)
    rules = body.to_domain()
    version = await set_rules(session, region, rules, seen)
    set_etag(response, version)
    return RegionAnswer.of(region, rules, version)
