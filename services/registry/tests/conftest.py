"""The registry's HTTP side on its real migrated database, for all of its tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
    outbox_events,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.chassis.testing.refusals import ActionRoute, order_of_refusals
from triskel.contracts import activities
from triskel.contracts.codes import Role
from triskel.registry.imports.jobs import run_imports
from triskel.registry.main import SPEC
from triskel.registry.regions.commands import open_home_regions

RENNES = {"latitude": 48.117, "longitude": -1.678}


@pytest.fixture
def settings_more() -> dict[str, Any]:
    """A file of tests that needs other settings gives them by this name."""
    return {}


@pytest.fixture
async def client(
    start_service: StartService, settings_more: dict[str, Any]
) -> AsyncIterator[ApiClient]:
    """It has its application as `app`."""
    async with start_service(SPEC, **settings_more) as (client, app):
        client.app = app  # type: ignore[attr-defined]
        yield client


@dataclass
class Platform:
    client: ApiClient
    app: Any
    tokens: Tokens
    clock: FixedClock

    def who(self, role: Role, of: Any = None, **more: Any) -> dict[str, str]:
        return self.tokens.bearer(role, organisation=of, subject=f"{role}-{of}", **more)

    async def arrives(self, role: Role, of: str) -> None:
        """Somebody has just called, so that it is known for whom they act."""
        path = f"/v1/organisations/{of}"
        assert (await self.client.get(path, headers=self.who(role, of))).status_code == 200

    async def organisation(self, kind: str, who: dict[str, str] | None = None, **more: Any) -> Any:
        body = {"kind": kind, "names": {"fr": f"Un {kind}"}} | more
        return await self.client.post(
            "/v1/organisations", json=body, headers=who or self.who(Role.COORDINATOR)
        )

    async def propose(self, who: dict[str, str], school: str, company: str, **more: Any) -> Any:
        body = {
            "school_id": school,
            "company_id": company,
            "school_year": "2025-2026",
            "starts_on": "2025-09-15",
            "ends_on": "2026-07-03",
        }
        return await self.client.post("/v1/partnerships", json=body | more, headers=who)

    async def act(self, who: dict[str, str], known: Any, action: str, body: Any = None) -> Any:
        return await self.client.post(
            f"/v1/partnerships/{known.json()['id']}/{action}",
            json=body,
            headers=who | {"If-Match": known.headers["ETag"]},
        )

    async def refusals_in_order(
        self,
        path: str,
        known: dict[str, Any],
        *,
        may: dict[str, str],
        stranger: dict[str, str],
        body: Any = None,
        method: str = "POST",
    ) -> list[int]:
        """What is answered when all is wrong, and then one thing less each time: nobody's id, a
        stranger, a version that is over, a state that does not allow it. `path` has `{id}` for the
        thing that is `known`."""
        route = ActionRoute(method, path, body, has_parts=False)
        return await order_of_refusals(
            self.client, route, known["id"], known["version"], stranger, may
        )

    async def decide(self, **settings: Any) -> None:
        """The region decides so, by its coordinator; again changes nothing."""
        state = self.app.state
        await open_home_regions(["FRH0"])(state.database, state.outbox, self.clock)
        path, coordinator = "/v1/regions/FRH0", self.who(Role.COORDINATOR)
        known = await self.client.get(path, headers=coordinator)
        seen = {"If-Match": known.headers["ETag"]}
        answer = await self.client.patch(path, json=settings, headers=coordinator | seen)
        assert answer.is_success or self.rule(answer) == (409, "settings-unchanged"), answer.text

    async def said(self) -> list[str]:
        found = await outbox_events(self.app.state.database)
        return [event.name_and_version()[0] for event in found]

    async def school(self, **more: Any) -> str:
        """A lycée in Rennes."""
        answer = await self.organisation("school", levels=["3"], position=RENNES, **more)
        number: str = answer.json()["id"]
        return number

    async def company(self, north: float = 0, **more: Any) -> str:
        """A company so many degrees north of it."""
        position = RENNES | {"latitude": RENNES["latitude"] + north}
        answer = await self.organisation("company", position=position, **more)
        number: str = answer.json()["id"]
        return number

    async def wait(self, *numbers: str, **wishes: Any) -> None:
        """These look for a partner in 2025-2026."""
        for number in numbers:
            body = {"organisation_id": number, "school_year": "2025-2026", "wishes": wishes}
            who = self.who(Role.COORDINATOR)
            done = await self.client.post("/v1/waiting-list", json=body, headers=who)
            assert done.status_code == 201, done.text

    async def pair(self) -> tuple[str, str]:
        """A school and a company that carries two partnerships."""
        school = (await self.organisation("school", levels=["3"])).json()["id"]
        company = (await self.organisation("company", partnership_capacity=2)).json()["id"]
        return school, company

    async def signed(self) -> tuple[str, str, Any]:
        """A school, a company, and the partnership that all three have signed."""
        school, company = await self.pair()
        known = await self.propose(self.who(Role.TEACHER, school), school, company)
        known = await self.act(self.who(Role.COMPANY, company), known, "accept")
        known = await self.act(self.who(Role.COORDINATOR), known, "draft-agreement")
        return school, company, await self.sign(known, school, company)

    async def sign(self, known: Any, school: str, company: str) -> Any:
        head, host = self.who(Role.HEAD, school), self.who(Role.COMPANY, company)
        for who in (head, host, self.who(Role.COORDINATOR)):
            known = await self.act(who, known, "sign", self.seen(known))
        assert known.json()["state"] == "signed"
        return known

    @staticmethod
    def seen(known: Any) -> dict[str, str]:
        """What who signs says that they read."""
        return {"digest": known.json()["agreement"]["digest"]}

    async def plan(self, school: str, company: str, known: Any) -> None:
        """The activities service says that this partnership has a planned activity."""
        await self.hear(self.activity(school, company, partnership_id=known.json()["id"]))

    def activity(self, school: str, company: str, **more: Any) -> activities.Activity:
        known = {
            "id": uuid4(),
            "region": "FRH0",
            "version": 4,
            "format": "guest-lesson",
            "state": "scheduled",
            "title": "Une ingénieure en classe",
            "school_year": "2025-2026",
            "host_id": company,
            "school_id": school,
            "proposed_by": "school",
            "drafted_at": self.clock.now(),
        }
        return activities.Activity.model_validate(known | more)

    async def hear(self, *states: activities.Activity) -> None:
        """The activities service says something of these activities."""
        events = [activities.ActivityEdited(activity=state, by=Role.COMPANY) for state in states]
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    def opened(self, event: Any) -> str:
        """The token that an event carries sealed, as its mail will have it."""
        token: str = self.app.state.settings.links.open(event.token, event.contact.id)
        return token

    @staticmethod
    def rule(answer: Any) -> tuple[int, str]:
        """Status and rule of a problem."""
        return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


class Importing:
    """Sends a file, lets the worker do it, and gives the report; `region` is whose."""

    region = "FRH0"

    def __init__(self, client: ApiClient, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self._tokens, self._clock = client, tokens, clock

    async def send(self, content: bytes, dataset: str = "fr-annuaire", **query: Any) -> Any:
        return await self.client.post(
            "/v1/imports",
            params={"dataset": dataset, **query},
            content=content,
            headers=self._tokens.bearer(Role.COORDINATOR, region=self.region),
        )

    async def work(self) -> int:
        state = self.client.app.state  # type: ignore[attr-defined]
        return await run_imports(state.database, state.outbox, self._clock)

    async def report(self, answer: Any) -> dict[str, Any]:
        path = answer.headers["Location"]
        who = self._tokens.bearer(Role.COORDINATOR, region=self.region)
        shown = await self.client.get(path, headers=who)
        found: dict[str, Any] = shown.json()
        return found

    async def __call__(
        self, content: bytes, dataset: str = "fr-annuaire", **query: Any
    ) -> dict[str, Any]:
        answer = await self.send(content, dataset, **query)
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "queued"
        assert await self.work() == 1
        return await self.report(answer)


@pytest.fixture
def imported(client: ApiClient, tokens: Tokens, clock: FixedClock) -> Importing:
    return Importing(client, tokens, clock)


@pytest.fixture
async def platform(client: ApiClient, tokens: Tokens, clock: FixedClock) -> Platform:
    """People who act on the registry, and what it said."""
    return Platform(client, client.app, tokens, clock)  # type: ignore[attr-defined]
