"""Messages are kept as long as their region says, and no longer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import generate_latest
from sqlalchemy import text

from triskel.chassis.retention import AT_MOST, RETENTION
from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.notifications.messages.jobs import old_messages

MADE = datetime(2025, 10, 1, 8, tzinfo=UTC)
_INSERT = text(
    """
    insert into messages (region, contact_id, organisation_id, kind, subject_id, reason, occurrence,
        channel, language, state, facts, at, correlation_id, causation_id)
    select :region, gen_random_uuid(), gen_random_uuid(), 'activity', gen_random_uuid(),
        'activity-proposed', 1, 'inbox', 'fr', :state, '{}', :at, 'c', 'c'
    from generate_series(1, :number)
    """
)


async def made(platform: Any, region: str, state: str = "sent", number: int = 1) -> None:
    values = {"region": region, "state": state, "at": MADE, "number": number}
    async with platform.app.state.database.transaction() as session:
        await session.execute(_INSERT, values)


async def decided(platform: Any, region: str, **periods: int) -> None:
    """What the registry says that a region keeps."""
    settings = registry.region_settings(region)
    retention = registry.RetentionPeriods(**periods)
    state = registry.RegionState(
        id=registry.region_id(region),
        region=region,
        version=2,
        settings=settings.model_copy(update={"retention": retention}),
    )
    await platform.hear(registry.RegionSettingsChanged(region=state, by=Role.COORDINATOR))


async def left(platform: Any) -> list[tuple[str, str]]:
    rows = await platform.rows("select region, state from messages order by region, state")
    return [tuple(row) for row in rows]


async def work(platform: Any) -> int:
    state = platform.app.state
    gone: int = await state.workers[RETENTION].run(state.database, state.outbox, state.clock)
    return gone


async def test_a_message_is_deleted_once_it_is_as_old_as_its_region_keeps_it(
    platform: Any,
) -> None:
    await decided(platform, "FRH0", messages_months=3)
    await decided(platform, "ES21", messages_months=4)
    for region in ("DK", "ES21", "FRH0"):
        await made(platform, region)
    await made(platform, "FRH0", "waiting")
    whole = await left(platform)

    three_months = datetime(2026, 1, 1, 8, tzinfo=UTC)
    platform.clock.time = three_months
    assert (await work(platform), await left(platform)) == (0, whole)

    platform.clock.time = three_months + timedelta(microseconds=1)
    assert await work(platform) == 1
    # one that may still leave stays, and so do those of regions that keep them longer
    assert await left(platform) == [("DK", "sent"), ("ES21", "sent"), ("FRH0", "waiting")]
    assert b'triskel_retention_deleted_total{kind="messages"} 1.0' in generate_latest(
        platform.app.state.telemetry.registry
    )

    platform.clock.time = datetime(2026, 2, 1, 8, 1, tzinfo=UTC)
    assert await work(platform) == 1
    # of Denmark nothing was heard: a year, as of who has decided nothing
    platform.clock.time = datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert await work(platform) == 0
    platform.clock.advance(seconds=1)
    assert await work(platform) == 1
    assert await left(platform) == [("FRH0", "waiting")]


async def test_messages_go_a_bounded_number_at_once_and_each_once_by_two_replicas(
    platform: Any,
) -> None:
    await made(platform, "FRH0", number=2 * AT_MOST + 1)
    await made(platform, "NL", number=10)
    platform.clock.time = MADE + timedelta(days=366)
    state = platform.app.state
    gone = []
    while round_ := await asyncio.gather(
        *(old_messages(7).run(state.database, state.outbox, state.clock) for _ in range(2))
    ):
        gone += round_
        if not any(round_):
            break
    assert max(gone) <= AT_MOST
    assert sum(gone) == 2 * AT_MOST + 11
    assert await left(platform) == []


async def test_what_tells_that_a_message_was_sent_is_kept_longer_than_it_may_be_news(
    platform: Any,
) -> None:
    await decided(platform, "FRH0", messages_months=3)
    await made(platform, "FRH0")
    state = platform.app.state
    platform.clock.time = MADE + timedelta(days=100)
    given = (state.database, state.outbox, state.clock)
    assert await old_messages(100).run(*given) == 0
    assert await old_messages(7).run(*given) == 1
