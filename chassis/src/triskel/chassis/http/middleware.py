"""What is done for every request: correlation, a span, Prometheus series, safe headers."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triskel.chassis import telemetry
from triskel.chassis.telemetry import CORRELATION_HEADER, Telemetry

_SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


class RequestMiddleware:
    """ASGI middleware: runs a request in its span and correlation, measures it, and adds headers to
    the answer."""

    def __init__(self, app: ASGIApp, telemetry_: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry_

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        status = 500

        with telemetry.request_span(scope["method"], headers) as correlation:
            scope.setdefault("state", {})["correlation_id"] = correlation
            own = [
                *_SAFE_HEADERS,
                (CORRELATION_HEADER.lower().encode(), correlation.encode()),
            ]
            if "authorization" in headers:
                own.append((b"cache-control", b"no-store"))

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    message["headers"] = [*message["headers"], *own]
                await send(message)

            try:
                await self._app(scope, receive, answer)
            finally:
                name = _template(scope)
                telemetry.name_span(f"{scope['method']} {name}")
                self._measure(scope["method"], name, status, time.perf_counter() - began)

    def _measure(self, method: str, name: str, status: int, seconds: float) -> None:
        self._telemetry.http_requests.labels(method, name, str(status)).inc()
        self._telemetry.http_seconds.labels(method, name).observe(seconds)


def _template(scope: Scope) -> str:
    """The route's template. Not the path: that may hold a secret, and series and spans must have
    few names."""
    return getattr(scope.get("route"), "path", None) or "unknown"
