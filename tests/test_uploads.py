"""Files are read after it is known who sends them, and never held in memory as a whole."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.applications import app_of
from triskel.chassis.http.reading import upload_limit
from triskel.chassis.testing import Tokens
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.codes import Role

CHUNK = bytes(1 << 20)
UPLOADS = {
    "registry": {"/v1/imports": "dataset=fr-annuaire"},
    "metrics": {"/v1/reference/imports": "dataset=fr-specialites"},
}
"""The routes that take a file, each with a query that it accepts."""


def takes_files(app: FastAPI) -> Iterator[tuple[str, int | None]]:
    """The paths whose body is a file as OpenAPI says, or is declared to be one; with the limit."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None:
            continue
        shown = (getattr(route, "openapi_extra", None) or {}).get("requestBody", {})
        limit = upload_limit(dependant)
        if limit is not None or "text/csv" in shown.get("content", {}):
            yield route.path, limit


class Sending:
    """A caller who sends a body without an end, chunk by chunk, and notes what was taken."""

    def __init__(self) -> None:
        self.read = 0
        self.status = 0

    async def post(self, app: FastAPI, path: str, query: str, headers: dict[str, str]) -> int:
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in ({"Idempotency-Key": "mine"} | headers).items()
            ],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("test", 80),
        }
        await app(scope, self._receive, self._send)
        return self.status

    async def _receive(self) -> dict[str, Any]:
        self.read += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_route_that_takes_a_file_is_known_and_has_a_limit(service: str) -> None:
    found = dict(takes_files(app_of(service, Tokens())))
    assert set(found) == set(UPLOADS.get(service, {}))
    assert all(limit == 64 << 20 for limit in found.values())


@pytest.mark.parametrize(
    ("service", "path", "query"),
    [(service, *each) for service, paths in UPLOADS.items() for each in paths.items()],
)
async def test_of_a_file_of_who_may_not_send_it_no_byte_is_read(
    service: str, path: str, query: str
) -> None:
    tokens = Tokens("https://issuer.test", "FRH0", "NL")
    app = app_of(service, tokens)
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        # a role that needs no membership, for which the database would be asked
        (tokens.bearer(Role.OPS, region="NL"), 403),
        # of a region whose home is another deployment
        (tokens.bearer(Role.COORDINATOR, region="NL"), 409),
    ):
        sending = Sending()
        assert await sending.post(app, path, query, headers) == status
        assert sending.read == 0
    # the control, and the limit: who may is read, to the limit and not to the end
    sending = Sending()
    tracemalloc.start()
    try:
        status = await sending.post(app, path, query, tokens.bearer(Role.COORDINATOR))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (status, sending.read) == (413, (64 << 20) + len(CHUNK))
    assert most < 16 << 20
