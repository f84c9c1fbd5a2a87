"""Every route that acts on an activity refuses in one order, whatever else is wrong."""

from typing import Any

from services.activities.tests.conftest import Platform
from triskel.chassis.testing.refusals import ActionRoute, action_routes, order_of_refusals

IN_ORDER = [404, 403, 412, 409]
WITH_REASON: dict[str, list[int]] = {
    # taking a place is right whatever else changed, so no version is asked
    "/v1/activities/{activity_id}/bookings": [404, 403, 409, 409],
    # what is named beside it, and is not there, is told before the version is looked at
    "/v1/activities/{activity_id}/challenge/advance": [404, 403, 404, 404],
    # the coordinator is no side that evaluates where there are two
    "/v1/activities/{activity_id}/evaluate": [404, 403, 403, 403],
}


def wanted(route: ActionRoute) -> list[int]:
    """Of a part that is not there, 404 comes after who may and before the version."""
    known = WITH_REASON.get(route.path, IN_ORDER)
    return [404, 403, 404, 404] if route.has_parts and known == IN_ORDER else known


async def refused(
    platform: Platform, parameter: str, subject_id: str, version: int
) -> dict[str, Any]:
    """The routes that refuse in another order, with what they answer."""
    routes = list(action_routes(platform.app, parameter))
    assert len(routes) > 5
    found = {}
    for route in routes:
        statuses = await order_of_refusals(
            *(platform.client, route, subject_id, version),
            platform.who("stranger"),
            platform.who("coordinator"),
        )
        # without a format's details the rule is asked before its parts
        if statuses != wanted(route) and not (route.has_parts and statuses == IN_ORDER):
            found[f"{route.method} {route.path}"] = statuses
    return found


async def test_every_action_on_an_activity_is_refused_in_one_order(platform: Platform) -> None:
    parties = {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}
    number = await platform.scheduled("guest-lesson", None, **parties)
    cancelled = await platform.act(number, "cancel", "coordinator", {"reason": "other"})
    assert await refused(platform, "activity_id", number, cancelled.json()["version"]) == {}
