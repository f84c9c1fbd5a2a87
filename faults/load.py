"""People who use the platform while it breaks: every accepted answer is kept for the checker."""

import asyncio
import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import Stack

PATIENCE_SECONDS = 600  # on a busy machine, in the middle of faults
TOKEN_SECONDS = "7200"
# at most, before a next step: faults are to be seen, not how much a machine can do
THINKING_SECONDS = 0.6
YEAR = "2025-2026"
FIRST_SLOT = datetime(2025, 11, 16, 18, tzinfo=ZONE)  # a Sunday: the five days after it have school
TOPICS = {
    "organisations": "registry.organisations",
    "contacts": "registry.contacts",
    "partnerships": "registry.partnerships",
    "activities": "activities.activities",
}


class GaveUp(Exception):
    """No answer within the patience: that is a finding, too."""


class Load:
    """`accepted` holds (id, version) of every answer below 300, by topic."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.stack = stack
        self.rng = random.Random(seed)
        self.accepted: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.requests = 0
        self.retries = 0
        self.client = stack.client(timeout=10)

    async def close(self) -> None:
        await self.client.aclose()

    async def token(self, role: str, of: str | None = None) -> str:
        claims = {"subject": f"{role}-{of}", "ttl": TOKEN_SECONDS}
        return await self.client.token(role, **claims | ({"organisation": of} if of else {}))

    async def post(
        self,
        service: str,
        path: str,
        body: Any,
        role: str,
        of: str | None = None,
        version: int | None = None,
    ) -> Any:
        """Asked again, under the same key, at any replica, until there is an answer."""
        token = await self.token(role, of)
        key = {"Idempotency-Key": str(UUID(int=self.rng.getrandbits(128), version=4))}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        self.requests += 1
        while True:
            url = self.rng.choice(self.stack.replicas[service]) + path
            try:
                answer = await self.client.request(
                    "POST", url, json=body, headers=key, version=version, token=token
                )
            except httpx.HTTPError as error:
                why = type(error).__name__
            else:
                if answer.status_code < 300:
                    known = answer.json()
                    self.accepted[TOPICS[path.split("/")[2]]].append(
                        (known["id"], known["version"])
                    )
                    return known
                why = answer.text
                # 409: the other service has not heard of it yet; 5xx: it is down
                if answer.status_code not in (409, 500, 503):
                    raise GaveUp(f"POST {path}: {why[:300]}")
            if loop.time() > deadline:
                raise GaveUp(f"POST {path}: {why[:300]}")
            self.retries += 1
            await asyncio.sleep(0.1)

    async def settle(self, pairs: int) -> list[tuple[str, str]]:
        """Schools and companies with one person each who reads mails."""
        found = []
        for number in range(pairs):
            ids = []
            for kind in ("school", "company"):
                body = {"kind": kind, "names": {"fr": f"{kind} {number}"}}
                made = await self.post("registry", "/v1/organisations", body, "coordinator")
                ids.append(made["id"])
                person = {
                    "organisation_id": made["id"],
                    "name": f"Personne {kind} {number}",
                    "email": f"{kind}-{number}@faults.example",
                    "roles": ["teacher" if kind == "school" else "company"],
                    "channels": ["email"],
                    "consent_given_on": "2025-06-30",
                }
                await self.post("registry", "/v1/contacts", person, "coordinator")
            found.append((ids[0], ids[1]))
        return found

    async def people(self, school: str, company: str, over: asyncio.Event) -> None:
        """One pair: a partnership, then activities one after the other, until it is over."""
        body = {
            "school_id": school,
            "company_id": company,
            "school_year": YEAR,
            "starts_on": "2025-09-15",
            "ends_on": "2026-07-03",
        }
        known = await self.post("registry", "/v1/partnerships", body, "teacher", school)
        path = f"/v1/partnerships/{known['id']}/accept"
        await self.post("registry", path, None, "company", company, known["version"])
        number = 0
        while not over.is_set():
            number += 1
            await self._activity(school, company, number, over)

    async def _activity(self, school: str, company: str, number: int, over: asyncio.Event) -> None:
        draft = {
            "format": "parents-day",
            "title": f"Soirée {number}",
            "school_year": YEAR,
            "host_id": company,
            "school_id": school,
        }
        known = await self.post("activities", "/v1/activities", draft, "teacher", school)

        async def act(action: str, role: str, of: str, body: Any = None) -> None:
            nonlocal known
            await asyncio.sleep(self.rng.uniform(0, THINKING_SECONDS))
            path = f"/v1/activities/{known['id']}/{action}"
            known = await self.post("activities", path, body, role, of, known["version"])

        await act("propose", "teacher", school)
        await act("accept", "company", company)
        await act("schedule", "company", company, _slot(1))
        # once: nothing but its subject tells the checker one proposal's mail from another's
        if not over.is_set() and self.rng.random() < 0.8:
            await act("propose-date", "company", company, _slot(2))
            await act("agree-date", "teacher", school)
        if self.rng.random() < 0.5:
            await act("cancel", "company", company, {"reason": "weather"})


def _slot(days: int) -> dict[str, str]:
    start = FIRST_SLOT + timedelta(days=days)
    end = start + timedelta(hours=2)
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "place": "school"}
