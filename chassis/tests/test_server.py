"""What the server takes in before the application sees a request, tried on real sockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from triskel.chassis.http.server import LARGEST_HEADER_BYTES, MOST_HEADERS, WatchPortMiddleware
from triskel.chassis.testing import on_a_socket
from triskel.contracts.codes import Role

SECONDS = 1.0  # in which a request must come
WATCH_PORT = 9100


class Wire:
    """One connection to the service, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> "Wire":
        self.writer.write(data)
        await self.writer.drain()
        return self

    async def answer(self) -> tuple[int, Any]:
        """The next answer; (0, None) when the connection ends without one."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, None
        lines = head.decode().lower().split("\r\n")
        (size,) = [int(line[15:]) for line in lines if line.startswith("content-length:")]
        body = await self.reader.readexactly(size)
        return int(lines[0].split()[1]), json.loads(body) if body[:1] == b"{" else body

    async def ended(self) -> bool:
        return await self.reader.read() == b""


Open = Callable[[], Awaitable[Wire]]


@pytest.fixture
async def wire(service: Any) -> AsyncIterator[Open]:
    """Opens connections to the service, and closes them."""
    settings = service.app.state.settings.model_copy(update={"request_seconds": SECONDS})
    opened: list[Wire] = []
    async with on_a_socket(service.app, settings) as port:

        async def connect() -> Wire:
            opened.append(Wire(*await asyncio.open_connection("127.0.0.1", port)))
            return opened[-1]

        yield connect
        for each in opened:
            each.writer.close()
            with contextlib.suppress(ConnectionError):
                await each.writer.wait_closed()


def rule(body: Any) -> str:
    return str(body["type"]).removeprefix("urn:triskel:problem:")


def request(*lines: str, target: str = "/livez", method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


async def test_an_ordinary_request_is_answered_and_the_connection_kept(wire: Open) -> None:
    line = await wire()
    for _ in range(3):
        assert await (await line.send(request())).answer() == (200, b"alive")


async def test_an_unfinished_header_of_100_mb_is_cut_after_32_kib(wire: Open) -> None:
    line, sent = await wire(), 0
    await line.send(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Endless: ")
    with pytest.raises(ConnectionError):
        while sent < 100_000_000:
            await line.send(b"x" * 65_536)
            sent += 65_536
    # what the sockets between hold, and no more
    assert sent < 20_000_000


@pytest.mark.parametrize(
    "head",
    [
        request("X-Long: " + "x" * LARGEST_HEADER_BYTES),
        request(*(f"X-{number}: y" for number in range(MOST_HEADERS))),
        request(target="/livez?" + "x" * LARGEST_HEADER_BYTES),
        b"GET /livez?" + b"x" * LARGEST_HEADER_BYTES,
        request("Transfer-Encoding: chunked")
        + b"0\r\n"
        + b"".join(b"X-%d: y\r\n" % number for number in range(MOST_HEADERS)),
    ],
    ids=["long", "many", "target", "unfinished", "trailers"],
)
async def test_a_header_that_is_too_large_is_told(wire: Open, head: bytes) -> None:
    status, body = await _last(wire, head)
    assert (status, rule(body)) == (431, "header-too-large")
    # the control: one that is not
    fitting = request("X-Long: " + "x" * (LARGEST_HEADER_BYTES - 100))
    assert (await (await (await wire()).send(fitting)).answer())[0] == 200
    many = request(*(f"X-{number}: y" for number in range(MOST_HEADERS - 1)))
    assert (await (await (await wire()).send(many)).answer())[0] == 200


async def _last(wire: Open, head: bytes) -> tuple[int, Any]:
    """What ends the connection; a request before its trailers may be answered already."""
    line = await (await wire()).send(head)
    found = answer = await line.answer()
    while answer[0]:
        found, answer = answer, await line.answer()
    return found


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b"", 408),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ", 408),
        (b"\r\n\r\n", 408),
        (request() + b"GET /l", 408),
    ],
    ids=["nothing", "header", "blank", "second"],
)
async def test_a_request_that_does_not_come_to_its_end_is_cut(
    wire: Open, begun: bytes, status: int
) -> None:
    line = await (await wire()).send(begun)
    answer = await line.answer()
    if answer == (200, b"alive"):
        answer = await line.answer()
    assert (answer[0], rule(answer[1])) == (status, "request-unfinished")
    assert await line.ended()


async def test_blank_lines_keep_no_connection_open(wire: Open) -> None:
    line = await (await wire()).send(request())
    assert (await line.answer())[0] == 200
    assert (await (await line.send(b"\r\n")).answer())[0] == 408
    assert await line.ended()


async def test_a_body_that_does_not_come_is_cut_and_changes_nothing(
    service: Any, wire: Open
) -> None:
    body = json.dumps({"id": str(uuid4())})
    token = service.tokens.token(Role.TEACHER)
    lines = [
        f"Authorization: Bearer {token}",
        f"Idempotency-Key: {uuid4()}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    head = request(*lines, target="/v1/things", method="POST")
    slow = await (await wire()).send(head + body[:-1].encode())
    status, said = await slow.answer()
    assert (status, rule(said)) == (408, "request-unfinished")
    assert await slow.ended()
    # the control: the same with its last byte
    assert (await (await (await wire()).send(head + body.encode())).answer())[0] == 201
    assert (await service.client.get("/v1/open/count")).json() == 1


async def test_a_connection_that_rests_between_two_requests_is_not_cut(wire: Open) -> None:
    resting = await (await wire()).send(request())
    assert (await resting.answer())[0] == 200
    # this one begins later, and says nothing: when it is cut, the time of the other was over too
    silent = await wire()
    assert (await silent.answer())[0] == 408
    assert (await (await resting.send(request())).answer())[0] == 200


async def test_who_may_not_send_60_mb_is_told_before_they_are_sent(
    service: Any, wire: Open
) -> None:
    token = service.tokens.token(Role.AUTHORITY)
    lines = [f"Authorization: Bearer {token}", "Content-Length: 60000000"]
    line = await wire()
    await line.send(request(*lines, target="/v1/things/files", method="POST"))
    status, body = await line.answer()
    assert (status, rule(body)) == (403, "role-not-allowed")
    # the control: who may is asked for them, and told that they are too many
    token = service.tokens.token(Role.TEACHER)
    lines = [f"Authorization: Bearer {token}", "Content-Length: 60000000", "Idempotency-Key: 1"]
    line = await wire()
    await line.send(request(*lines, target="/v1/things/files", method="POST"))
    status, body = await line.answer()
    assert (status, rule(body)) == (413, "body-too-large")


async def test_what_is_no_http_is_told(wire: Open) -> None:
    status, body = await (await (await wire()).send(b"\x16\x03\x01 hello\r\n\r\n")).answer()
    assert (status, rule(body)) == (400, "request-malformed")


async def test_with_a_port_of_their_own_figures_and_pages_are_served_there_alone(
    service: Any,
) -> None:
    watch = {"/metrics", "/docs", "/openapi.json", "/asyncapi.yaml"}
    watch.add("/static-offline-docs/swagger-ui.css")
    wanted = dict.fromkeys(watch, (404, 200)) | {
        "/v1/open/count": (200, 404),
        "/livez": (200, 200),
        "/readyz": (503, 503),
        "//metrics": (404, 404),
    }
    transport = httpx.ASGITransport(app=WatchPortMiddleware(service.app, WATCH_PORT))
    found: dict[str, tuple[int, ...]] = {}
    for port in (8000, WATCH_PORT):
        async with httpx.AsyncClient(transport=transport, base_url=f"http://test:{port}") as client:
            for path in wanted:
                # whatever a header says of the port
                answer = await client.get(path, headers={"Host": f"test:{WATCH_PORT}"})
                found[path] = (*found.get(path, ()), answer.status_code)
    assert found == wanted
    # the control: without one everything is on one port
    for path in watch:
        assert (await service.client.get(path)).status_code == 200
