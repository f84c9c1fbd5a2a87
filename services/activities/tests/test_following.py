"""What hangs on a partnership or an organisation that is no more is called off, once."""

from typing import Any

import pytest

from triskel.activities.activities.jobs import call_off
from triskel.activities.offers.jobs import retire_without_host
from triskel.chassis.testing import deliver, outbox_events
from triskel.chassis.testing.registry_events import approved, signed
from triskel.contracts.codes import OrganisationKind


async def work(platform: Any, job: Any) -> int:
    state = platform.app.state
    done: int = await job(state.database, state.outbox, platform.clock)
    return done


async def hear(platform: Any, *events: Any) -> None:
    await deliver(platform.app.state.database, platform.app.state.consumers, *events)


async def planned(platform: Any) -> str:
    """A lesson of the partnership."""
    of_both = {
        "school_id": str(platform.school),
        "partnership_id": str(platform.partnership),
        "capacity": 30,
    }
    number: str = await platform.scheduled("guest-lesson", None, **of_both)
    return number


async def test_what_is_ahead_is_called_off_with_its_partnership_once(platform: Any) -> None:
    ahead, second = await planned(platform), await planned(platform)
    other = await platform.masterclass(10)
    over = signed(
        *(platform.partnership, platform.school, platform.host, platform.clock.now()),
        version=7,
        state="terminated",
    )
    assert await work(platform, call_off) == 0
    await hear(platform, over)
    assert [await work(platform, call_off), await work(platform, call_off)] == [2, 0]
    shown = await platform.show(ahead)
    wanted = ("cancelled", "partnership-ended", None, False)
    assert (shown["state"], shown["cause"], shown["ended_by"], shown["late"]) == wanted
    assert (await platform.show(second))["state"] == "cancelled"
    assert (await platform.show(other))["state"] == "scheduled"
    said = await outbox_events(platform.app.state.database)
    assert sum(e.name_and_version()[0] == "activity-cancelled" for e in said) == 2


async def test_what_has_begun_is_not_called_off(platform: Any) -> None:
    number = await planned(platform)
    platform.clock.advance(days=12, hours=1)
    over = signed(
        *(platform.partnership, platform.school, platform.host, platform.clock.now()),
        version=7,
        state="ended",
    )
    await hear(platform, over)
    assert await work(platform, call_off) == 0
    assert (await platform.show(number))["state"] == "scheduled"


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"status": "withdrawn"}, "organisation-withdrawn"),
        ({"open": False}, "organisation-closed"),
    ],
)
async def test_with_a_host_that_is_no_more_its_activities_are_called_off_and_its_offers_close(
    platform: Any, more: dict[str, Any], cause: str
) -> None:
    lesson, masterclass = await planned(platform), await platform.masterclass(10)
    draft = {
        "format": "guest-lesson",
        "title": "Une ingénieure en classe",
        "host_id": str(platform.host),
        "levels": ["3"],
        "description": "Une heure avec une ingénieure.",
        "capacity": 35,
        "places": ["school"],
    }
    offer = await platform.post("/v1/offers", "company", draft)
    assert offer.status_code == 201, offer.text
    gone = approved(platform.host, OrganisationKind.COMPANY, version=2, **more)
    await hear(platform, gone)
    assert [await work(platform, call_off), await work(platform, call_off)] == [2, 0]
    for number in (lesson, masterclass):
        shown = await platform.show(number)
        assert (shown["state"], shown["cause"]) == ("cancelled", cause)
    done = [await work(platform, retire_without_host), await work(platform, retire_without_host)]
    assert done == [1, 0]
    assert (await outbox_events(platform.app.state.database))[-1].offer.state == "retired"
