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


@pytest.mark.parametrize(
    ("action", "with_more", "most"),
    [
        ("suspend", False, 5),
        ("withdraw", False, 5),
        ("merge", False, 5),
        ("change", False, 5),
        ("withdraw", True, 6),
        ("merge", True, 6),
    ],
)
async def test_an_action_on_an_organisation_takes_at_most_five_and_one_more_for_what_hangs_on_it(
    platform: Any, round_trips: RoundTrips, action: str, with_more: bool, most: int
) -> None:
    known = [await platform.organisation("company") for _ in range(4)]
    survivor = known.pop().json()["id"]
    for number, each in enumerate(known if with_more else ()):
        organisation_id = each.json()["id"]
        if action == "withdraw":
            await platform.wait(organisation_id)
            continue
        person = {"organisation_id": organisation_id, "name": "M", "email": f"m{number}@x.example"}
        made = await platform.client.post(
            "/v1/contacts",
            json=person | {"roles": ["company"]},
            headers=platform.who(Role.COORDINATOR),
        )
        assert made.status_code == 201, made.text
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

    assert await round_trips.of(act) <= most


async def test_approving_a_claim_takes_at_most_six_round_trips(
    platform: Any, imported: Any, round_trips: RoundTrips
) -> None:
    rows = "".join(f"school,{uai},uai,{uai},FR\n" for uai in ("0350024L", "0350026N", "0350028R"))
    await imported(f"kind,name,scheme,identifier,country\n{rows}".encode(), "triskel-template")
    coordinator = platform.who(Role.COORDINATOR)
    found = await platform.client.get("/v1/organisations", headers=coordinator)
    made = []
    for school in found.json()["items"]:
        body = {"name": "M", "email": "m@lycee.example", "role": "head"}
        head = platform.tokens.bearer(Role.HEAD, subject=school["id"])
        path = f"/v1/organisations/{school['id']}/claims"
        made.append(await platform.client.post(path, json=body, headers=head))

    async def approve() -> None:
        claim = made.pop()
        path = f"/v1/claims/{claim.json()['id']}/approve"
        headers = coordinator | {"If-Match": claim.headers["ETag"]}
        answer = await platform.client.post(path, headers=headers)
        assert answer.status_code == 200, answer.text

    assert await round_trips.of(approve) <= 6
