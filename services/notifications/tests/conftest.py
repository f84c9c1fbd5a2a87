"""A notifications service with a school, a host and a real mailbox, for all of its tests."""

import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    ApiClient,
    Tokens,
    deliver,
)
from triskel.chassis.testing.fixtures import StartService
from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind, Role
from triskel.notifications.main import SPEC
from triskel.notifications.messages.jobs import MailSender
from triskel.sandbox.fixtures import MailAddress

SLOT = {
    "starts_at": datetime(2025, 11, 20, 8, tzinfo=UTC),
    "ends_at": datetime(2025, 11, 20, 10, tzinfo=UTC),
    "time_zone": "Europe/Paris",
    "place": "school",
}


@dataclass
class Platform:
    client: ApiClient
    app: Any
    tokens: Tokens
    clock: FixedClock
    sink: MailAddress
    school: UUID
    host: UUID
    domain: str
    slot: Any

    async def hear(self, *events: Any) -> None:
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    async def send(self) -> int:
        state = self.app.state
        sender = MailSender(state.settings)
        try:
            return await sender.run(state.database, state.outbox, state.clock)
        finally:
            await sender.close()

    def contact(self, name: str, organisation: UUID, *roles: Role, **more: Any) -> registry.Contact:
        known: dict[str, Any] = {
            "id": uuid4(),
            "region": "FRH0",
            "version": 1,
            "organisation_id": organisation,
            "name": name,
            "email": f"{name.split()[0].lower()}@{self.domain}",
            "roles": roles,
            "language": "fr",
            "confirmed": True,
        }
        return registry.Contact(**(known | more))

    def activity(self, **more: Any) -> a.Activity:
        known: dict[str, Any] = {
            "id": uuid4(),
            "region": "FRH0",
            "version": 4,
            "format": "guest-lesson",
            "state": "scheduled",
            "title": "Une ingénieure <en> classe",
            "school_year": "2025-2026",
            "host_id": self.host,
            "school_id": self.school,
            "proposed_by": "school",
            "drafted_at": self.clock.now(),
            "slot": SLOT,
            "slot_changes": 1,
        }
        return a.Activity(**(known | more))

    def seal(self, token: str, contact: UUID) -> str:
        """As the registry seals it."""
        sealed: str = self.app.state.settings.links.seal(token, contact)
        return sealed

    async def mails(self, name: str, domain: str | None = None) -> list[EmailMessage]:
        """What reached one person's mailbox."""
        async with httpx.AsyncClient(base_url=str(self.sink.url), timeout=None) as web:
            listed = await web.get(
                "/api/messages", params={"to": f"{name}@{domain or self.domain}"}
            )
            found = []
            for each in listed.json():
                raw = (await web.get(f"/api/messages/{each['id']}/raw")).content
                message = email.message_from_string(raw.decode(), policy=email.policy.SMTPUTF8)
                assert isinstance(message, EmailMessage)
                found.append(message)
        return found

    async def behave(self, mode: str) -> None:
        async with httpx.AsyncClient(base_url=str(self.sink.url), timeout=None) as web:
            (await web.put("/api/behaviour", json={"mode": mode})).raise_for_status()

    async def rows(self, statement: str) -> list[Any]:
        async with self.app.state.database.reading() as session:
            return list((await session.execute(text(statement))).all())

    async def wake(self) -> None:
        """As if the pause were over."""
        async with self.app.state.database.transaction() as session:
            await session.execute(text("update messages set due_at = clock_timestamp()"))


@pytest.fixture
async def platform(
    start_service: StartService, tokens: Tokens, clock: FixedClock, mail_sink: MailAddress
) -> AsyncIterator[Platform]:
    more = {
        "smtp_url": f"smtp://{mail_sink.smtp_host}:{mail_sink.smtp_port}",
        "mail_from": "Triskel Bretagne <triskel@example.org>",
        "public_url": "https://example.org/",
        "registry_url": "https://registry.example.org/",
    }
    school, host = uuid4(), uuid4()
    async with start_service(SPEC, **more) as (client, app):
        platform = Platform(
            client,
            app,
            tokens,
            clock,
            mail_sink,
            school,
            host,
            f"{uuid4().hex[:8]}.example.org",
            SLOT,
        )
        await platform.hear(
            *(
                registry.OrganisationApproved(
                    organisation=registry.Organisation(
                        id=number,
                        region="FRH0",
                        version=1,
                        kind=kind,
                        helix=HELIX_OF[kind],
                        names={"fr": name},
                        status="approved",
                    )
                )
                for number, kind, name in (
                    (school, OrganisationKind.SCHOOL, "Lycée Émile Zola"),
                    (host, OrganisationKind.COMPANY, "Chantiers & Fils"),
                )
            )
        )
        yield platform
