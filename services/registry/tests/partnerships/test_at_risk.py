"""Partnerships at risk: what puts them there, what brings them back, and that it is said once."""

import asyncio
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.actions import CLOCK, Attempt
from triskel.chassis.consumer import rebuild
from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import PartnershipRisk, PartnershipState, Role
from triskel.contracts.registry import PartnershipBackOnTrack, PartnershipPutAtRisk
from triskel.registry.calendars.jobs import take_over
from triskel.registry.partnerships.jobs import watch_risks
from triskel.registry.partnerships.rules.risk import Signs, judge, risks
from triskel.registry.partnerships.rules.state import Facts, Partnership

R = PartnershipRisk


@pytest.mark.parametrize(
    ("weeks", "contact_missing", "found"),
    [
        (7, False, ()),
        (8, False, (R.NO_ACTIVITY,)),
        (0, True, (R.CONTACT_LEFT,)),
        (9, True, (R.NO_ACTIVITY, R.CONTACT_LEFT)),
    ],
)
def test_a_partnership_is_at_risk_after_weeks_of_school_without_activity_or_without_a_contact(
    weeks: int, contact_missing: bool, found: tuple[R, ...]
) -> None:
    assert risks(Signs(weeks, contact_missing), quiet_limit=8) == found


async def watch(platform: Any, times: int = 1) -> int:
    state = platform.app.state
    done = await asyncio.gather(
        *(watch_risks(state.database, state.outbox, state.clock) for _ in range(times))
    )
    return sum(done)


async def said(platform: Any) -> list[tuple[str, tuple[str, ...]]]:
    found = await outbox_events(platform.app.state.database)
    risky = [e for e in found if isinstance(e, (PartnershipPutAtRisk, PartnershipBackOnTrack))]
    return [(e.name_and_version()[0], e.partnership.risks) for e in risky]


async def person(
    platform: Any, organisation: str, *, role: str = "teacher", confirmed: bool = True
) -> Any:
    """Whose consent the coordinator holds, or who is asked for it."""
    body = {
        "organisation_id": organisation,
        "name": "Maëlle Kerbrat",
        "email": f"{uuid4().hex}@ecole.example",
        "roles": [role],
    }
    if confirmed:
        body["consent_given_on"] = "2025-08-28"
    made = await platform.client.post(
        "/v1/contacts", json=body, headers=platform.who(Role.COORDINATOR)
    )
    assert made.status_code == 201, made.text
    return made


def on(platform: Any, day: str) -> None:
    platform.clock.time = datetime.fromisoformat(f"{day}T08:00:00+00:00")


@pytest.fixture
async def active(platform: Any) -> tuple[Any, str, str, Any]:
    """Active since 15 September 2025, with people on both sides, and Brittany's school calendar."""
    on(platform, "2025-09-01")
    state = platform.app.state
    assert await take_over(["FRH0"])(state.database, state.outbox, state.clock)
    school, company, known = await platform.signed()
    people = [await person(platform, school), await person(platform, company, role="company")]
    on(platform, "2025-09-15")
    await platform.plan(school, company, known)
    known = await platform.act(platform.who(Role.COORDINATOR), known, "activate")
    platform.people = people
    return platform, school, company, known


async def test_it_is_at_risk_after_eight_weeks_of_school_and_holidays_do_not_count(
    active: Any,
) -> None:
    platform, _, _, known = active
    # eight weeks from 15 September, and two of autumn holidays and 11 November between
    for day, there in (("2025-11-10", 0), ("2025-11-24", 0), ("2025-11-25", 1), ("2025-11-27", 1)):
        on(platform, day)
        assert await watch(platform, times=4) == 1
        assert len(await said(platform)) == there, day
    assert await said(platform) == [("partnership-put-at-risk", (R.NO_ACTIVITY,))]
    path = f"/v1/partnerships/{known.json()['id']}"
    head = platform.who(Role.COORDINATOR)
    shown = (await platform.client.get(path, headers=head)).json()
    assert (shown["at_risk_since"][:10], shown["risks"]) == ("2025-11-25", ["no-activity"])
    assert shown["state"] == "active"
    for query, count in (("true", 1), ("false", 0)):
        listed = await platform.client.get(f"/v1/partnerships?at_risk={query}", headers=head)
        assert len(listed.json()["items"]) == count
    last = (await platform.client.get(f"{path}/history", headers=head)).json()[-1]
    assert (last["action"], last["by"], last["side"]) == ("put-at-risk", "system", None)


async def test_a_delivered_activity_brings_it_back_on_track_and_a_no_show_does_not(
    active: Any,
) -> None:
    platform, school, company, known = active
    on(platform, "2025-12-01")
    await watch(platform)
    delivered = {
        "partnership_id": known.json()["id"],
        "state": "delivered",
        "delivered_at": platform.clock.now(),
    }
    await platform.hear(platform.activity(school, company, **delivered, outcome="no-show"))
    assert await watch(platform) == 1
    assert [event for event, _ in await said(platform)] == ["partnership-put-at-risk"]
    # the same day: news is looked at without waiting for the next
    await platform.hear(platform.activity(school, company, **delivered, outcome="partial"))
    assert await watch(platform, times=4) == 1
    assert (await said(platform))[1:] == [("partnership-back-on-track", ())]
    assert await watch(platform) == 0


async def test_when_a_contact_leaves_it_is_at_risk_until_somebody_comes(active: Any) -> None:
    platform, school, _, _ = active
    await person(platform, school)  # somebody stays, but who was there at the signing is gone
    await watch(platform)
    path = f"/v1/contacts/{platform.people[0].json()['id']}"
    platform.clock.advance(hours=1)
    gone = await platform.client.delete(
        path,
        headers=platform.who(Role.COORDINATOR) | {"If-Match": platform.people[0].headers["ETag"]},
    )
    assert gone.status_code == 204
    assert await watch(platform) == 1
    assert await said(platform) == [("partnership-put-at-risk", (R.CONTACT_LEFT,))]
    await person(platform, school)
    platform.clock.advance(days=1)
    assert await watch(platform) == 1
    assert (await said(platform))[1:] == [("partnership-back-on-track", ())]


async def test_without_anybody_confirmed_on_a_side_it_is_at_risk(platform: Any) -> None:
    school, company, _ = await platform.signed()
    await person(platform, school)
    unconfirmed = await person(platform, company, role="company", confirmed=False)
    assert await watch(platform) == 1
    assert await said(platform) == [("partnership-put-at-risk", (R.CONTACT_LEFT,))]
    await platform.client.patch(
        f"/v1/contacts/{unconfirmed.json()['id']}",
        json={"consent_given_on": "2025-08-28"},
        headers=platform.who(Role.COORDINATOR) | {"If-Match": unconfirmed.headers["ETag"]},
    )
    platform.clock.advance(days=1)
    assert await watch(platform) == 1
    assert (await said(platform))[1:] == [("partnership-back-on-track", ())]


async def test_what_is_paused_or_over_is_not_at_risk(active: Any) -> None:
    platform, _, _, known = active
    on(platform, "2025-12-01")
    await watch(platform)
    coordinator = platform.who(Role.COORDINATOR)
    path = f"/v1/partnerships/{known.json()['id']}"
    known = await platform.client.get(path, headers=coordinator)
    assert known.json()["risks"] == ["no-activity"]
    paused = await platform.act(coordinator, known, "suspend", {"reason": "no-contact"})
    assert (paused.json()["at_risk_since"], paused.json()["risks"]) == (None, [])
    on(platform, "2026-01-05")
    assert await watch(platform) == 0
    # and after the pause the weeks are counted anew
    await platform.act(coordinator, paused, "resume")
    on(platform, "2026-01-20")
    assert await watch(platform) == 1
    assert len(await said(platform)) == 1


async def test_nothing_is_concluded_from_a_projection_that_is_being_rebuilt(active: Any) -> None:
    platform, school, company, known = active
    state = platform.app.state
    delivered = platform.activity(
        school,
        company,
        partnership_id=known.json()["id"],
        state="delivered",
        outcome="full",
        delivered_at=datetime.fromisoformat("2025-11-20T16:00:00+01:00"),
    )
    on(platform, "2025-11-21")
    await platform.hear(delivered)
    group = "registry.activities.activities"
    stands = text(
        "insert into consumer_offsets values (:group, 'activities.activities', 0, 2)"
        " on conflict (consumer_group, topic, partition) do update set next_offset = 2"
    )
    async with state.database.transaction() as session:
        await session.execute(stands, {"group": group})
    async with state.database.transaction() as session:
        await rebuild(session, state.consumers)
    on(platform, "2025-12-01")
    assert await watch(platform) == 0
    # the reader is back
    await platform.hear(delivered)
    async with state.database.transaction() as session:
        await session.execute(stands, {"group": group})
    assert await watch(platform) == 1
    assert await said(platform) == []


def test_it_has_been_at_risk_since_the_first_of_an_unbroken_row_of_risks() -> None:
    def at(day: int) -> datetime:
        return datetime.fromisoformat(f"2026-01-{day:02}T08:00:00+00:00")

    known = Partnership(
        id=uuid4(),
        region="FRH0",
        version=7,
        school_id=uuid4(),
        company_id=uuid4(),
        school_year="2025-2026",
        state=PartnershipState.ACTIVE,
        proposed_by=Role.TEACHER,
        proposed_at=at(1),
        answer_by=at(2),
        starts_on=date(2025, 9, 1),
        ends_on=date(2026, 7, 3),
    )

    def judged(before: Partnership, found: tuple[R, ...], now: datetime) -> Partnership | None:
        changes = judge(Attempt(before, CLOCK, Facts(), now), found)
        return changes[-1].subject if changes else None

    first = judged(known, (R.NO_ACTIVITY,), at(5))
    assert first is not None
    assert (first.version, first.at_risk_since) == (8, at(5))
    assert judged(first, (R.NO_ACTIVITY,), at(6)) is None
    both = judged(first, (R.NO_ACTIVITY, R.CONTACT_LEFT), at(7))
    assert both is not None
    assert both.at_risk_since == at(5)
    over = judged(both, (), at(8))
    assert over is not None
    assert (over.at_risk_since, over.risks) == (None, ())
