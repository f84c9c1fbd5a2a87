"""A metrics service on its real migrated database, and the facts of other services."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.contracts import activities, registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind, Role
from triskel.metrics.main import SPEC

YEAR = "2025-2026"


@dataclass
class Platform:
    client: ApiClient
    app: Any
    tokens: Tokens
    clock: FixedClock

    async def hear(self, *events: Any) -> None:
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    async def bring(self, dataset: str, content: bytes, dry_run: bool = False) -> Any:
        return await self.client.post(
            "/v1/reference/imports",
            params={"dataset": dataset, "dry_run": dry_run},
            content=content,
            headers=self.tokens.bearer(Role.COORDINATOR),
        )

    async def figures(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/figures", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def figure(self, indicator: str, **breakdown: str) -> dict[str, Any]:
        found = await self.figures(indicator=indicator)
        return next(f for f in found if f["breakdown"] == breakdown)

    @staticmethod
    def school(number: UUID, uai: str | None = None, **more: Any) -> registry.OrganisationApproved:
        known: dict[str, Any] = {
            "id": number,
            "region": "FRH0",
            "version": 1,
            "kind": OrganisationKind.SCHOOL,
            "helix": HELIX_OF[OrganisationKind.SCHOOL],
            "names": {"fr": "Un lycée"},
            "status": "approved",
            "levels": ("3",),
            "pupils": 500,
            "identifiers": ({"scheme": "uai", "value": uai},) if uai else (),
        }
        return registry.OrganisationApproved(organisation=registry.Organisation(**(known | more)))

    @staticmethod
    def partnership(school_id: UUID, **more: Any) -> registry.PartnershipActivated:
        known: dict[str, Any] = {
            "id": uuid4(),
            "region": "FRH0",
            "version": 7,
            "school_id": school_id,
            "company_id": uuid4(),
            "school_year": YEAR,
            "state": "active",
            "proposed_by": Role.TEACHER,
            "proposed_at": datetime(2025, 9, 2, tzinfo=UTC),
            "answer_by": datetime(2025, 9, 16, tzinfo=UTC),
            "starts_on": date(2025, 9, 15),
            "ends_on": date(2026, 7, 3),
            "activated_at": datetime(2025, 9, 20, tzinfo=UTC),
        }
        return registry.PartnershipActivated(
            partnership=registry.Partnership(**(known | more)), by=Role.SYSTEM
        )

    @staticmethod
    def delivered(
        school_id: UUID, *attendance: dict[str, Any], **more: Any
    ) -> activities.ActivityDelivered:
        known: dict[str, Any] = {
            "id": uuid4(),
            "region": "FRH0",
            "version": 7,
            "format": "guest-lesson",
            "state": "delivered",
            "title": "Une ingénieure en classe",
            "school_year": YEAR,
            "host_id": uuid4(),
            "school_id": school_id,
            "proposed_by": "school",
            "drafted_at": datetime(2025, 9, 3, tzinfo=UTC),
            "delivered_at": datetime(2025, 9, 25, tzinfo=UTC),
            "outcome": "full",
            "attendance": attendance,
        }
        return activities.ActivityDelivered(
            activity=activities.Activity(**(known | more)), by=Role.TEACHER
        )


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Platform]:
    async with start_service(SPEC) as (client, app):
        yield Platform(client, app, tokens, clock)
