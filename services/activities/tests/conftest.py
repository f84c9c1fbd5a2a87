"""A platform for tests of places: two schools, a company, and people who speak for them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from triskel.activities.main import SPEC
from triskel.activities.places.jobs import lapse_offers
from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
    outbox_events,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.chassis.testing.registry_events import approved, signed
from triskel.contracts.codes import OrganisationKind, Role

PUBLIC_URL = "https://activites.bretagne.example"


class Platform:
    """Two schools and a company; a visit and a masterclass are made on demand."""

    def __init__(self, client: ApiClient, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school, self.other, self.host = uuid4(), uuid4(), uuid4()
        self.partnership = uuid4()
        self.etags: dict[str, str] = {}

    async def settle(self) -> None:
        kinds = {
            self.school: OrganisationKind.SCHOOL,
            self.other: OrganisationKind.SCHOOL,
            self.host: OrganisationKind.COMPANY,
        }
        events = [approved(number, kind) for number, kind in kinds.items()]
        pair = signed(self.partnership, self.school, self.host, self.clock.now())
        await deliver(self.app.state.database, self.app.state.consumers, *events, pair)

    def who(self, name: str) -> dict[str, str]:
        role, own = {
            "teacher": (Role.TEACHER, self.school),
            "head": (Role.HEAD, self.school),
            "elsewhere": (Role.TEACHER, self.other),
            "company": (Role.COMPANY, self.host),
            "coordinator": (Role.COORDINATOR, None),
            "authority": (Role.AUTHORITY, None),
            "stranger": (Role.COMPANY, uuid4()),
        }[name]
        return self.tokens.bearer(role, organisation=own, subject=name)

    async def post(self, path: str, who: str, body: Any = None, **headers: str) -> Any:
        return await self.client.post(path, json=body, headers=self.who(who) | headers)

    async def show(self, number: str, who: str = "coordinator") -> Any:
        answer = await self.client.get(f"/v1/activities/{number}", headers=self.who(who))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, method: str, number: str, what: str, who: str, body: Any = None) -> Any:
        """With the ETag as it was seen last; read anew if somebody else was quicker."""
        path = f"/v1/activities/{number}/{what}"
        for _ in range(2):
            if number not in self.etags:
                self.etags[number] = f'"{(await self.show(number))["version"]}"'
            headers = self.who(who) | {"If-Match": self.etags.pop(number)}
            answer = await self.client.request(method, path, json=body, headers=headers)
            if answer.status_code != 412:
                break
        if answer.is_success and "etag" in answer.headers:
            self.etags[number] = answer.headers["etag"]
        return answer

    async def act(self, number: str, action: str, who: str, body: Any = None) -> Any:
        return await self.change("POST", number, action, who, body)

    async def put(self, number: str, what: str, who: str, body: Any) -> Any:
        return await self.change("PUT", number, what, who, body)

    async def scheduled(self, form: str, places: int | None, **more: Any) -> str:
        draft = {
            "format": form,
            "title": "Enseigner la photonique",
            "school_year": "2025-2026",
            "host_id": str(self.host),
        }
        answer = await self.post("/v1/activities", "coordinator", draft | more)
        number: str = answer.json()["id"]
        start = self.clock.now() + timedelta(days=12)
        slot = {"starts_at": start.isoformat(), "place": "company"}
        slot["ends_at"] = (start + timedelta(hours=4)).isoformat()
        yes = [("accept", "company", None)]
        if "school_id" in more:
            yes.append(("accept", "teacher", None))
        agreed = (("propose", "coordinator", None), *yes, ("schedule", "coordinator", slot))
        for action, who, body in agreed:
            answer = await self.act(number, action, who, body)
            assert answer.status_code == 200, answer.text
        if places is not None:
            answer = await self.put(number, "places", "company", {"places": places})
            assert answer.status_code == 200, answer.text
        return number

    async def masterclass(self, places: int) -> str:
        return await self.scheduled("teacher-masterclass", places)

    async def book(self, number: str, who: str, **body: Any) -> Any:
        asked = {"contact_id": str(uuid4())} | body
        return await self.post(f"/v1/activities/{number}/bookings", who, asked)

    async def lapse(self) -> int:
        state = self.app.state
        return await lapse_offers(state.database, state.outbox, state.clock)

    async def said(self) -> list[str]:
        found = await outbox_events(self.app.state.database)
        return [event.name_and_version()[0].removeprefix("activity-") for event in found]


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock, badge_key: Path
) -> AsyncIterator[Platform]:
    more = {"badge_key_file": badge_key, "public_url": PUBLIC_URL}
    async with start_service(SPEC, **more) as (client, app):
        platform = Platform(client, app, tokens, clock)
        await platform.settle()
        yield platform
