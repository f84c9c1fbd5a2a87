"""What only the stack can promise: from a request in one service to mails and figures in others."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.callers import Caller
from triskel.chassis.client import ApiClient
from triskel.chassis.testing import eventually
from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import Stack

pytestmark = pytest.mark.connected
YEAR = "2025-2026"


class Pair:
    """A school and a company of this test alone, with people who can be written to."""

    def __init__(self, stack: Stack, client: ApiClient) -> None:
        self.stack, self.client = stack, client
        self.coordinator = Caller(client, "coordinator")
        self.mailbox = f"{uuid4().hex[:8]}.example.org"
        self.contacts: dict[str, str] = {}

    async def settle(self) -> "Pair":
        self.school = await self._organisation("school", "Lycée d'essai", levels=["3"], pupils=400)
        self.company = await self._organisation("company", "Entreprise d'essai")
        self.teacher = Caller(self.client, "teacher", self.school)
        self.head = Caller(self.client, "head", self.school)
        self.host = Caller(self.client, "company", self.company)
        await self.contact("anne", self.school, "teacher")
        await self.contact("bob", self.company, "company", language="en")
        return self

    async def _organisation(self, kind: str, name: str, **more: Any) -> str:
        body = {"kind": kind, "names": {"fr": name}} | more
        made = await self.coordinator.does("POST", "registry", "/v1/organisations", body)
        return str(made["id"])

    async def contact(self, name: str, of: str, role: str, **more: Any) -> None:
        body = {
            "organisation_id": of,
            "name": f"{name.title()} Personne",
            "email": f"{name}@{self.mailbox}",
            "roles": [role],
            "consent_given_on": "2025-09-30",
        }
        made = await self.coordinator.does("POST", "registry", "/v1/contacts", body | more)
        self.contacts[name] = made["id"]

    async def draft(self, **more: Any) -> Any:
        body = {
            "format": "parents-day",
            "title": "Une soirée pour les parents",
            "school_year": YEAR,
            "host_id": self.company,
            "school_id": self.school,
        }
        return await self.teacher.does("POST", "activities", "/v1/activities", body | more)

    async def act(self, who: Caller, known: Any, action: str, body: Any = None) -> Any:
        path = f"/v1/activities/{known['id']}/{action}"
        return await who.does("POST", "activities", path, body, version=known["version"])

    async def mails(self, name: str) -> list[Any]:
        url = f"{self.stack.infrastructure.mail_url}/api/messages"
        found = await self.client.get(url, params={"to": f"{name}@{self.mailbox}"})
        return list(found.json())

    async def until_mailed(self, name: str, number: int) -> list[Any]:
        return list(await eventually(lambda: self.mails(name), lambda found: len(found) >= number))


@pytest.fixture
async def pair(stack: Stack, client: ApiClient) -> Pair:
    pair = await Pair(stack, client).settle()
    # who must hear is known before there is something to hear
    ops = Caller(client, "ops")

    async def lag() -> int:
        bus = await ops.does("GET", "notifications", "/v1/ops/bus")
        registry = await ops.does("GET", "registry", "/v1/ops/bus")
        return int(bus["lag"]) + int(registry["unsent"])

    await eventually(lag, lambda waiting: waiting == 0)
    return pair


async def test_a_request_becomes_a_mail_in_the_readers_language_and_then_a_figure(
    stack: Stack, client: ApiClient, pair: Pair
) -> None:
    async def reached() -> int:
        url = f"{stack.services['metrics']}/v1/figures?indicator=schools-reached&by=total"
        rows = (await client.get(url)).json()["items"]
        return sum(row["numerator"] for row in rows)

    before = await reached()
    known = await pair.act(pair.teacher, await pair.draft(), "propose")
    (asked,) = await pair.until_mailed("bob", 1)
    assert asked["subject"] == "A request for you: Une soirée pour les parents"
    known = await pair.act(pair.host, known, "accept")
    start = datetime(2025, 10, 9, 18, tzinfo=ZONE)
    slot = {"starts_at": start.isoformat(), "place": "school"}
    slot["ends_at"] = (start + timedelta(hours=2)).isoformat()
    known = await pair.act(pair.host, known, "schedule", slot)
    known = await pair.act(pair.head, known, "confirm", {"preconditions": ["room-booked"]})
    subjects = [mail["subject"] for mail in await pair.until_mailed("anne", 3)]
    assert "Date fixée : Une soirée pour les parents" in subjects
    stack.set_clock(start + timedelta(hours=3))
    try:
        known = await pair.act(pair.teacher, known, "start")
        attendance = [{"audience": "parents", "girls": 30, "boys": 25}]
        report = {"outcome": "full", "attendance": attendance}
        await pair.act(pair.teacher, known, "deliver", report)
        await eventually(reached, lambda now: now == before + 1)
    finally:
        stack.set_clock(datetime(2025, 10, 1, 10, tzinfo=ZONE))


async def test_one_trace_shows_request_event_and_mail(pair: Pair) -> None:
    trace = uuid4().hex
    body = {
        "format": "parents-day",
        "title": "Une soirée suivie",
        "school_year": YEAR,
        "host_id": pair.company,
        "school_id": pair.school,
    }
    known = await pair.teacher.does("POST", "activities", "/v1/activities", body)
    await pair.teacher.does(
        "POST",
        "activities",
        f"/v1/activities/{known['id']}/propose",
        version=known["version"],
        headers={
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
            "X-Correlation-ID": f"journey-{trace[:8]}",
        },
    )
    (mail,) = await pair.until_mailed("bob", 1)
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert headers["traceparent"].split("-")[1] == trace
    assert headers["x-correlation-id"] == f"journey-{trace[:8]}"


async def test_a_repeated_request_is_one_change_one_event_and_one_mail(pair: Pair) -> None:
    known = await pair.draft()
    path, key = f"/v1/activities/{known['id']}/propose", str(uuid4())
    given = {"version": known["version"], "headers": {"Idempotency-Key": key}}
    answers = [await pair.teacher.call("POST", "activities", path, **given) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    await pair.until_mailed("bob", 1)
    await asyncio.sleep(1)
    assert len(await pair.mails("bob")) == 1


async def test_a_rebuild_from_the_log_gives_the_same_figures(
    stack: Stack, client: ApiClient, pair: Pair
) -> None:
    ops = Caller(client, "ops")

    async def figures() -> Any:
        return (await client.get(f"{stack.services['metrics']}/v1/figures")).json()["items"]

    async def lag() -> int:
        return int((await ops.does("GET", "metrics", "/v1/ops/bus"))["lag"])

    async def unsent() -> int:
        buses = [await ops.does("GET", name, "/v1/ops/bus") for name in stack.services]
        return sum(int(bus["unsent"]) for bus in buses)

    # what the tests before have left on its way has arrived
    await eventually(unsent, lambda waiting: waiting == 0)
    await eventually(lag, lambda waiting: waiting == 0)
    before = await figures()
    assert before
    await ops.does("POST", "metrics", "/v1/ops/rebuild")
    await eventually(figures, lambda now: now == before)
    await eventually(lag, lambda waiting: waiting == 0)
    assert await figures() == before


async def test_no_event_but_contacts_carries_a_person(stack: Stack, pair: Pair) -> None:
    connection = await asyncpg.connect(stack.databases["registry"])
    leaked = await connection.fetchval(
        "select count(*) from outbox where topic <> 'registry.contacts' "
        "and convert_from(value, 'utf8') ilike $1",
        f"%{pair.mailbox}%",
    )
    await connection.close()
    assert leaked == 0


async def test_all_four_answer_the_same_questions_to_those_who_watch(
    stack: Stack, client: ApiClient
) -> None:
    for url in stack.services.values():
        for path in ("/livez", "/metrics", "/docs", "/asyncapi", "/openapi.json"):
            assert (await client.get(url + path)).status_code == 200, url + path
        # while it is busy it may say so
        await eventually(
            lambda ready=f"{url}/readyz": client.get(ready),
            lambda answer: answer.status_code == 200,
        )
        told = (await client.get(f"{url}/readyz")).json()["checks"]
        assert {"database", "migrations", "broker", "outbox", "reading", "clock"} <= set(told)
