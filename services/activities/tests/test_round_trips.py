"""What an action costs: how often the service waits for PostgreSQL, begin and commit included."""

from pathlib import Path
from typing import Any

import pytest

from triskel.chassis.testing import RoundTrips
from triskel.chassis.testing.fixtures import FreshDatabase


@pytest.fixture
def fresh_database(fresh_database: FreshDatabase, round_trips: RoundTrips) -> FreshDatabase:
    async def fresh(migrations: Path) -> str:
        return round_trips.through(await fresh_database(migrations))

    return fresh


async def draft(platform: Any) -> Any:
    body = {
        "format": "guest-lesson",
        "title": "Enseigner la photonique",
        "school_year": "2025-2026",
        "host_id": str(platform.host),
        "school_id": str(platform.school),
        "partnership_id": str(platform.partnership),
    }
    answer = await platform.post("/v1/activities", "teacher", body)
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_new_activity_takes_at_most_four_round_trips(
    platform: Any, round_trips: RoundTrips
) -> None:
    assert await round_trips.of(lambda: draft(platform)) <= 4


async def test_accepting_an_activity_takes_at_most_five_round_trips(
    platform: Any, round_trips: RoundTrips
) -> None:
    proposed = [(await draft(platform)).json()["id"] for _ in range(3)]
    for number in proposed:
        answer = await platform.act(number, "propose", "teacher")
        assert answer.status_code == 200, answer.text

    async def accept() -> None:
        answer = await platform.act(proposed.pop(), "accept", "company")
        assert answer.status_code == 200, answer.text

    assert await round_trips.of(accept) <= 5
