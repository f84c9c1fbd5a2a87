"""What an action costs: how often the service waits for PostgreSQL, begin and commit included."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.activities.tests.offers.conftest import YEAR, Fair
from services.activities.tests.offers.conftest import fair as fair
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


TUESDAY = datetime(2025, 11, 18, 8, tzinfo=UTC)
SLOT = {
    "starts_at": TUESDAY.isoformat(),
    "ends_at": (TUESDAY + timedelta(hours=2)).isoformat(),
    "place": "school",
}


async def of_each(
    round_trips: RoundTrips, steps: dict[str, Callable[[], Awaitable[Any]]]
) -> dict[str, int]:
    return {name: await round_trips.of(step) for name, step in steps.items()}


async def test_what_is_done_with_offers_takes_few_round_trips(
    fair: Fair, round_trips: RoundTrips
) -> None:
    """A create four and an action five. A request is a create that locks its offer first."""
    drafted = [await fair.drafted() for _ in range(3)]
    published: list[Any] = []
    days = iter((0, 2, 7))

    async def publish() -> None:
        published.append(await fair.act("/v1/offers", drafted.pop(), "publish", "host"))

    async def pause() -> None:
        done = await fair.act("/v1/offers", published.pop(), "pause", "host")
        assert done.status_code == 200, done.text

    offer = await fair.published()

    async def ask() -> None:
        asked = await fair.ask(offer, TUESDAY + timedelta(days=7 + next(days)))
        assert asked.status_code == 201, asked.text

    steps = {"draft": fair.drafted, "publish": publish, "pause": pause, "request": ask}
    counts = await of_each(round_trips, steps)
    assert counts == {"draft": 4, "publish": 5, "pause": 5, "request": 5}


async def test_what_needs_more_than_the_activity_is_read_with_it(
    fair: Fair, round_trips: RoundTrips
) -> None:
    """A date its calendar, a booking its school, a registration its link, targets their year."""
    accepted = []
    for form in ("guest-lesson", "guest-lesson", "guest-lesson", "parents-day"):
        parties = {"host_id": str(fair.host), "school_id": str(fair.school)}
        parties["partnership_id"] = str(fair.partnership)
        draft = {"format": form, "title": "Une ingénieure", "school_year": YEAR, "capacity": 200}
        known = await fair.post("/v1/activities", "teacher", draft | parties)
        for action, who in (("propose", "teacher"), ("accept", "host")):
            known = await fair.act("/v1/activities", known, action, who)
        accepted.append(known)
    families = (await fair.act("/v1/activities", accepted.pop(), "schedule", "host", SLOT)).json()
    numbers, lessons, seen = count(30), [], {}

    async def send(method: str, path: str, who: str, body: Any) -> Any:
        headers = fair.who(who) | ({"If-Match": seen[path]} if path in seen else {})
        answer = await fair.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        seen[path] = answer.headers.get("etag", "")
        return answer

    async def schedule() -> None:
        lessons.append(await fair.act("/v1/activities", accepted.pop(), "schedule", "host", SLOT))

    async def book() -> None:
        path = f"/v1/activities/{lessons[0].json()['id']}/bookings"
        body = {"label": f"2nde {next(numbers)}", "size": 20}
        assert (await fair.post(path, "teacher", body)).status_code == 201

    path = f"/v1/activities/{families['id']}/registration"
    seen[path] = f'"{families["version"]}"'
    until = (TUESDAY - timedelta(days=1)).isoformat()

    async def open_registration() -> Any:
        return await send("PUT", path, "head", {"quota": next(numbers), "until": until})

    async def change_registration() -> None:
        await send("PATCH", path, "head", {"quota": next(numbers)})

    async def register() -> None:
        body = {"token": token, "adults": 1, "children": 1}
        assert (await fair.client.post("/v1/registrations", json=body)).status_code == 201

    async def set_targets() -> None:
        targets = {"targets": [{"format": "guest-lesson", "activities": next(numbers)}]}
        await send("PUT", f"/v1/programmes/{fair.partnership}/{YEAR}", "teacher", targets)

    token = (await open_registration()).json()["token"]
    counts = await of_each(round_trips, {"schedule": schedule, "book": book})
    counts |= await of_each(round_trips, {"register": register, "change": change_registration})
    counts |= await of_each(round_trips, {"open": open_registration, "targets": set_targets})
    assert counts.pop("register") == 4
    assert counts == dict.fromkeys(counts, 5)
