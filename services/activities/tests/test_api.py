"""The activities service over HTTP, on its real migrated database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.activities.main import SPEC
from triskel.activities.settings import Settings
from triskel.chassis.auth import undeclared_routes
from triskel.chassis.clock import FixedClock
from triskel.chassis.service import create_app
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
    examples,
    outbox_events,
    settings_for,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.chassis.testing.registry_events import approved, region_decided, signed
from triskel.contracts import registry as said
from triskel.contracts.codes import ActivityFormat, OrganisationKind, Role
from triskel.contracts.registry import FormatLimits

YEAR = "2025-2026"
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Platform:
    """A school and a company with a signed partnership, and people to speak for them."""

    client: ApiClient
    app: Any
    tokens: Tokens
    clock: FixedClock
    school: UUID
    company: UUID
    partnership: UUID

    def headers(self, who: str) -> dict[str, str]:
        roles = {
            "head": (Role.HEAD, self.school),
            "teacher": (Role.TEACHER, self.school),
            "company": (Role.COMPANY, self.company),
            "coordinator": (Role.COORDINATOR, None),
            "stranger": (Role.COMPANY, uuid4()),
        }
        role, own = roles[who]
        return self.tokens.bearer(role, organisation=own, subject=who)

    async def draft(self, who: str = "teacher", **more: Any) -> Any:
        body = {
            "format": "guest-lesson",
            "title": "Une ingénieure en classe",
            "school_year": YEAR,
            "host_id": str(self.company),
            "school_id": str(self.school),
            "partnership_id": str(self.partnership),
            "levels": ["3"],
            "capacity": 70,
        }
        body = {key: value for key, value in (body | more).items() if value is not None}
        return await self.client.post("/v1/activities", json=body, headers=self.headers(who))

    async def act(self, known: Any, action: str, who: str, body: Any = None) -> Any:
        etag = f'"{known.json()["version"]}"'
        return await self.client.post(
            f"/v1/activities/{known.json()['id']}/{action}",
            json=body,
            headers=self.headers(who) | {"If-Match": etag},
        )

    def slot(self, days: float, hours: float = 2) -> dict[str, str]:
        start = self.clock.now() + timedelta(days=days)
        return {
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=hours)).isoformat(),
            "place": "school",
        }

    async def scheduled(self) -> Any:
        known = await self.draft()
        known = await self.act(known, "propose", "teacher")
        known = await self.act(known, "accept", "company")
        return await self.act(known, "schedule", "company", self.slot(8))

    async def delivered(self) -> Any:
        known = await self.scheduled()
        ticked = {"preconditions": ["room-booked"]}
        known = await self.act(known, "confirm", "head", ticked)
        self.clock.advance(days=8)
        known = await self.act(known, "start", "teacher")
        self.clock.advance(hours=2)
        report = {"outcome": "full", "attendance": [{"level": "3", "girls": 14, "boys": 16}]}
        return await self.act(known, "deliver", "teacher", report)


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Platform]:
    school, company, partnership = uuid4(), uuid4(), uuid4()
    async with start_service(SPEC) as (client, app):
        platform = Platform(client, app, tokens, clock, school, company, partnership)
        await deliver(
            app.state.database,
            app.state.consumers,
            *examples(ROOT / "contracts/examples", "registry.calendars"),
            approved(school, OrganisationKind.SCHOOL),
            approved(company, OrganisationKind.COMPANY),
            signed(partnership, school, company, clock.now()),
        )
        yield platform


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


def test_every_route_declares_who_may_call_it(tokens: Tokens) -> None:
    settings = settings_for(Settings, "postgresql://nobody@127.0.0.1:9/none", tokens)
    assert undeclared_routes(create_app(SPEC, settings, connect=False)) == []


async def test_an_activity_lives_from_draft_to_closed_one_event_per_version(
    platform: Platform,
) -> None:
    known = await platform.delivered()
    assert known.status_code == 200, known.text
    ticks = {"purpose": True, "outcomes": True, "two_way": True, "reflection": False}
    known = await platform.act(known, "evaluate", "teacher", ticks)
    assert known.json()["state"] == "delivered"
    known = await platform.act(known, "evaluate", "company", ticks)
    assert known.json()["state"] == "evaluated"
    known = await platform.act(known, "close", "teacher")
    assert (known.json()["state"], known.json()["allowed_actions"]) == ("closed", ["archive"])
    events = await outbox_events(platform.app.state.database)
    assert [event.aggregate.version for event in events] == list(range(1, len(events) + 1))
    history = await platform.client.get(
        f"/v1/activities/{known.json()['id']}/history", headers=platform.headers("head")
    )
    assert [step["version"] for step in history.json()] == [
        event.aggregate.version for event in events
    ]


async def test_the_side_that_was_asked_answers(platform: Platform) -> None:
    known = await platform.act(await platform.draft(), "propose", "teacher")
    assert rule(await platform.act(known, "accept", "teacher")) == (403, "other-side-answers")
    assert (await platform.act(known, "accept", "company")).status_code == 200


async def test_a_stranger_neither_sees_nor_acts(platform: Platform) -> None:
    known = await platform.draft()
    shown = await platform.client.get(
        f"/v1/activities/{known.json()['id']}", headers=platform.headers("stranger")
    )
    assert rule(shown) == (403, "organisation-not-yours")
    assert rule(await platform.act(known, "propose", "stranger")) == (403, "not-a-participant")
    assert rule(await platform.draft("stranger")) == (403, "not-a-participant")


async def test_a_date_in_school_holidays_is_refused_and_the_holiday_named(
    platform: Platform,
) -> None:
    known = await platform.act(await platform.draft(), "propose", "teacher")
    known = await platform.act(known, "accept", "company")
    refused = await platform.act(known, "schedule", "company", platform.slot(20))
    assert rule(refused) == (422, "date-in-school-holidays")
    assert "vacances de la Toussaint" in refused.json()["detail"]
    assert rule(await platform.act(known, "schedule", "company", platform.slot(-1))) == (
        422,
        "date-in-the-past",
    )


async def test_a_guest_lesson_on_11_november_is_refused_by_its_name(platform: Platform) -> None:
    known = await platform.act(await platform.draft(), "propose", "teacher")
    known = await platform.act(known, "accept", "company")
    refused = await platform.act(known, "schedule", "company", platform.slot(41))
    assert rule(refused) == (422, "date-in-school-holidays")
    assert "Armistice de 1918, 2025-11-11" in refused.json()["detail"]
    planned = await platform.act(known, "schedule", "company", platform.slot(40))
    assert (planned.status_code, planned.json()["warnings"]) == (200, [])


async def test_where_nobody_has_set_the_calendar_who_plans_is_warned(platform: Platform) -> None:
    parents = {"format": "parents-day", "partnership_id": None}
    known = await platform.draft(**parents, school_year="2027-2028")
    known = await platform.act(known, "propose", "teacher")
    known = await platform.act(known, "accept", "company")
    planned = await platform.act(known, "schedule", "company", platform.slot(750))
    assert planned.status_code == 200, planned.text
    assert [each["rule"] for each in planned.json()["warnings"]] == ["calendar-unknown"]


async def test_a_calendar_that_the_coordinator_changes_counts_from_then_on(
    platform: Platform,
) -> None:
    (first,) = examples(ROOT / "contracts/examples", "registry.calendars")
    calendar = first.event.calendar.model_copy(  # type: ignore[union-attr]
        update={"version": 2, "public_holidays": (), "time_zone": "Europe/Madrid"}
    )
    changed = said.SchoolCalendarSet(calendar=calendar, by=Role.COORDINATOR)
    await deliver(platform.app.state.database, platform.app.state.consumers, changed, first)
    known = await platform.act(await platform.draft(), "propose", "teacher")
    known = await platform.act(known, "accept", "company")
    planned = await platform.act(known, "schedule", "company", platform.slot(41))
    assert (planned.status_code, planned.json()["slot"]["time_zone"]) == (200, "Europe/Madrid")


async def test_an_answer_says_until_when_what_may_be_done(platform: Platform) -> None:
    known = await platform.act(await platform.draft(), "propose", "teacher")
    deadlines = known.json()["deadlines"]
    assert deadlines.pop("answer_by") == known.json()["answer_by"]
    assert set(deadlines.values()) == {None}
    known = await platform.delivered()
    assert known.json()["deadlines"] == {
        "answer_by": None,
        "confirm_by": None,
        "cancel_by": None,
        "correct_by": "2025-10-11T10:00:00Z",
        # thirty days by the clock on the wall, which was put back meanwhile
        "evaluate_by": "2025-11-08T11:00:00Z",
        "report_by": None,
    }


async def test_a_stale_write_is_refused_and_a_blind_one_too(platform: Platform) -> None:
    known = await platform.draft()
    await platform.act(known, "propose", "teacher")
    stale = await platform.client.patch(
        f"/v1/activities/{known.json()['id']}",
        json={"title": "Autre titre"},
        headers=platform.headers("teacher") | {"If-Match": '"1"'},
    )
    assert (rule(stale), stale.headers["etag"]) == ((412, "version-stale"), '"2"')
    blind = await platform.client.patch(
        f"/v1/activities/{known.json()['id']}",
        json={"title": "Autre titre"},
        headers=platform.headers("teacher"),
    )
    assert rule(blind) == (428, "if-match-missing")


async def test_attendance_may_be_corrected_for_48_hours_after_the_end(platform: Platform) -> None:
    known = await platform.delivered()
    report = {"outcome": "full", "attendance": [{"level": "3", "girls": 15, "boys": 16}]}
    known = await platform.act(known, "correct", "teacher", report)
    assert known.json()["attendance"][0]["girls"] == 15
    platform.clock.advance(hours=48, seconds=1)
    refused = await platform.act(known, "correct", "teacher", report)
    assert rule(refused) == (409, "correction-window-passed")


async def test_a_repeated_request_is_done_once(platform: Platform) -> None:
    body = {
        "format": "teacher-masterclass",
        "title": "Photonique",
        "school_year": YEAR,
        "host_id": str(platform.company),
    }
    headers = platform.headers("company") | {"Idempotency-Key": "once"}
    first = await platform.client.post("/v1/activities", json=body, headers=headers)
    second = await platform.client.post("/v1/activities", json=body, headers=headers)
    assert first.status_code == 201
    assert (second.json(), second.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await platform.client.post(
        "/v1/activities", json=body | {"title": "Autre"}, headers=headers
    )
    assert rule(other) == (422, "idempotency-key-reused")
    assert len(await outbox_events(platform.app.state.database)) == 1


async def test_what_a_region_decides_is_asked_of_each_of_its_activities(platform: Any) -> None:
    state = platform.app.state
    limits = FormatLimits(confirmation_days=4, cancellation_days=40)
    event = region_decided(2, activity_answer_days=6, formats={ActivityFormat.GUEST_LESSON: limits})
    before = await platform.act(await platform.draft(), "propose", "teacher")
    await deliver(state.database, state.consumers, event)
    after = await platform.act(await platform.draft(), "propose", "teacher")
    now = platform.clock.now()
    assert before.json()["answer_by"] == (now + timedelta(days=14)).isoformat().replace(
        "+00:00", "Z"
    )
    assert after.json()["answer_by"] == (now + timedelta(days=6)).isoformat().replace("+00:00", "Z")
    scheduled = await platform.scheduled()
    start = now + timedelta(days=8)
    wanted = {"confirm_by": start - timedelta(days=4), "cancel_by": start - timedelta(days=40)}
    for name, moment in wanted.items():
        told = scheduled.json()["deadlines"][name]
        assert told == moment.isoformat().replace("+00:00", "Z")


async def test_a_school_year_whose_years_do_not_follow_is_refused_by_name(platform: Any) -> None:
    answer = await platform.draft(school_year="2025-2027")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["rule"]) == ("school_year", "school-year-malformed")
