"""What is over is kept as long as its region says; what people wrote about it then goes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.retention import RETENTION
from triskel.contracts.codes import Role
from triskel.registry.partnerships.jobs import NOTES

A_YEAR_LATER = datetime(2026, 10, 1, 8, tzinfo=UTC)
HELD = {
    "partnership-notes": "select count(*) from partnership_steps where note is not null",
    "agreements": "select count(*) from agreements",
    "rankings": "select count(*) from matching_participants "
    "where ranking is not null and refusals is not null",
    "import-lines": "select count(*) from import_lines",
    "report-texts": "select count(*) from reports where text <> '' or note is not null",
}
_ROUND = """
    insert into matching_rounds (id, version, region, school_year, state, opened_at, rank_until,
        schools, companies, closed_at)
    values (:round, 4, 'FRH0', '2025-2026', 'confirmed', :now, :now, 1, 1, :now)
"""
_PARTICIPANT = """
    insert into matching_participants (round_id, organisation_id, side, entry_id, ranking_version,
        ranking, refusals)
    select :round, organisation_id, side, id, 1, '[["x"]]', '[{"rule": "x"}]' from waiting_entries
"""


async def execute(platform: Any, *statements: str, **values: Any) -> list[int]:
    """How many rows each touched."""
    async with platform.app.state.database.transaction() as session:
        done = [await session.execute(text(each), values) for each in statements]
        return [each.rowcount for each in done]


async def held(platform: Any) -> dict[str, int]:
    async with platform.app.state.database.reading() as session:
        return {kind: await session.scalar(text(query)) for kind, query in HELD.items()}


async def work(platform: Any) -> int:
    state = platform.app.state
    gone: int = await state.workers[RETENTION].run(state.database, state.outbox, state.clock)
    return gone


@pytest.fixture
async def closed(platform: Any, imported: Any) -> Any:
    """A partnership that ended, a round, an import and a report, all closed now."""
    school, company, known = await platform.signed()
    coordinator = platform.who(Role.COORDINATOR)
    await platform.plan(school, company, known)
    known = await platform.act(coordinator, known, "activate")
    ended = {"reason": "completed", "note": "Maëlle Exemple part à la retraite."}
    assert (await platform.act(coordinator, known, "end", ended)).status_code == 200
    await platform.wait(school)
    now = platform.clock.now()
    await execute(platform, _ROUND, _PARTICIPANT, round=uuid4(), now=now)
    await imported(b"kind,name,scheme,identifier,country\nschool,X,uai,1,FR\n", "triskel-template")
    body = {"subject": "organisation", "subject_id": company, "category": "error", "text": "Faux."}
    report = await platform.client.post(
        "/v1/reports", json=body, headers=platform.who(Role.TEACHER, school)
    )
    seen = {"If-Match": report.headers["ETag"]}
    path = f"/v1/reports/{report.json()['id']}/dismiss"
    done = await platform.client.post(path, json={"note": "Vrai."}, headers=coordinator | seen)
    assert done.status_code == 200, done.text
    assert all((await held(platform)).values())
    return known.json()["id"]


async def test_what_people_wrote_goes_once_it_is_closed_as_long_as_its_region_keeps_it(
    platform: Any, closed: str
) -> None:
    await platform.decide(retention={"closed_years": 1})
    before, said = await held(platform), await platform.said()
    path, coordinator = f"/v1/partnerships/{closed}", platform.who(Role.COORDINATOR)
    partnership = (await platform.client.get(path, headers=coordinator)).json()

    platform.clock.time = A_YEAR_LATER
    assert (await work(platform), await held(platform)) == (0, before)

    platform.clock.time = A_YEAR_LATER + timedelta(microseconds=1)
    assert await work(platform) == sum(before.values())
    assert await held(platform) == dict.fromkeys(HELD, 0)
    assert await work(platform) == 0
    # the facts stay, and nobody is told of what nobody was told
    assert (await platform.client.get(path, headers=coordinator)).json() == partnership
    assert partnership["agreement"]["digest"]
    assert await execute(platform, "select 1 from imports where refused = 1") == [1]
    assert await platform.said() == said


async def test_what_another_region_closed_stays_as_long_as_that_one_keeps_it(
    platform: Any, closed: str
) -> None:
    await platform.decide(retention={"closed_years": 1})
    tables = ("organisations", "partnerships", "matching_rounds", "imports", "reports")
    moved = await execute(platform, *(f"update {each} set region = 'NL'" for each in tables))
    assert all(moved)
    before = await held(platform)
    platform.clock.time = A_YEAR_LATER + timedelta(days=1)
    assert (await work(platform), await held(platform)) == (0, before)
    # five years, where nothing was decided
    platform.clock.time = datetime(2030, 10, 1, 8, 1, tzinfo=UTC)
    assert await work(platform) == sum(before.values())


async def test_two_replicas_empty_a_note_once(platform: Any, closed: str) -> None:
    await platform.decide(retention={"closed_years": 1})
    platform.clock.time = A_YEAR_LATER + timedelta(days=1)
    state = platform.app.state
    gone = await asyncio.gather(
        *(NOTES.run(state.database, state.outbox, state.clock) for _ in range(2))
    )
    assert sum(gone) == 1
