"""A broker that stops: requests go on, readiness says so, and nothing is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.callers import Caller
from triskel.chassis.testing import wait_until
from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import Stack, open_stack
from triskel.sandbox import open_kafka

pytestmark = pytest.mark.connected


def registered(stack: Stack, number: int) -> int:
    """The status of the answer to who registers a school."""
    body = {"kind": "school", "names": {"fr": f"École {number}"}, "levels": ["1"]}

    async def register() -> int:
        async with stack.client() as client:
            coordinator = Caller(client, "coordinator")
            answer = await coordinator.call("POST", "registry", "/v1/organisations", body)
            return answer.status_code

    return asyncio.run(register())


def test_while_the_broker_is_away_requests_are_kept_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_kafka("outage", tmp_path / "kafka") as broker:
        monkeypatch.setenv("TRISKEL_KAFKA_BOOTSTRAP", broker.bootstrap)
        clock = datetime(2025, 10, 1, 10, tzinfo=ZONE)
        with open_stack(clock=clock, logs=tmp_path / "logs") as stack:
            broker.kill()
            assert [registered(stack, number) for number in range(3)] == [201, 201, 201]
            ready = f"{stack.services['registry']}/readyz"

            def answer() -> httpx.Response:
                return httpx.get(ready, timeout=None)

            wait_until(
                lambda: "does not answer" in answer().json()["checks"]["broker"].get("detail", "")
            )
            assert answer().status_code == 503
            broker.restart()
            wait_until(lambda: answer().status_code == 200)
            wait_until(lambda: organisations_in(stack.databases["metrics"]) == 3)


def organisations_in(url: str) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval("select count(*) from organisations"))
        finally:
            await connection.close()

    return asyncio.run(count())


def _with_mark(mark: str) -> list[int]:
    """The processes that have a variable of this test in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize(
    ("while_it_is", "how", "code"),
    [
        ("starting PostgreSQL", signal.SIGINT, 130),
        ("starting PostgreSQL", signal.SIGTERM, 130),
        ("starting the four services", signal.SIGINT, 130),
        ("importing the official files", signal.SIGTERM, 130),
        ("starting the four services", signal.SIGKILL, -9),
    ],
)
def test_a_stack_that_is_stopped_in_any_way_leaves_no_process_behind(
    tmp_path: Path, while_it_is: str, how: signal.Signals, code: int
) -> None:
    mark = f"MARK_{uuid4().hex}"
    process = subprocess.Popen(
        [sys.executable, "-m", "triskel.cli", "demo"],
        cwd=tmp_path,
        env=os.environ | {mark: "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(while_it_is):
            break
    wait_until(lambda: len(_with_mark(mark)) > 5)
    process.send_signal(how)
    _, errors = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in errors
    wait_until(lambda: not _with_mark(mark))
