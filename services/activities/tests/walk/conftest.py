"""Where random people walk: one school, one host and a signed partnership between them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from triskel.activities.main import SPEC
from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import ApiClient, Tokens, deliver
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.registry_events import approved, signed
from triskel.chassis.testing.walks import on_its_own_loop
from triskel.contracts.codes import OrganisationKind, Role

FIRST_DAY = datetime(2025, 9, 2, 8, tzinfo=UTC)


class Stage:
    """One school, one host and a signed partnership between them, and who speaks for them."""

    def __init__(self, client: ApiClient, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school, self.host, self.partnership = uuid4(), uuid4(), uuid4()

    async def furnish(self) -> None:
        kinds = {self.school: OrganisationKind.SCHOOL, self.host: OrganisationKind.COMPANY}
        events: list[Any] = [approved(number, kind) for number, kind in kinds.items()]
        days = {"starts_on": "2025-09-03"}
        events.append(signed(self.partnership, self.school, self.host, FIRST_DAY, **days))
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    def who(self, person: str) -> dict[str, str]:
        role, of = {
            "head": (Role.HEAD, self.school),
            "teacher": (Role.TEACHER, self.school),
            "company": (Role.COMPANY, self.host),
            "coordinator": (Role.COORDINATOR, None),
            "stranger": (Role.COMPANY, UUID(int=7)),
        }[person]
        return self.tokens.bearer(role, organisation=of, subject=person)

    def slot(self, form: str) -> dict[str, str]:
        """A Tuesday morning some weeks ahead, outside the holidays."""
        start = (self.clock.now() + timedelta(days=21)).replace(hour=8, minute=0)
        while start.weekday() != 1 or not _school(start):
            start += timedelta(days=1)
        end = start + timedelta(hours=2)
        place = "school" if form == "guest-lesson" else "company"
        return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": place}


def _school(day: datetime) -> bool:
    holidays = (("10-18", "11-03"), ("12-20", "12-31"), ("01-01", "01-05"), ("02-14", "03-02"))
    holidays += (("04-11", "04-27"), ("05-08", "05-09"), ("05-14", "05-17"), ("07-04", "08-31"))
    return not any(first <= f"{day:%m-%d}" <= last for first, last in holidays)


@pytest.fixture
def stage_and_runner(
    fresh_database: FreshDatabase, tokens: Tokens
) -> Iterator[tuple[Stage, asyncio.Runner]]:
    clock = FixedClock(FIRST_DAY)
    place = on_its_own_loop(SPEC, fresh_database, tokens, clock)
    with place as (runner, client, app):
        stage = Stage(client, app, tokens, clock)
        runner.run(stage.furnish())
        yield stage, runner
