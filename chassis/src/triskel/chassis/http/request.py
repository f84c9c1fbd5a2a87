"""A router whose requests ask first who, then what, and have one transaction each."""

import asyncio
import inspect
import random
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import accesses_of, caller_of, is_public
from triskel.chassis.database import (
    DRIVER_ERRORS,
    Database,
    ErrorKind,
    kind_of_error,
    sqlstate,
)
from triskel.chassis.http.idempotency import IDEMPOTENCY_HEADER, LONGEST_KEY, key_of, once
from triskel.chassis.http.problems import PROBLEMS
from triskel.chassis.http.reading import Body, upload_limit
from triskel.chassis.outbox import Outbox
from triskel.chassis.paging import CURSORS
from triskel.contracts.refusals import Conflict

TRIES = 4
"""How often a transaction is begun that the database rolled back for another one's sake."""
UNIQUE_VIOLATION = "23505"
LONGEST_FIRST_PAUSE_SECONDS = 0.05

Answer = Callable[[Request], Coroutine[Any, Any, Response]]


class _Route(APIRoute):
    """First who: the route's own declarations of access are asked before a byte of the body is
    read. Then what: the body, within its limits. Then one transaction: GET reads in one that
    cannot write; other methods write in one that is committed only if the answer is a success, and
    a POST's answer is stored in it.

    A transaction that the server rolled back for another one's sake (a deadlock, a serialisation)
    is done again, with the body as it came. So a route does outside its transaction only what may
    be done twice.

    A public route asks nobody who they are, and a POST to it may go without a key: a form in a
    browser has none. What it does must therefore be safe to repeat by itself, as with a token that
    works once.
    """

    def get_route_handler(self) -> Answer:
        inner = super().get_route_handler()
        accesses = accesses_of(self.dependant)
        open_to_all = is_public(self.dependant)
        largest_upload = upload_limit(self.dependant)
        reads = (self.methods or set()) <= {"GET", "HEAD"}

        async def handle(asked: Request) -> Response:
            request = Body(asked.scope, asked.receive)
            for access in accesses:
                await access(request)
            caller = None if open_to_all else await caller_of(request)
            database: Database = request.app.state.database
            if reads:
                return await _in_one(request, database.reading, inner)
            key = None
            if request.method == "POST":
                key = key_of(request, required=not open_to_all)
            if largest_upload is None:
                given, upload = await request.body(), None
            else:
                if caller is not None:
                    # a file is of its sender's region, so that this is known before it is read
                    home_region(request, caller.region)
                upload = request.state.upload = await request.spool(largest_upload)
                given = upload.digest

            async def keyed(request: Request) -> Response:
                if key is None:
                    return await inner(request)
                return await once(request, request.state.session, caller, key, given, inner)

            try:
                return await _in_one(request, database.transaction, keyed)
            finally:
                if upload is not None:
                    upload.file.close()

        return handle


async def _in_one(
    request: Request,
    transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    answer: Answer,
) -> Response:
    # not `retries.retrying`, which would cost every request 30 µs
    for number in range(1, TRIES + 1):
        try:
            async with transaction() as session:
                session.info[CURSORS] = request.app.state.cursors
                request.state.session = session
                return await answer(request)
        except (SQLAlchemyError, *DRIVER_ERRORS) as error:
            # whoever was slower to write something unique sees on the second try that it is there
            slower = number == 1 and sqlstate(error) == UNIQUE_VIOLATION
            if number == TRIES or not (slower or kind_of_error(error) is ErrorKind.CONFLICT):
                raise
        # two that met once should not meet again
        await asyncio.sleep(random.uniform(0, LONGEST_FIRST_PAUSE_SECONDS * 2**number))
    raise AssertionError("the last try returns or raises")


# told to OpenAPI; the route itself enforces it
_KEY: dict[str, Any] = {
    "name": IDEMPOTENCY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "description": "required on POST with a token; yours to choose",
}


class Router(APIRouter):
    """Use it for every route that touches the database."""

    def __init__(self, **options: Any) -> None:
        responses = PROBLEMS | options.pop("responses", {})
        super().__init__(route_class=_Route, responses=responses, **options)

    def add_api_route(self, path: str, endpoint: Any, **options: Any) -> None:
        """What is said of a route's action stands behind what its function says itself."""
        if (described := options.get("description")) and endpoint.__doc__:
            options["description"] = f"{inspect.cleandoc(endpoint.__doc__)}\n\n{described}"
        if "POST" in (options.get("methods") or ()):
            told = dict(options.get("openapi_extra") or {})
            told["parameters"] = [*told.get("parameters", ()), _KEY]
            options["openapi_extra"] = told
        super().add_api_route(path, endpoint, **options)


def keep_instead(request: Request, answer: BaseModel) -> None:
    """What a repeat of this POST gets, and what is stored for it, where the answer holds a secret
    that is told once."""
    request.state.kept_answer = answer.model_dump_json().encode()


class RegionNotServed(Conflict):
    """A region is written at its home deployment and nowhere else."""

    field = "region"
    en = "This deployment is home to {served}; {region} is written at its own."
    fr = "Ce déploiement est celui de {served} ; {region} s'écrit sur le sien."


def home_region(request: Request, region: str) -> str:
    """Raises `Conflict` for a region whose home is another deployment."""
    served = request.app.state.settings.regions
    if region not in served:
        raise RegionNotServed(served=", ".join(served), region=region, value=region)
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
