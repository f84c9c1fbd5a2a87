"""Every route that acts on an activity refuses in one order, whatever else is wrong."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from services.activities.tests.conftest import Platform
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.tables import ACTIVITY, ActivityRow
from triskel.chassis.testing.refusals import ActionRoute, action_routes, order_of_refusals
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.format_codes import ChallengeStage

IN_ORDER = [404, 403, 412, 409]
ROUTE = "/v1/activities/{activity_id}"
WITH_REASON: dict[str, list[int]] = {
    # taking a place is right whatever else changed, so no version is asked
    f"{ROUTE}/bookings": [404, 403, 409, 409],
}
FLAGS = {f"{ROUTE}/{flag}" for flag in ("archive", "unarchive", "hide", "show")}
"""What is over may be archived, and anything hidden: `test_visibility` tries what may not."""
OF_A_SIDE = ("accept", "evaluate", "agree-date", "leave-activity")
ABLE = {f"{ROUTE}/{action}": "teacher" for action in OF_A_SIDE}
ABLE[f"{ROUTE}/publish"] = "company"
"""Who may do what the coordinator may not."""


def wanted(route: ActionRoute) -> list[int]:
    """Of a part that is not there, 404 comes after who may and before the version."""
    known = WITH_REASON.get(route.path, IN_ORDER)
    return [404, 403, 404, 404] if route.has_parts and known == IN_ORDER else known


async def final(platform: Platform) -> str:
    """Of a challenge that is none of ours, so that winners could be sent to it."""
    known = Activity(
        id=uuid4(),
        region="FRH0",
        version=1,
        format=ActivityFormat.INNOVATION_CHALLENGE,
        state=ActivityState.DRAFT,
        title="Finale",
        school_year="2025-2026",
        host_id=platform.host,
        school_id=None,
        partnership_id=None,
        proposed_by=Side.COORDINATOR,
        drafted_at=platform.clock.now(),
        parent_id=uuid4(),
        stage=ChallengeStage.REGIONAL,
    )
    async with platform.app.state.database.transaction() as session:
        session.add(ActivityRow(**ACTIVITY.to_columns(known)))
    return str(known.id)


async def refused(
    platform: Platform, parameter: str, subject_id: str, version: int
) -> dict[str, Any]:
    """The routes that refuse in another order, with what they answer."""
    routes = [each for each in action_routes(platform.app, parameter) if each.path not in FLAGS]
    assert len(routes) > 5
    named = {f"{ROUTE}/challenge/advance": {"final_id": await final(platform)}}
    found = {}
    for route in routes:
        statuses = await order_of_refusals(
            platform.client,
            replace(route, body=named.get(route.path, route.body)),
            subject_id,
            version,
            platform.who("stranger"),
            platform.who(ABLE.get(route.path, "coordinator")),
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
