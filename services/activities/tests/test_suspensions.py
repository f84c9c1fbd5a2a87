"""What hangs on somebody suspended waits, keeps its date and goes on; who has left or was closed
takes part in nothing."""

from typing import Any
from uuid import UUID

import pytest

from services.activities.tests.test_following import hear, planned, work
from triskel.activities.activities.jobs import (
    call_off,
    call_off_suspended,
    resume_reinstated,
    suspend_planned,
)
from triskel.activities.main import FOLLOW_SECONDS, FOLLOWERS, SPEC
from triskel.chassis.testing import deliver
from triskel.chassis.testing.registry_events import approved, region_decided, signed
from triskel.contracts.codes import OrganisationKind

SUSPENDED = {"version": 2, "status": "suspended"}


def of_host(platform: Any, **more: Any) -> Any:
    return approved(platform.host, OrganisationKind.COMPANY, **more)


def pair(platform: Any, **more: Any) -> Any:
    now = platform.clock.now()
    return signed(platform.partnership, platform.school, platform.host, now, **more)


@pytest.mark.parametrize(
    ("what", "cause"),
    [("partnership", "partnership-suspended"), ("host", "organisation-suspended")],
)
async def test_what_is_planned_waits_while_its_partnership_or_a_side_is_suspended_and_goes_on(
    platform: Any, what: str, cause: str
) -> None:
    number, other = await planned(platform), await platform.masterclass(5)
    pause = pair(platform, version=7, state="suspended")
    lift = pair(platform, version=8, state="active")
    if what == "host":
        pause, lift = of_host(platform, **SUSPENDED), of_host(platform, version=3)
    assert await work(platform, suspend_planned) == 0
    await hear(platform, pause)
    hit = 1 if what == "partnership" else 2
    assert [await work(platform, suspend_planned) for _ in range(2)] == [hit, 0]
    known = await platform.show(number)
    assert (known["state"], known["suspension"]["cause"]) == ("scheduled", cause)
    assert ((await platform.show(other))["suspension"] is None) == (what == "partnership")
    ticked = {"preconditions": ["room-booked"]}
    refused = await platform.act(number, "confirm", "head", ticked)
    assert (refused.status_code, refused.json()["errors"][0]["rule"]) == (
        *(409, "activity-is-suspended"),
    )
    assert "cancel" in (await platform.show(number))["allowed_actions"]
    assert await work(platform, resume_reinstated) == 0
    await hear(platform, lift)
    assert [await work(platform, resume_reinstated) for _ in range(2)] == [hit, 0]
    assert (await platform.act(number, "confirm", "head", ticked)).status_code == 200
    said = await platform.said()
    assert (said.count("suspended"), said.count("resumed")) == (hit, hit)


async def test_what_is_still_suspended_when_its_date_comes_is_called_off_and_nobody_is_to_blame(
    platform: Any,
) -> None:
    number = await planned(platform)
    await hear(platform, pair(platform, version=7, state="suspended"))
    assert await work(platform, suspend_planned) == 1
    assert await work(platform, call_off_suspended) == 0
    platform.clock.advance(days=12)
    assert [await work(platform, call_off_suspended) for _ in range(2)] == [1, 0]
    known = await platform.show(number)
    wanted = ("cancelled", "partnership-suspended", None, False, None)
    named = ("state", "cause", "ended_by", "late", "suspension")
    assert tuple(known[name] for name in named) == wanted


async def test_a_suspension_that_is_heard_after_it_was_lifted_or_after_the_end_suspends_nothing(
    platform: Any,
) -> None:
    number = await planned(platform)
    await hear(platform, pair(platform, version=8, state="active"))
    await hear(platform, pair(platform, version=7, state="suspended"))
    assert await work(platform, suspend_planned) == 0
    assert (await platform.show(number))["suspension"] is None
    await hear(platform, pair(platform, version=10, state="terminated"))
    await hear(platform, pair(platform, version=9, state="suspended"))
    assert [await work(platform, suspend_planned), await work(platform, call_off)] == [0, 1]


async def test_what_was_merged_into_another_says_so(platform: Any) -> None:
    number = await planned(platform)
    merged = {"version": 2, "status": "withdrawn", "merged_into": UUID(int=5)}
    await hear(platform, of_host(platform, **merged))
    assert await work(platform, call_off) == 1
    assert (await platform.show(number))["cause"] == "organisation-merged"


async def test_news_wake_who_follows_them_who_otherwise_looks_once_a_minute(platform: Any) -> None:
    wiring = SPEC.wire(platform.app.state.settings)
    workers = {each.name: each for each in wiring.workers if each.name in FOLLOWERS}
    assert workers.keys() == FOLLOWERS.keys()
    assert {each.every_seconds for each in workers.values()} == {FOLLOW_SECONDS}
    assert FOLLOW_SECONDS >= 60
    state = platform.app.state
    consumers = wiring.consumers(state.outbox, state.clock)
    woken = [each.wake for each in workers.values()]
    assert not any(each.is_set() for each in woken)
    # the control: other news wake nobody
    await deliver(state.database, consumers, region_decided(2))
    assert not any(each.is_set() for each in woken)
    for news in (of_host(platform, version=2), pair(platform, version=7, state="active")):
        await deliver(state.database, consumers, news)
        assert all(each.is_set() for each in woken)
        for each in woken:
            each.clear()
