"""Activities of single formats over HTTP, on the service's real migrated database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from triskel.activities.activities.jobs import say_missed
from triskel.activities.activities.rules.formats import FORMATS
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
from triskel.chassis.testing.registry_events import approved, signed
from triskel.contracts.codes import ActivityFormat, OrganisationKind, Role

ROOT = Path(__file__).resolve().parents[4]


class Platform:
    """A school and a company with a partnership, and a foreign guest."""

    def __init__(self, client: ApiClient, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school, self.host, self.guest, self.partnership = (uuid4() for _ in range(4))

    async def settle(self) -> None:
        kinds = {
            self.school: OrganisationKind.SCHOOL,
            self.host: OrganisationKind.COMPANY,
            self.guest: OrganisationKind.NETWORK,
        }
        events = [
            approved(number, kind, region="NL" if number == self.guest else "FRH0")
            for number, kind in kinds.items()
        ]
        events.append(signed(self.partnership, self.school, self.host, self.clock.now()))
        heard = [*examples(ROOT / "contracts/examples", "registry.calendars"), *events]
        await deliver(self.app.state.database, self.app.state.consumers, *heard)

    def who(self, name: str) -> dict[str, str]:
        role, own = {
            "teacher": (Role.TEACHER, self.school),
            "head": (Role.HEAD, self.school),
            "company": (Role.COMPANY, self.host),
            "guest": (Role.COMPANY, self.guest),
            "coordinator": (Role.COORDINATOR, None),
            "stranger": (Role.TEACHER, uuid4()),
            "nobody": (Role.TEACHER, None),
        }[name]
        region = "NL" if own == self.guest else "FRH0"
        return self.tokens.bearer(role, region=region, organisation=own, subject=name)

    async def get(self, path: str, who: str) -> Any:
        return await self.client.get(path, headers=self.who(who))

    async def show(self, number: str, who: str = "coordinator") -> Any:
        answer = await self.get(f"/v1/activities/{number}", who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tried(self, number: str, what: str, who: str, body: Any = None) -> Any:
        """`what` is `PUT path` or a path to post to."""
        method, _, path = what.rpartition(" ")
        etag = {"If-Match": f'"{(await self.show(number))["version"]}"'}
        url = f"/v1/activities/{number}/{path}"
        headers = self.who(who) | etag
        return await self.client.request(method or "POST", url, json=body, headers=headers)

    async def does(self, number: str, *steps: tuple[str, str, Any]) -> Any:
        for what, who, body in steps:
            answer = await self.tried(number, what, who, body)
            assert answer.status_code in (200, 201), (what, answer.text)
        return answer.json()

    async def scheduled(self, form: ActivityFormat, days: float) -> str:
        """For so many days from Monday in twelve days on."""
        meeting = form is ActivityFormat.TASK_FORCE_MEETING
        draft = {
            "format": form,
            "title": "Ensemble",
            "school_year": "2025-2026",
            "host_id": str(self.host),
            "levels": [] if meeting else ["3"],
        }
        if not meeting:
            draft |= {"school_id": str(self.school), "partnership_id": str(self.partnership)}
        headers = self.who("company")
        answer = await self.client.post("/v1/activities", json=draft, headers=headers)
        number: str = answer.json()["id"]
        start = self.clock.now() + timedelta(days=12)
        slot = {"starts_at": start.isoformat(), "place": "company"}
        slot["ends_at"] = (start + timedelta(days=days)).isoformat()
        await self.does(
            number,
            ("propose", "company", None),
            ("accept", "coordinator" if meeting else "teacher", None),
            ("schedule", "company", slot),
        )
        return number

    async def begun(self, number: str) -> None:
        known = await self.show(number)
        form = FORMATS[ActivityFormat(known["format"])]
        ticked = {"preconditions": list(form.preconditions)}
        await self.does(number, ("confirm", "coordinator", ticked))
        self.clock.advance(days=12)
        await self.does(number, ("start", "company", None))

    async def awarded(self) -> str:
        number = await self.scheduled(ActivityFormat.INNOVATION_CHALLENGE, 30)
        task = {
            "scenario": "Faites flotter un capteur.",
            "criteria": [{"label": "idée", "weight": 40}, {"label": "oral", "weight": 60}],
            "prizes": [{"label": "Premier prix", "amount": 60000, "funder_id": str(self.host)}],
        }
        teams = {"teams": [{"label": "Méduses", "girls": 3, "boys": 2}, {"label": "Iroise"}]}
        teams["teams"][1] |= {"boys": 4}
        await self.does(
            number,
            ("PUT challenge", "company", task),
            ("PUT challenge/people", "company", {"jury_seats": 1, "jury": [str(uuid4())]}),
            ("challenge/phase", "company", {"phase": "briefed"}),
            ("PUT challenge/teams", "teacher", teams),
            ("challenge/phase", "teacher", {"phase": "teams-formed"}),
        )
        await self.begun(number)
        report = {"title": "Dossier", "kind": "report", "url": "https://lycee.example/d.pdf"}
        marks = [{"team": 1, "points": [18, 15]}, {"team": 2, "points": [9, 9]}]
        await self.does(
            number,
            ("challenge/phase", "teacher", {"phase": "working"}),
            ("challenge/deliverables", "teacher", {"team": 1, **report}),
            ("challenge/deliverables", "teacher", {"team": 2, **report}),
            ("challenge/phase", "teacher", {"phase": "submitted"}),
            ("challenge/phase", "company", {"phase": "jury"}),
            ("challenge/marks", "company", {"seat": 1, "marks": marks}),
            ("challenge/award", "company", None),
        )
        return number

    async def meeting(self) -> str:
        number = await self.scheduled(ActivityFormat.TASK_FORCE_MEETING, 1)
        sent = [
            {"region": "FRH0", "organisation_id": str(self.host), "delegates": 4},
            {"region": "NL", "organisation_id": str(self.guest), "delegates": 3, "remote": True},
        ]
        given = {"host_region": "FRH0", "mode": "hybrid", "delegations": sent}
        await self.does(number, ("PUT task-force/delegations", "company", given))
        return number

    async def say_missed(self) -> int:
        """As four replicas at once."""
        state = self.app.state
        turns = (say_missed(state.database, state.outbox, state.clock) for _ in range(4))
        return sum(await asyncio.gather(*turns))

    async def said(self) -> list[Any]:
        return await outbox_events(self.app.state.database)


@pytest.fixture
def tokens() -> Tokens:
    """An issuer that speaks for the guest's region, too."""
    return Tokens("https://issuer.test", "FRH0", "NL")


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Platform]:
    async with start_service(SPEC) as (client, app):
        platform = Platform(client, app, tokens, clock)
        await platform.settle()
        yield platform
