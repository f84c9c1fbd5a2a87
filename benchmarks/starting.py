"""From the start of a service to its readiness, against the libraries that it is built of."""

import json
import os
import sys
import time
from collections import defaultdict
from functools import partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.measuring import Place, Ratio, alternate, cpu_seconds
from benchmarks.process import program
from triskel.contracts.catalogue import SERVICES
from triskel.sandbox.children import Child, free_port

ISSUER = {"issuer": "https://issuer", "jwks_url": "https://issuer/keys", "regions": ["FRH0"]}


def _service(name: str, place: Place, url: str, port: int, home: Path) -> Child:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TRISKEL_")}
    environment = kept | {
        "TRISKEL_REGIONS": "FRH0",
        "TRISKEL_DATABASE_URL": url,
        "TRISKEL_KAFKA_BOOTSTRAP": place.bootstrap,
        "TRISKEL_ISSUERS": json.dumps([ISSUER]),
        "TRISKEL_PORT": str(port),
        "TRISKEL_SMTP_URL": "smtp://127.0.0.1:9",
        "TRISKEL_REGISTRY_URL": "http://127.0.0.1:9",
        "TRISKEL_MAIL_FROM": "Triskel <triskel@bretagne.example>",
        "TRISKEL_LINK_KEYS": "a secret of links for nobody to follow",
    }
    command = [sys.executable, "-m", f"triskel.{name}"]
    return Child(name, command, home, environment=environment)


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def started(child: Child, port: int) -> tuple[float, float]:
    """Seconds on the clock, and of the CPU, until it is ready; then it is stopped."""
    began = time.perf_counter()
    try:
        child.start()
        child.wait_until(lambda: _ready(port), "it is not ready")
        return time.perf_counter() - began, cpu_seconds(child.pid)
    finally:
        child.stop()


async def measure(place: Place) -> list[Ratio]:
    used: dict[str, list[float]] = defaultdict(list)
    services = SERVICES[-1:] if place.tiny else SERVICES
    urls = {
        name: await place.database(name, Path(str(files(f"triskel.{name}") / "migrations")))
        for name in services
    }
    with TemporaryDirectory(prefix="triskel-starting-") as directory:
        home = Path(directory)

        async def arm(name: str) -> float:
            port = free_port()
            if name in urls:
                child = _service(name, place, urls[name], port, home)
            else:
                child = program(name, place.url, home, str(port))
            seconds, cpu = started(child, port)
            used[name].append(cpu)
            return seconds

        arms = {name: partial(arm, name) for name in (*services, "libraries")}
        found = await alternate(arms, place)
    cpu = {name: tuple(values[-place.rounds :]) for name, values in used.items()}
    return [
        Ratio(f"{name}, start to ready ÷ its libraries alone{what}", *(3, 2), *pair, "s", True)
        for name in services
        for what, pair in (
            ("", (found[name], found["libraries"])),
            (", CPU", (cpu[name], cpu["libraries"])),
        )
    ]
