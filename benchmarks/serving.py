"""Creating an organisation over HTTP: all that the registry does, against the same SQL alone, and
against the same as FastAPI's and SQLModel's tutorials would have it."""

import asyncio
import json
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.measuring import Place, Ratio, alternate
from benchmarks.process import program
from triskel.registry.main import SPEC
from triskel.sandbox.children import answers_on, free_port

REQUESTS = 2_000
CALLERS = 8
PROGRAMS = ("registry", "bare", "textbook")
BODY = json.dumps({"kind": "company", "names": {"fr": "Conserverie de Cornouaille"}}).encode()


async def _caller(port: int, token: str, requests: int) -> None:
    """One connection, one request after the other; every answer must be 201."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        head = (
            "POST /v1/organisations HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nIdempotency-Key: {uuid4()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + BODY)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not answer.startswith(b"http/1.1 201"):
            raise RuntimeError(f"{answer.decode()}{body.decode()}")
    writer.close()
    await writer.wait_closed()


async def rate(port: int, token: str, requests: int) -> float:
    """Requests a second of eight callers at once."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(_caller(port, token, requests // CALLERS))
    return requests / (time.perf_counter() - began)


async def measure(place: Place) -> list[Ratio]:
    url = await place.database("registry", SPEC.migrations)
    requests = place.size(REQUESTS, 40)
    with TemporaryDirectory(prefix="triskel-serving-") as directory:
        home, ports = Path(directory), {name: free_port() for name in PROGRAMS}
        tokens = {name: home / f"{name}-token" for name in PROGRAMS}
        children = [
            program(name, url, home, str(port), str(tokens[name])) for name, port in ports.items()
        ]
        try:
            for child, port in zip(children, ports.values(), strict=True):
                child.start()
                child.wait_until(lambda port=port: answers_on(port), "no answer")  # type: ignore[misc]
            arms = {
                name: partial(rate, port, tokens[name].read_text(encoding="utf-8"), requests)
                for name, port in ports.items()
            }
            rates = await alternate(arms, place)
        finally:
            for child in children:
                child.stop()
    ours = rates["registry"]
    bare = "HTTP create ÷ a bare ASGI handler of the same SQL"
    textbook = "HTTP create ÷ a textbook FastAPI and SQLModel handler that does the same"
    return [
        Ratio(bare, 0.4, 0.5, ours, rates["bare"], "requests/s"),
        Ratio(textbook, 0.8, 1.0, ours, rates["textbook"], "requests/s"),
    ]
