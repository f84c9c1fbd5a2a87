"""An HTTP client inside the process, and settings for a service under test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx
import jwt
from fastapi import FastAPI
from sqlalchemy import text

from triskel.chassis.auth import ORGANISATION_HEADER, Caller, Memberships
from triskel.chassis.client import ApiClient
from triskel.chassis.database import Database
from triskel.chassis.settings import Settings
from triskel.chassis.testing.tokens import Tokens
from triskel.contracts.people_codes import MEMBER_AS

LINK_KEY = "the tests' own secret of links' tokens"
NOBODY_LISTENS = "127.0.0.1:9"


def settings_for(kind: type[Settings], database_url: str, tokens: Tokens, **more: Any) -> Settings:
    """Settings of a service in region FRH0 whose broker is not there."""
    given: dict[str, Any] = {
        "regions": ("FRH0",),
        "database_url": database_url,
        "kafka_bootstrap": NOBODY_LISTENS,
        "issuers": (tokens.issuer,),
        "port": 8000,
        # for the services that seal or open links
        "link_keys": (LINK_KEY,),
        # however long a test takes, who called once is known
        "membership_seconds": 1e9,
    }
    return kind(**(given | more))


_ENROL = text(
    """
    insert into memberships (id, version, region, organisation_id, person, roles, state, contact_id)
    values (:id, 1, :region, :organisation_id, :person, :roles, 'active', :contact_id)
    on conflict (id) do update
    set region = excluded.region, roles = excluded.roles, contact_id = excluded.contact_id
    """
)


class MembersOfTests:
    """Whose token names an organisation is made its member before their request, and says for which
    one they act: the service itself reads no such claim."""

    def __init__(self, app: FastAPI) -> None:
        self._database: Database = app.state.database
        self._memberships: Memberships = app.state.memberships
        self._enrolled: dict[UUID, dict[str, Any]] = {}

    async def enrol(self, request: httpx.Request) -> None:
        """A hook of httpx for requests."""
        claims = _claims_of(request)
        if claims is None:
            return
        organisation_id, roles = claims["organisation"], claims.get("roles", ())
        request.headers.setdefault(ORGANISATION_HEADER, organisation_id)
        caller = Caller(claims["iss"], claims["sub"], frozenset(), claims["region"])
        member: dict[str, Any] = {
            "id": uuid5(NAMESPACE_OID, f"{caller.pseudonym}{organisation_id}"),
            "region": caller.region,
            "organisation_id": UUID(organisation_id),
            "person": caller.pseudonym,
            "roles": [MEMBER_AS[role] for role in roles if role in MEMBER_AS],
            "contact_id": claims.get("contact") and UUID(claims["contact"]),
        }
        if self._enrolled.get(member["id"]) != member:
            self._enrolled[member["id"]] = member
            async with self._database.transaction() as session:
                await session.execute(_ENROL, member)
            await self._memberships.read(caller)


def _claims_of(request: httpx.Request) -> dict[str, Any] | None:
    """Of a token that names an organisation; None for another, and for what is no token of ours."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        UUID(claims["organisation"])
    except (jwt.PyJWTError, KeyError, ValueError, AttributeError):
        return None
    return claims


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[ApiClient]:
    """The application with its lifespan."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        ApiClient(
            transport=transport,
            base_url="http://test",
            event_hooks={"request": [MembersOfTests(app).enrol]},
        ) as client,
    ):
        yield client
