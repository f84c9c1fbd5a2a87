"""What an action costs: how often the registry waits for PostgreSQL, begin and commit included."""

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


async def test_a_new_organisation_takes_at_most_four_round_trips(
    town: Any, round_trips: RoundTrips
) -> None:
    siren = iter(("732829320", "552100554", "542065479"))

    async def register() -> None:
        identifiers = [{"scheme": "siren", "value": next(siren)}]
        answer = await town.organisation("company", identifiers=identifiers)
        assert answer.status_code == 201, answer.text

    assert await round_trips.of(register) <= 4
