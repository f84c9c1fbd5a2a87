"""A router whose requests have one transaction each, with the idempotent answer inside it."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, caller_of, is_public
from triskel.chassis.database import Database
from triskel.chassis.http.problems import PROBLEMS, HttpRefusal
from triskel.chassis.outbox import Outbox
from triskel.contracts.refusals import Conflict

IDEMPOTENCY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_KEPT_HEADERS = ("etag", "location", "content-type", "link")

# Of two equal requests at once the second waits here, for the first one's transaction to end.
_CLAIM = text(
    """
    insert into idempotency_keys (caller, key, fingerprint, status, headers, body)
    values (:caller, :key, :fingerprint, 0, '{}', '')
    on conflict do nothing
    """
)
_FIND = text(
    "select fingerprint, status, headers, body from idempotency_keys "
    "where caller = :caller and key = :key"
)
_KEEP = text(
    """
    update idempotency_keys set status = :status, headers = cast(:headers as jsonb), body = :body
    where caller = :caller and key = :key
    """
)


class _Route(APIRoute):
    """GET reads in a transaction that cannot write. Other methods write in one transaction, which
    is committed only if the answer is a success; a POST's answer is stored in it.

    A public route asks nobody who they are, and a POST to it may go without a key: a form in a
    browser has none. What it does must therefore be safe to repeat by itself, as with a token that
    works once.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        open_to_all = is_public(self)

        async def reading(request: Request) -> Response:
            database: Database = request.app.state.database
            async with database.reading() as session:
                request.state.session = session
                return await inner(request)

        async def writing(request: Request) -> Response:
            database: Database = request.app.state.database
            caller = None if open_to_all else await caller_of(request)
            key = None
            if request.method == "POST":
                key = _idempotency_key(request, required=not open_to_all)
            async with database.transaction() as session:
                request.state.session = session
                if key is None:
                    return await inner(request)
                return await _once(request, session, caller, key, inner)

        return reading if (self.methods or set()) <= {"GET", "HEAD"} else writing


def _idempotency_key(request: Request, *, required: bool) -> str | None:
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    if not key:
        if not required:
            return None
        raise HttpRefusal(
            400,
            "idempotency-key-missing",
            f"Send {IDEMPOTENCY_HEADER} with a key of your own (a UUID, say), so that you can "
            "repeat the request without doing it twice.",
        )
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise HttpRefusal(
            400,
            "idempotency-key-malformed",
            f"{IDEMPOTENCY_HEADER} must be printable and at most {LONGEST_KEY} characters long.",
        )
    return key


def _scope(caller: Caller | None, fingerprint: str) -> str:
    """Whose key it is, without saying who: a subject may be somebody's address. Among the many of
    a public route a key belongs to its very request, so a stranger's key never meets it."""
    if caller is None:
        return f"public|{fingerprint}"
    return hashlib.sha256(f"{caller.issuer}|{caller.subject}".encode()).hexdigest()


async def _once(
    request: Request,
    session: AsyncSession,
    caller: Caller | None,
    key: str,
    inner: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    body = await request.body()
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    fingerprint = hashlib.sha256(asked + body).hexdigest()
    who = {"caller": _scope(caller, fingerprint), "key": key}
    claimed = await session.execute(_CLAIM, who | {"fingerprint": fingerprint})
    if not getattr(claimed, "rowcount", 0):
        found = (await session.execute(_FIND, who)).one()
        if found.fingerprint != fingerprint:
            raise HttpRefusal(
                422,
                "idempotency-key-reused",
                f"This {IDEMPOTENCY_HEADER} was used for another request. Take a new one.",
            )
        headers = found.headers | {"Idempotency-Replayed": "true"}
        return Response(found.body, found.status, headers)
    response = await inner(request)
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept = {
        "status": response.status_code,
        "headers": json.dumps(headers),
        "body": getattr(request.state, "kept_answer", None) or bytes(response.body),
    }
    await session.execute(_KEEP, who | kept)
    return response


async def _documented_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=LONGEST_KEY, description="required on POST with a token; yours to choose"
        ),
    ] = None,
) -> None:
    """So that OpenAPI shows the header; the route itself enforces it."""


class Router(APIRouter):
    """Use it for every route that touches the database."""

    def __init__(self, **options: Any) -> None:
        responses = PROBLEMS | options.pop("responses", {})
        super().__init__(route_class=_Route, responses=responses, **options)

    def add_api_route(self, path: str, endpoint: Any, **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["dependencies"] = [
                *(options.get("dependencies") or ()),
                Depends(_documented_key),
            ]
        super().add_api_route(path, endpoint, **options)


def keep_instead(request: Request, answer: BaseModel) -> None:
    """What a repeat of this POST gets, and what is stored for it, where the answer holds a secret
    that is told once."""
    request.state.kept_answer = answer.model_dump_json().encode()


def home_region(request: Request, region: str) -> str:
    """Raises `Conflict` for a region whose home is another deployment."""
    served = request.app.state.settings.regions
    if region not in served:
        raise Conflict(
            "region-not-served",
            f"This deployment is home to {', '.join(served)}; {region} is written at its own.",
            field="region",
            value=region,
        )
    return region


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock.now()
    return now


async def _outbox(request: Request) -> Outbox:
    outbox: Outbox = request.app.state.outbox
    return outbox


Session = Annotated[AsyncSession, Depends(_session)]
"""The request's one session."""
Now = Annotated[datetime, Depends(_now)]
"""The time of the domain."""
Events = Annotated[Outbox, Depends(_outbox)]
"""The outbox of this service."""
