"""A broker that stops: requests go on, readiness says so, and nothing is lost."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from tests.callers import Caller
from triskel.chassis.testing import wait_until
from triskel.cli.stack import Stack
from triskel.sandbox import KafkaBroker

pytestmark = pytest.mark.connected


def registered(stack: Stack, number: int) -> UUID:
    """The id of a school that was registered now."""
    body = {"kind": "school", "names": {"fr": f"École de la panne {number}"}, "levels": ["1"]}

    async def register() -> httpx.Response:
        async with stack.client() as client:
            coordinator = Caller(client, "coordinator")
            return await coordinator.call("POST", "registry", "/v1/organisations", body)

    answer = asyncio.run(register())
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def test_while_the_broker_is_away_requests_are_kept_and_then_told(
    stack: Stack, broker: KafkaBroker
) -> None:
    def readiness(service: str) -> Any:
        return httpx.get(f"{stack.services[service]}/readyz", timeout=None)

    wait_until(lambda: readiness("registry").status_code == 200)
    broker.kill()
    schools = [registered(stack, number) for number in range(3)]
    wait_until(
        lambda: (
            "does not answer" in readiness("registry").json()["checks"]["broker"].get("detail", "")
        )
    )
    assert readiness("registry").status_code == 503
    assert known_to_metrics(stack, schools) == 0
    broker.restart()
    wait_until(lambda: known_to_metrics(stack, schools) == 3)
    wait_until(lambda: all(readiness(each).status_code == 200 for each in stack.services))


def known_to_metrics(stack: Stack, schools: list[UUID]) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(stack.databases["metrics"])
        try:
            sql = "select count(*) from organisations where id = any($1)"
            return int(await connection.fetchval(sql, schools))
        finally:
            await connection.close()

    return asyncio.run(count())
