"""The stack that is broken, and what every fault needs of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from faults.proxy import Proxy
from triskel.chassis.client import ApiProblem
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

    def any_service(self, rng: random.Random) -> Child:
        return self.stack.children[rng.choice(sorted(self.stack.children))]

    async def smtp(self, mode: str, seconds: float = 0) -> None:
        body = {"mode": mode, "seconds": seconds}
        async with httpx.AsyncClient(timeout=None) as client:
            await client.put(f"{self.stack.infrastructure.mail_url}/api/behaviour", json=body)

    async def operate(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """What an operator asks of a service; again, until there is an answer below 500. A
        refusal is null."""
        async with self.stack.client(timeout=10) as client:
            while True:
                try:
                    token = await client.token("ops", subject="operator")
                    return await client.ask(method, service, path, json=body, token=token)
                except httpx.HTTPError:
                    pass
                except ApiProblem as problem:
                    if problem.status < 500:
                        return None
                await asyncio.sleep(0.2)


Fault = Callable[[World, random.Random], Awaitable[None]]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110  (other processes move)
        await asyncio.sleep(0.2)


async def pause(rng: random.Random, low: float, high: float) -> None:
    await asyncio.sleep(rng.uniform(low, high))
