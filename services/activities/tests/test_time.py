"""What time brings about, once, whichever replica looks; and what lists and readers promise."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.activities.activities.jobs import (
    ask_for_reports,
    close_unevaluated,
    close_unreported,
    expire_unanswered,
)
from triskel.activities.main import SPEC
from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
    examples,
    outbox_events,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.chassis.testing.registry_events import approved, region_decided
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind, Role

ROOT = Path(__file__).resolve().parents[3]


class Platform:
    def __init__(self, client: ApiClient, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school, self.host = uuid4(), uuid4()
        self.state = (app.state.database, app.state.outbox, app.state.clock)

    async def settle(self) -> None:
        kinds = {self.school: OrganisationKind.SCHOOL, self.host: OrganisationKind.COMPANY}
        await self.hear(*(approved(number, kind) for number, kind in kinds.items()))

    async def hear(self, *events: Any) -> None:
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    def who(self, role: Role) -> dict[str, str]:
        of = {Role.COMPANY: self.host, Role.COORDINATOR: None}.get(role, self.school)
        return self.tokens.bearer(role, organisation=of)

    async def draft(self, **more: Any) -> Any:
        body = {
            "format": "parents-day",
            "title": "Une soirée pour les parents",
            "school_year": "2025-2026",
            "host_id": str(self.host),
            "school_id": str(self.school),
        }
        return await self.client.post(
            "/v1/activities", json=body | more, headers=self.who(Role.TEACHER)
        )

    async def act(self, known: Any, action: str, role: Role, body: Any = None) -> Any:
        answer = await self.client.post(
            f"/v1/activities/{known.json()['id']}/{action}",
            json=body,
            headers=self.who(role) | {"If-Match": known.headers["ETag"]},
        )
        assert answer.status_code == 200, answer.text
        return answer

    async def said(self, name: str) -> int:
        found = await outbox_events(self.app.state.database)
        return sum(event.name_and_version()[0] == name for event in found)


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Platform]:
    async with start_service(SPEC) as (client, app):
        platform = Platform(client, app, tokens, clock)
        await platform.settle()
        yield platform


async def test_what_nobody_answers_expires_once_whoever_looks(platform: Platform) -> None:
    await platform.act(await platform.draft(), "propose", Role.TEACHER, {"answer_days": 5})
    await platform.act(await platform.draft(), "propose", Role.TEACHER, {"answer_days": 20})
    assert await expire_unanswered(*platform.state) == 0
    platform.clock.advance(days=6)
    done = await asyncio.gather(*(expire_unanswered(*platform.state) for _ in range(4)))
    assert sum(done) == 1
    assert await platform.said("activity-expired") == 1


async def test_what_nobody_evaluates_closes_after_so_many_days_once(platform: Platform) -> None:
    known = await platform.act(await platform.draft(), "propose", Role.TEACHER)
    known = await platform.act(known, "accept", Role.COMPANY)
    start = platform.clock.now() + timedelta(days=8)
    slot = {"starts_at": start.isoformat(), "place": "school"}
    slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
    known = await platform.act(known, "schedule", Role.COMPANY, slot)
    known = await platform.act(known, "confirm", Role.HEAD, {"preconditions": ["room-booked"]})
    platform.clock.advance(days=9)
    known = await platform.act(known, "start", Role.TEACHER)
    report = {"outcome": "full", "attendance": [{"audience": "parents", "girls": 9, "boys": 8}]}
    await platform.act(known, "deliver", Role.TEACHER, report)
    close = close_unevaluated
    platform.clock.advance(days=29)
    assert await close(*platform.state) == 0
    platform.clock.advance(days=2)
    done = await asyncio.gather(*(close(*platform.state) for _ in range(4)))
    assert sum(done) == 1
    assert await platform.said("activity-closed") == 1


async def test_what_is_over_is_to_be_reported_then_closes_and_the_coordinator_may_still_report_it(
    platform: Platform,
) -> None:
    known = await platform.act(await platform.draft(), "propose", Role.TEACHER)
    known = await platform.act(known, "accept", Role.COMPANY)
    start = platform.clock.now() + timedelta(days=8)
    slot = {"starts_at": start.isoformat(), "place": "school"}
    slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
    known = await platform.act(known, "schedule", Role.COMPANY, slot)
    path = f"/v1/activities/{known.json()['id']}"
    close = close_unreported

    async def now() -> Any:
        return await platform.client.get(path, headers=platform.who(Role.COORDINATOR))

    platform.clock.advance(days=9)
    assert await ask_for_reports(*platform.state) == 0
    platform.clock.advance(hours=3)
    done = await asyncio.gather(*(ask_for_reports(*platform.state) for _ in range(4)))
    assert sum(done) == await platform.said("activity-to-report") == 1
    shown = (await now()).json()
    assert (shown["state"], bool(shown["to_report_at"])) == ("in-progress", True)
    assert "deliver" in shown["allowed_actions"]
    assert await ask_for_reports(*platform.state) == 0
    platform.clock.advance(days=28)
    assert await close(*platform.state) == 0
    platform.clock.advance(days=2)
    done = await asyncio.gather(*(close(*platform.state) for _ in range(4)))
    assert sum(done) == await platform.said("activity-closed") == 1
    closed = await now()
    assert (closed.json()["unreported"], closed.json()["outcome"]) == (True, None)
    late = {"outcome": "full", "attendance": [{"audience": "parents", "girls": 9, "boys": 8}]}
    late["reason"] = "reported-late"
    refused = await platform.client.post(
        f"{path}/report-late",
        json=late,
        headers=platform.who(Role.TEACHER) | {"If-Match": closed.headers["etag"]},
    )
    assert refused.status_code == 403
    told = (await platform.act(closed, "report-late", Role.COORDINATOR, late)).json()
    assert (told["state"], told["unreported"]) == ("closed", False)
    assert told["delivered_on"] == start.date().isoformat()
    (corrected,) = [
        event
        for event in await outbox_events(platform.app.state.database)
        if event.name_and_version()[0] == "activity-corrected"
    ]
    assert corrected.reason == "reported-late"


async def test_who_must_report_is_reminded_once_for_each_stage_of_the_region(
    platform: Platform,
) -> None:
    known = await platform.act(await platform.draft(), "propose", Role.TEACHER)
    known = await platform.act(known, "accept", Role.COMPANY)
    start = platform.clock.now() + timedelta(days=8)
    slot = {"starts_at": start.isoformat(), "place": "school"}
    slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
    await platform.act(known, "schedule", Role.COMPANY, slot)

    async def remind(days: int) -> list[tuple[int, bool]]:
        """What was said so far, so many days later, whoever looks and however often."""
        platform.clock.advance(days=days)
        await asyncio.gather(*(ask_for_reports(*platform.state) for _ in range(3)))
        await ask_for_reports(*platform.state)
        return [
            (event.after_days, event.last)
            for event in await outbox_events(platform.app.state.database)
            if event.name_and_version()[0] == "activity-to-report"
        ]

    # nobody looked until the second stage was due: the first is not caught up with
    assert await remind(8 + 8) == [(7, False)]
    assert await remind(5) == [(7, False)]
    # a stage that the region puts before the one that was reached does not come any more
    stages = said.ReportingLimits(reminder_days=(2, 6, 14, 20))
    await platform.hear(region_decided(2, reporting=stages))
    assert await remind(0) == [(7, False)]
    assert await remind(2) == [(7, False), (14, False)]
    assert await remind(6) == [(7, False), (14, False), (20, True)]
    assert await remind(9) == [(7, False), (14, False), (20, True)]


async def test_history_keeps_the_slot_that_was(platform: Platform) -> None:
    known = await platform.act(await platform.draft(), "propose", Role.TEACHER)
    known = await platform.act(known, "accept", Role.COMPANY)
    starts = []
    for action, days in (("schedule", 8), ("propose-date", 12)):
        start = platform.clock.now() + timedelta(days=days)
        slot = {"starts_at": start.isoformat(), "place": "school"}
        slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
        known = await platform.act(known, action, Role.COMPANY, slot)
        starts.append(start)
    known = await platform.act(known, "agree-date", Role.TEACHER)
    path = f"/v1/activities/{known.json()['id']}/history"
    steps = (await platform.client.get(path, headers=platform.who(Role.TEACHER))).json()
    assert [step["version"] for step in steps] == list(range(1, 7))
    kept = [step["slot"]["starts_at"][:10] for step in steps if step["slot"]]
    assert kept == [start.date().isoformat() for start in (starts[0], *starts)]


async def test_a_list_gives_each_of_ones_own_once(platform: Platform) -> None:
    made = {(await platform.draft()).json()["id"] for _ in range(5)}
    found: list[str] = []
    cursor, first = None, True
    while first or cursor:
        more = f"&cursor={cursor}" if cursor else ""
        page = await platform.client.get(
            f"/v1/activities?limit=2&format=parents-day{more}", headers=platform.who(Role.TEACHER)
        )
        found += [item["id"] for item in page.json()["items"]]
        cursor, first = page.json()["next"], False
    assert len(found) == 5
    assert set(found) == made
    stranger = platform.tokens.bearer(Role.TEACHER, organisation=uuid4())
    assert (await platform.client.get("/v1/activities", headers=stranger)).json()["items"] == []


async def test_activities_are_listed_by_date_and_only_those_that_have_one(
    platform: Platform,
) -> None:
    dated = []
    for days in (12, 8):
        known = await platform.act(await platform.draft(), "propose", Role.TEACHER)
        known = await platform.act(known, "accept", Role.COMPANY)
        start = platform.clock.now() + timedelta(days=days)
        slot = {"starts_at": start.isoformat(), "place": "school"}
        slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
        dated.append((await platform.act(known, "schedule", Role.COMPANY, slot)).json()["id"])
    await platform.draft()
    found: list[str] = []
    path: str | None = "/v1/activities?sort=starts&limit=1"
    while path:
        page = (await platform.client.get(path, headers=platform.who(Role.TEACHER))).json()
        found += [item["id"] for item in page["items"]]
        following = page["next"]
        path = following and f"/v1/activities?sort=starts&limit=1&cursor={following}"
    assert found == dated[::-1]


async def test_an_old_copy_of_an_organisation_does_not_bring_it_back(platform: Platform) -> None:
    kind = OrganisationKind.SCHOOL
    suspended = approved(platform.school, kind, version=4, status="suspended")
    await platform.hear(suspended, approved(platform.school, kind, version=3))
    async with platform.app.state.database.reading() as session:
        query = text("select status from organisations where id = :id")
        assert await session.scalar(query, {"id": platform.school}) == "suspended"
    known = await platform.draft()
    answer = await platform.client.post(
        f"/v1/activities/{known.json()['id']}/propose",
        headers=platform.who(Role.TEACHER) | {"If-Match": '"1"'},
    )
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "school_id"


async def test_the_contracts_own_examples_are_understood(platform: Platform) -> None:
    for topic in platform.app.state.consumers.topics:
        found = examples(ROOT / "contracts/examples", topic)
        assert found, topic
        await platform.hear(*found)


async def test_how_a_host_answers_is_known_by_the_newest_measure(platform: Platform) -> None:
    def measured(version: int, answered: int, **more: Any) -> Any:
        known = {
            "id": platform.host,
            "region": "FRH0",
            "version": version,
            "measured_at": platform.clock.now(),
            "answered": answered,
            "unanswered": 1,
            "unanswered_in_a_row": 0,
        }
        return said.HostResponsivenessMeasured(
            responsiveness=said.HostResponsiveness.model_validate(known | more)
        )

    newest = measured(2, 3, answer_rate=0.75, median_hours=30.5)
    await platform.hear(newest, measured(1, 0, hidden_since=platform.clock.now()))
    async with platform.app.state.database.reading() as session:
        query = text(
            "select answered, answer_rate, median_hours, hidden_since from host_responsiveness"
        )
        assert [tuple(row) for row in await session.execute(query)] == [(3, 0.75, 30.5, None)]
