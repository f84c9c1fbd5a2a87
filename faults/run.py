"""One run: a stack with two of everything, its users, faults, and the checker's findings."""

import asyncio
import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from faults import checker
from faults.injector import inject
from faults.load import Load
from faults.proxy import Proxy
from faults.world import World
from triskel.chassis.client import ApiProblem
from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import open_stack
from triskel.sandbox import open_kafka, open_postgres
from triskel.sandbox.children import free_port

PAIRS = 3
NOW = datetime(2025, 10, 1, 10, tzinfo=ZONE)
# what is not quiet by then, on a busy machine too, has lost its way
SETTLE_SECONDS = 1_800
DISK_MIB = 700
Say = Callable[[str], None]


@dataclass
class Report:
    """What happened. `repeated_mails` came twice under one Message-ID, after a kill between the
    mail server's yes and our note of it: known, and not a finding."""

    seed: int
    seconds: float
    requests: int
    retries: int
    events: int
    faults: Counter[str]
    """how often each kind was injected; a kind that this machine does not allow is not there"""
    mails: int
    repeated_mails: int
    dead_letters: int
    findings: checker.Findings


def run(seed: int, seconds: float, say: Say = lambda _: None) -> Report:
    """Blocks for `seconds`, or as long as each fault takes once, and until the stack is quiet."""
    with tempfile.TemporaryDirectory(prefix="triskel-faults-") as name, ExitStack() as opened:
        home = Path(name)
        disks = [home / "kafka", home / "postgres"]
        if not all(opened.enter_context(small_disk(disk)) for disk in disks):
            say("no disk is filled: only root may mount a small one")
            disks = []
        port = free_port()
        to_kafka = opened.enter_context(Proxy.before(port))
        kafka = opened.enter_context(
            open_kafka("faults", home / "kafka", port, advertised=to_kafka.port)
        )
        postgres = opened.enter_context(open_postgres(home / "postgres"))
        to_postgres = opened.enter_context(Proxy.before(postgres.port))
        url = postgres.url.replace(f":{postgres.port}/", f":{to_postgres.port}/")
        opened.enter_context(
            _environment(TRISKEL_KAFKA_BOOTSTRAP=kafka.bootstrap, TRISKEL_POSTGRES_URL=url)
        )
        stack = opened.enter_context(open_stack(clock=NOW, logs=home / "logs", replicas=2, say=say))
        world = World(stack, kafka, postgres, (to_kafka, to_postgres), disks, NOW)
        return asyncio.run(_run(world, seed, seconds, say))


@contextmanager
def small_disk(path: Path) -> Iterator[bool]:
    """A file system of its own at `path`; false where that may not be."""
    path.mkdir(parents=True)
    size = ["-o", f"size={DISK_MIB}m,mode=1777"]
    mount = ["mount", "-t", "tmpfs", *size, "tmpfs", str(path)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(path)], check=False)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


async def _run(world: World, seed: int, seconds: float, say: Say) -> Report:
    began = time.monotonic()
    load, rng = Load(world.stack, seed), random.Random(seed)
    pairs = await load.settle(PAIRS)
    await _quiet(world, load)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for school, company in pairs:
            group.create_task(load.people(school, company, over))
        faults = await inject(world, rng, asyncio.get_running_loop().time() + seconds, say)
        over.set()
    say("waiting until the stack is quiet")
    await _quiet(world, load)
    say("checking")
    findings = await checker.check(world.stack.databases, world.kafka.bootstrap, load.accepted)
    mails = await _mails(world)
    expected = await checker.expected_mails(world.stack.databases)
    distinct = len({number for _, _, number in mails})
    findings.add("mails told twice", checker.told_twice(mails))
    if distinct != expected:
        findings.add("mails", [f"{distinct} arrived, {expected} were to be told"])
    findings.add("parked rows", await checker.parked(world.stack.databases))
    letters = [
        place
        for topic in checker.READERS
        for kept in (await checker.dead_letters(world.stack.databases, topic)).values()
        for place in kept
    ]
    await _compare_with_a_rebuild(world, load, findings)
    events = sum(
        [len(await checker.log_of(world.kafka.bootstrap, topic)) for topic in checker.OWNERS]
    )
    await load.close()
    return Report(
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
        requests=load.requests,
        retries=load.retries,
        events=events,
        faults=faults,
        mails=len(mails),
        repeated_mails=checker.repeated_mails(mails),
        dead_letters=len(letters),
        findings=findings,
    )


async def _get(load: Load, service: str, path: str, role: str) -> Any:
    return await load.client.ask("GET", service, path, token=await load.token(role))


async def _quiet(world: World, load: Load) -> None:
    """Nothing unsent, nothing unheard, no mail waiting, three times in a row."""
    calm = 0
    async with asyncio.timeout(SETTLE_SECONDS):
        while calm < 3:
            try:
                buses = [
                    await _get(load, name, "/v1/ops/bus", "ops") for name in world.stack.services
                ]
                path = "/v1/deliveries?state=waiting&limit=1"
                waiting = await _get(load, "notifications", path, "coordinator")
            except (httpx.HTTPError, ApiProblem):
                calm = 0
            else:
                busy = any(bus["unsent"] or bus["lag"] for bus in buses) or waiting["items"]
                calm = 0 if busy else calm + 1
            await asyncio.sleep(0.5)


async def _compare_with_a_rebuild(world: World, load: Load, findings: checker.Findings) -> None:
    live = (await _get(load, "metrics", "/v1/figures", "ops"))["items"]
    token = await load.token("ops")
    await load.client.ask("POST", "metrics", "/v1/ops/rebuild", token=token, timeout=None)
    await _quiet(world, load)
    rebuilt = (await _get(load, "metrics", "/v1/figures", "ops"))["items"]
    if not live:
        findings.add("figures", ["there are none"])
    findings.add("figures differ from a rebuild", checker.unequal_figures(live, rebuilt))


async def _mails(world: World) -> list[tuple[str, str, str]]:
    """(person, what it says: subject and calendar sequence, Message-ID) of all that arrived."""
    async with httpx.AsyncClient(timeout=None) as client:
        url = f"{world.stack.infrastructure.mail_url}/api/messages"
        listed = (await client.get(url, params={"limit": 20_000})).json()
    found = []
    for mail in listed:
        lines = (mail["calendar"] or "").replace("\r\n ", "").splitlines()
        dated = [line for line in lines if line.startswith(("SEQUENCE", "UID"))]
        headers = {name.lower(): value for name, value in mail["headers"].items()}
        news = " ".join([mail["subject"], *sorted(dated)])
        found.append((mail["to"][0], news, headers["message-id"]))
    return found
