"""The HTTP server: limits before the application sees a request, and the ports.

uvicorn limits neither the size of a header nor the time that a request takes to come, when
`httptools` reads it: an unfinished header of 100 MB was held in memory.
"""

import asyncio
import json
import socket
import sys
from functools import partial
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from triskel.chassis import telemetry
from triskel.chassis.http.problems import MEDIA_TYPE, problem_response
from triskel.chassis.settings import ServiceSettings

LARGEST_HEADER_BYTES = 32 * 1024
"""Of the request line and all header lines, and of what comes behind a chunked body."""
MOST_HEADERS = 100
SLOWEST_BYTES_A_SECOND = 16 * 1024
"""128 kbit/s: who sends faster is never cut, however large the file is."""
DRAIN_SECONDS = 10
KEEP_ALIVE_SECONDS = 30
_WAITING = 2048

PROBES = {"/livez", "/readyz"}
_WATCH_PATHS = {"/metrics", "/docs", "/openapi.json", "/asyncapi", "/asyncapi.yaml"}
_WATCH_PREFIXES = ("/docs/", "/static-offline-docs/")


class _HeaderTooLarge(Exception):
    pass


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits to the size of headers (431) and to the time that a request
    takes to arrive (408): `request_seconds`, and a second more for each 16 KiB. A new connection
    that sends nothing counts as a request; one that is idle between two requests is ended by
    uvicorn's keep-alive."""

    def __init__(self, *args: Any, request_seconds: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._request_seconds = request_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._chunk_bytes = 0
        self._too_large = False
        self._begin(0)

    def _begin(self, received: int) -> None:
        self._in_header = True
        self._began = self.loop.time()
        self._received = received
        self._header_bytes = self._header_count = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin(0)
        self._start_timer(self._request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._chunk_bytes = len(data)
        self._received += len(data)
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            # blank lines before a request are no request yet, and end uvicorn's keep-alive too
            self._begin(len(data))
            self._start_timer(self._request_seconds)
        super().data_received(data)
        if self._in_header and self._received > LARGEST_HEADER_BYTES:
            self._refuse_header()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._begin(self._chunk_bytes)
            self._start_timer(self._request_seconds)

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_header = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_timer()
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > LARGEST_HEADER_BYTES or self._header_count > MOST_HEADERS:
            self._too_large = True
            # the parser hands it on, and what is left of the request is not read
            raise _HeaderTooLarge

    def send_400_response(self, msg: str) -> None:
        if self._too_large:
            self._refuse_header()
        else:
            self._refuse(400, "request-malformed", "This is no HTTP request.")

    def _refuse_header(self) -> None:
        self._refuse(
            431,
            "header-too-large",
            f"A header may have {LARGEST_HEADER_BYTES} bytes and {MOST_HEADERS} lines.",
        )

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._check_progress)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check_progress(self) -> None:
        """End a request that has not arrived within its time."""
        if self.flow.read_paused:
            # it is we who do not read on
            self._start_timer(self._request_seconds)
            return
        allowed = self._request_seconds + self._received / SLOWEST_BYTES_A_SECOND
        left = self._began + allowed - self.loop.time()
        if left > 0:
            self._start_timer(left)
        else:
            self._timer = None
            self._refuse(408, "request-unfinished", "The request did not come to its end in time.")

    def _refuse(self, status: int, rule: str, detail: str) -> None:
        """Answer with a problem, unless an answer has begun, and close the connection."""
        if self.transport.is_closing():
            return
        self._stop_timer()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            title = HTTPStatus(status).phrase
            problem = {
                "type": f"urn:triskel:problem:{rule}",
                "title": title,
                "status": status,
                "detail": detail,
            }
            body = json.dumps(problem).encode()
            head = (
                f"HTTP/1.1 {status} {title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()


class WatchPortMiddleware:
    """ASGI middleware: serves the Prometheus series and the pages that describe the interfaces on
    the watch port alone, and nothing else there. Probes are answered on both ports."""

    def __init__(self, app: ASGIApp, watch_port: int) -> None:
        self._app = app
        self._watch_port = watch_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            # the address of the socket, not what a header says
            watching = (scope.get("server") or ("", None))[1] == self._watch_port
            of_watch = path in _WATCH_PATHS or path.startswith(_WATCH_PREFIXES)
            if path not in PROBES and watching != of_watch:
                closed = problem_response(Request(scope), 404, "not-found", "Not Found")
                await closed(scope, receive, send)
                return
        await self._app(scope, receive, send)


def server_of(app: ASGIApp, settings: ServiceSettings) -> uvicorn.Server:
    """A server of the application, for sockets that are given to it."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=partial(  # type: ignore[arg-type]  # it is called as a class is
                BoundedProtocol, request_seconds=settings.request_seconds
            ),
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            server_header=False,
            # nothing here asks for the address of a caller
            proxy_headers=False,
        )
    )


def serve(app: ASGIApp, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT; then finish the requests in flight. Exits with code 1 when a
    port is taken."""
    ports = [settings.port, *([settings.watch_port] if settings.watch_port else ())]
    try:
        sockets = [_listening_socket(settings.host, port) for port in ports]
    except OSError as error:
        telemetry.log.error("cannot listen", host=settings.host, ports=ports, reason=str(error))
        sys.exit(1)
    server = server_of(app, settings)
    server.run(sockets)
    if not server.started:
        sys.exit(1)


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_WAITING)
