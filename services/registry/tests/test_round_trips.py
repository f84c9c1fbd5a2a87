"""What an action costs: how often the registry waits for PostgreSQL, begin and commit included."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from triskel.chassis.testing import RoundTrips
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts.codes import Role


@pytest.fixture
def fresh_database(fresh_database: FreshDatabase, round_trips: RoundTrips) -> FreshDatabase:
    async def fresh(migrations: Path) -> str:
        return round_trips.through(await fresh_database(migrations))

    return fresh


async def test_a_new_organisation_takes_at_most_four_round_trips(
    platform: Any, round_trips: RoundTrips
) -> None:
    siren = iter(("732829320", "552100554", "542065479"))

    async def register() -> None:
        identifiers = [{"scheme": "siren", "value": next(siren)}]
        answer = await platform.organisation("company", identifiers=identifiers)
        assert answer.status_code == 201, answer.text

    assert await round_trips.of(register) <= 4


async def test_a_new_partnership_takes_at_most_four_round_trips(
    platform: Any, round_trips: RoundTrips
) -> None:
    pairs = [await platform.pair() for _ in range(3)]
    for school, _ in pairs:
        await platform.arrives(Role.TEACHER, school)

    async def propose() -> None:
        school, company = pairs.pop()
        answer = await platform.propose(platform.who(Role.TEACHER, school), school, company)
        assert answer.status_code == 201, answer.text

    assert await round_trips.of(propose) <= 4


async def test_a_new_waiting_entry_takes_at_most_four_round_trips(
    platform: Any, round_trips: RoundTrips
) -> None:
    schools = [await platform.school() for _ in range(3)]
    assert await round_trips.of(lambda: platform.wait(schools.pop())) <= 4


async def test_of_six_that_begin_to_wait_at_once_five_are_told_that_they_wait(
    platform: Any,
) -> None:
    school = await platform.school()
    body = {"organisation_id": school, "school_year": "2025-2026", "wishes": {}}
    who = platform.who(Role.COORDINATOR)
    answers = await asyncio.gather(
        *(platform.client.post("/v1/waiting-list", json=body, headers=who) for _ in range(6))
    )
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [platform.rule(answer) for answer in refused] == [(409, "already-waiting")] * 5


@pytest.mark.parametrize(("waits", "most"), [(False, 5), (True, 6)])
async def test_accepting_a_partnership_takes_at_most_five_and_one_more_for_the_waiting_list(
    platform: Any, round_trips: RoundTrips, waits: bool, most: int
) -> None:
    proposed: list[tuple[str, Any]] = []
    for _ in range(3):
        school, company = await platform.pair()
        if waits:
            await platform.wait(school, company)
        known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
        assert known.status_code == 201, known.text
        proposed.append((company, known))
        await platform.arrives(Role.COMPANY, company)

    async def accept() -> None:
        company, known = proposed.pop()
        answer = await platform.act(platform.who(Role.COMPANY, company), known, "accept")
        assert answer.status_code == 200, answer.text

    assert await round_trips.of(accept) <= most


@pytest.mark.parametrize("action", ["suspend", "withdraw", "merge", "change"])
async def test_an_action_on_an_organisation_takes_at_most_five_round_trips(
    platform: Any, round_trips: RoundTrips, action: str
) -> None:
    known = [await platform.organisation("company") for _ in range(4)]
    survivor = known.pop().json()["id"]
    bodies = {
        "suspend": {"reason": "Assurance expirée"},
        "merge": {"into": survivor},
        "change": {"partnership_capacity": 3},
    }

    async def act() -> None:
        organisation = known.pop()
        headers = platform.who(Role.COORDINATOR) | {"If-Match": organisation.headers["ETag"]}
        path = f"/v1/organisations/{organisation.json()['id']}"
        method, path = ("PATCH", path) if action == "change" else ("POST", f"{path}/{action}")
        body = bodies.get(action)
        answer = await platform.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    assert await round_trips.of(act) <= 5
