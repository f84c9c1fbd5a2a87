"""What people wrote about an activity, and families' registrations, are kept as long as the region
says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from triskel.chassis.retention import RETENTION
from triskel.chassis.testing import deliver
from triskel.contracts import registry
from triskel.contracts.codes import Role

NAMES = "Maëlle Exemple vient aussi."
HELD = {
    "activity-messages": "select count(*) from activity_steps where message is not null",
    "minutes-texts": "select count(*) from activities "
    "where data #>> '{task_force,minutes,text}' is not null",
    "jury-marks": "select count(*) from activities "
    "where data #> '{challenge,sheets}' @> '[{\"seat\": 1}]'",
    "registrations": "select count(*) from registrations",
}


async def execute(platform: Any, statement: str, **values: Any) -> None:
    async with platform.app.state.database.transaction() as session:
        await session.execute(text(statement), values)


async def held(platform: Any) -> dict[str, int]:
    async with platform.app.state.database.reading() as session:
        return {kind: await session.scalar(text(query)) for kind, query in HELD.items()}


async def work(platform: Any) -> int:
    state = platform.app.state
    gone: int = await state.workers[RETENTION].run(state.database, state.outbox, state.clock)
    return gone


async def decided(platform: Any, region: str, **periods: int) -> None:
    settings = registry.region_settings(region).model_copy(
        update={"retention": registry.RetentionPeriods(**periods)}
    )
    state = registry.RegionState(
        id=registry.region_id(region), region=region, version=9, settings=settings
    )
    said = registry.RegionSettingsChanged(region=state, by=Role.COORDINATOR)
    await deliver(platform.app.state.database, platform.app.state.consumers, said)


@pytest.fixture
async def over(platform: Any) -> str:
    """A parents' day that was cancelled with a word, after a family had registered until today,
    a meeting that is closed today, with minutes, and a challenge that is, with a juror's marks."""
    more = {"school_id": str(platform.school)}
    number: str = await platform.scheduled("parents-day", None, **more)
    tomorrow = (platform.clock.now() + timedelta(days=1)).isoformat()
    body = {"quota": 10, "until": tomorrow}
    opened = await platform.put(number, "registration", "head", body)
    family = {"token": opened.json()["token"], "adults": 2, "children": 1}
    answer = await platform.client.post(
        "/v1/registrations", json=family, headers={"Idempotency-Key": ""}
    )
    assert answer.status_code == 201, answer.text
    answer = await platform.act(number, "cancel", "head", {"reason": "other"})
    assert answer.status_code == 200, answer.text
    await execute(
        platform, "update activity_steps set message = :it where action = 'cancel'", it=NAMES
    )
    meeting = await platform.masterclass(5)
    now = platform.clock.now()
    await execute(
        platform,
        "update activities set format = 'task-force-meeting', state = 'closed', "
        "delivered_at = :now, data = data || cast(:more as jsonb) where id = cast(:id as uuid)",
        now=now,
        id=meeting,
        more=json.dumps({"task_force": {"minutes": {"text": NAMES, "sha256": "1f"}}}),
    )
    challenge = {"sheets": [{"seat": 1, "team": 1, "points": [9]}], "ranking": [{"team": 1}]}
    await execute(
        platform,
        "update activities set format = 'innovation-challenge', state = 'closed', "
        "delivered_at = :now, data = data || cast(:more as jsonb) where id = cast(:id as uuid)",
        now=now,
        id=await platform.masterclass(5),
        more=json.dumps({"challenge": challenge}),
    )
    await execute(
        platform, "update registration_links set until = :now, uncounted_since = null", now=now
    )
    assert await held(platform) == dict.fromkeys(HELD, 1)
    return number


async def test_what_was_written_goes_once_it_is_as_old_as_the_region_keeps_it(
    platform: Any, over: str
) -> None:
    await decided(platform, "FRH0", closed_years=1, messages_months=12)
    a_year_later = datetime(2026, 10, 1, 8, tzinfo=UTC)
    platform.clock.time = a_year_later
    assert (await work(platform), await held(platform)) == (0, dict.fromkeys(HELD, 1))
    platform.clock.time = a_year_later + timedelta(microseconds=1)
    said = await platform.said()
    assert await work(platform) == len(HELD)
    assert await held(platform) == dict.fromkeys(HELD, 0)
    # what was counted and decided stays, and is not said again
    async with platform.app.state.database.reading() as session:
        booked = await session.scalar(text("select booked from registration_links"))
        digest = await session.scalar(
            text(
                "select data #>> '{task_force,minutes,sha256}' from activities "
                "where format = 'task-force-meeting'"
            )
        )
        ranked = await session.scalar(
            text(
                "select data #>> '{challenge,ranking,0,team}' from activities "
                "where format = 'innovation-challenge'"
            )
        )
    assert (booked, digest, ranked) == (3, "1f", "1")
    assert (await platform.show(over))["state"] == "cancelled"
    assert await platform.said() == said


async def test_another_regions_texts_stay_and_what_goes_on_keeps_its_own(
    platform: Any, over: str
) -> None:
    await decided(platform, "FRH0", closed_years=1, messages_months=3)
    await execute(platform, "update activities set region = 'NL'")
    platform.clock.time = datetime(2026, 9, 1, tzinfo=UTC)
    assert (await work(platform), await held(platform)) == (0, dict.fromkeys(HELD, 1))
    await execute(platform, "update activities set region = 'FRH0', state = 'scheduled'")
    platform.clock.time = datetime(2026, 12, 1, tzinfo=UTC)
    # a family's registration ends with its own date, whatever became of the activity
    assert await work(platform) == 1
    left = await held(platform)
    assert left == dict.fromkeys(HELD, 1) | {"registrations": 0}
