"""The stack that is broken, and what every fault needs of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from faults.proxy import Proxy
from triskel.cli.stack import Stack
from triskel.sandbox import KafkaBroker, PostgresServer
from triskel.sandbox.children import Child


@dataclass
class World:
    stack: Stack
    kafka: KafkaBroker
    postgres: PostgresServer
    networks: Sequence[Proxy]
    disks: Sequence[Path]
    clock: Any
    _token: str = ""

    def any_service(self, rng: random.Random) -> Child:
        return self.stack.children[rng.choice(sorted(self.stack.children))]

    async def smtp(self, mode: str, seconds: float = 0) -> None:
        body = {"mode": mode, "seconds": seconds}
        async with httpx.AsyncClient(timeout=None) as client:
            await client.put(f"{self.stack.infrastructure.mail_url}/api/behaviour", json=body)

    async def operate(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """What an operator asks of a service; again, until there is an answer below 500. A
        refusal is null."""
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                try:
                    headers = {
                        "Authorization": f"Bearer {await self._ops(client)}",
                        "Idempotency-Key": str(uuid4()),
                    }
                    url = self.stack.services[service] + path
                    answer = await client.request(method, url, json=body, headers=headers)
                except httpx.HTTPError:
                    await asyncio.sleep(0.2)
                    continue
                if answer.status_code < 500:
                    return answer.json() if answer.content and answer.is_success else None
                await asyncio.sleep(0.2)

    async def _ops(self, client: httpx.AsyncClient) -> str:
        if not self._token:
            form = {
                "grant_type": "client_credentials",
                "client_id": "triskel",
                "client_secret": self.stack.infrastructure.client_secret or "",
                "subject": "operator",
                "roles": "ops",
                "region": self.stack.region,
                "ttl": "7200",
            }
            answer = await client.post(f"{self.stack.infrastructure.issuer}/token", data=form)
            self._token = answer.json()["access_token"]
        return self._token


Fault = Callable[[World, random.Random], Awaitable[None]]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110  (other processes move)
        await asyncio.sleep(0.2)


async def pause(rng: random.Random, low: float, high: float) -> None:
    await asyncio.sleep(rng.uniform(low, high))
