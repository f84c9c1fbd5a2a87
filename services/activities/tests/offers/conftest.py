"""A fair: a school, a host, their partnership, and people to speak for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

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
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind, Role

YEAR = "2025-2026"
ROOT = Path(__file__).resolve().parents[4]
RENNES = said.Position(latitude=48.11, longitude=-1.67)


@dataclass
class Fair:
    client: ApiClient
    app: Any
    tokens: Tokens
    clock: FixedClock
    school: UUID = field(default_factory=uuid4)
    host: UUID = field(default_factory=uuid4)
    partnership: UUID = field(default_factory=uuid4)

    @property
    def state(self) -> tuple[Any, ...]:
        """What a worker is called with."""
        return self.app.state.database, self.app.state.outbox, self.app.state.clock

    def who(self, name: str) -> dict[str, str]:
        roles: dict[str, tuple[Role, UUID | None]] = {
            "head": (Role.HEAD, self.school),
            "teacher": (Role.TEACHER, self.school),
            "host": (Role.COMPANY, self.host),
            "coordinator": (Role.COORDINATOR, None),
            "authority": (Role.AUTHORITY, None),
            "stranger": (Role.COMPANY, uuid4()),
        }
        role, own = roles[name]
        return self.tokens.bearer(role, organisation=own, subject=name)

    async def hear(self, *events: Any) -> None:
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    def organisation(self, number: UUID, kind: OrganisationKind, **more: Any) -> Any:
        return approved(number, kind, **({"position": RENNES} | more))

    def signed(self, number: UUID, school: UUID, host: UUID, **more: Any) -> Any:
        return signed(number, school, host, self.clock.now(), **more)

    async def settle(self) -> None:
        await self.hear(
            *examples(ROOT / "contracts/examples", "registry.calendars"),
            self.organisation(self.school, OrganisationKind.SCHOOL),
            self.organisation(self.host, OrganisationKind.COMPANY),
            self.signed(self.partnership, self.school, self.host),
        )

    async def post(self, path: str, who: str, body: Any = None, **headers: str) -> Any:
        return await self.client.post(path, json=body, headers=self.who(who) | headers)

    @staticmethod
    def rule(answer: Any) -> tuple[int, str]:
        """Status and rule of a problem."""
        return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")

    async def listed(self, query: str = "", who: str = "teacher") -> list[str]:
        """The titles that a search gives."""
        page = await self.get(f"/v1/offers?{query}", who)
        assert page.status_code == 200, page.text
        return [item["title"] for item in page.json()["items"]]

    async def get(self, path: str, who: str) -> Any:
        return await self.client.get(path, headers=self.who(who))

    async def act(self, path: str, known: Any, action: str, who: str, body: Any = None) -> Any:
        etag = f'"{known.json()["version"]}"'
        return await self.post(
            f"{path}/{known.json()['id']}/{action}", who, body, **{"If-Match": etag}
        )

    async def said(self, topic: str) -> list[Any]:
        found = await outbox_events(self.app.state.database)
        return [event for event in found if event.topic == topic]

    async def drafted(self, **more: Any) -> Any:
        """A visit on Tuesday and Thursday mornings, three times before Christmas."""
        body = {
            "host_id": str(self.host),
            "format": "company-visit",
            "title": "Visite de l'atelier d'optique",
            "description": "Une demi-journée avec ceux qui polissent et mesurent.",
            "levels": ["3"],
            "subjects": ["Physique-chimie"],
            "languages": ["fr"],
            "capacity": 35,
            "places": ["company"],
            "seasons": [
                {
                    "first": "2025-11-03",
                    "last": "2025-12-19",
                    "weekdays": [2, 4],
                    "half_days": ["morning"],
                    "activities": 3,
                }
            ],
            "lead_days": 21,
        }
        return await self.post("/v1/offers", "host", body | more)

    async def published(self, **more: Any) -> Any:
        return await self.act("/v1/offers", await self.drafted(**more), "publish", "host")

    async def ask(
        self, offer: Any, *starts: datetime, who: str = "teacher", hours: int = 2, **more: Any
    ) -> Any:
        wished = [
            {"starts_at": at.isoformat(), "ends_at": at.replace(hour=at.hour + hours).isoformat()}
            for at in starts
        ]
        body = {
            "school_id": str(self.school),
            "school_year": YEAR,
            "partnership_id": str(self.partnership),
            "wished": wished,
            "pupils": 28,
            "levels": ["3"],
        }
        body = {name: value for name, value in (body | more).items() if value is not None}
        return await self.post(f"/v1/offers/{offer.json()['id']}/requests", who, body)


@pytest.fixture
async def fair(
    start_service: StartService, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Fair]:
    async with start_service(SPEC) as (client, app):
        fair = Fair(client, app, tokens, clock)
        await fair.settle()
        yield fair
