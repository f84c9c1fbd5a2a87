"""Who calls: bearer JWTs of trusted issuers; and who may: every route declares it."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import jwt
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute

from triskel.chassis.settings import TrustedIssuer
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Forbidden

ALGORITHMS = ["ES256", "RS256"]
REFRESH_SECONDS = 10.0
LEEWAY_SECONDS = 5
REMEMBER_SECONDS = 30.0
REMEMBER_TOKENS = 10_000

FetchKeys = Callable[[str], Awaitable[dict[str, Any]]]


class Unauthenticated(Exception):
    """No usable token (HTTP 401). The text says which check failed, never what the token holds."""


@dataclass(frozen=True)
class Caller:
    """Who calls. `organisation` is the one that this person speaks for, if any."""

    issuer: str
    subject: str
    roles: frozenset[Role]
    region: str
    organisation: UUID | None

    def is_(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def coordinates(self, region: str) -> bool:
        """Whether this is a coordinator of the region."""
        return Role.COORDINATOR in self.roles and region == self.region

    def require_region(self, region: str) -> None:
        """Raises `Forbidden` for another region than the caller's."""
        if region != self.region:
            raise Forbidden(
                "region-not-yours",
                f"Your token is for {self.region}; this belongs to {region}.",
                field="region",
                value=region,
            )

    def require_organisation(self, region: str, *organisations: UUID | None) -> None:
        """Raises `Forbidden` unless the caller speaks for one of them or coordinates the region."""
        if self.coordinates(region):
            return
        if self.organisation is None or self.organisation not in organisations:
            raise Forbidden(
                "organisation-not-yours",
                "Only people of the organisations concerned, or the region's coordinator, may.",
            )


async def fetch_keys(url: str) -> dict[str, Any]:
    """A JWKS over HTTP. Raises `httpx.HTTPError`."""
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(url)
        answer.raise_for_status()
        keys: dict[str, Any] = answer.json()
        return keys


class _KeySet:
    """One issuer's keys: cached, fetched anew for an unknown key id, kept when it is away."""

    def __init__(self, trusted: TrustedIssuer, fetch: FetchKeys) -> None:
        self.trusted = trusted
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -REFRESH_SECONDS
        self._turn = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys:
            async with self._turn:
                if key_id not in self._keys:
                    await self._refresh()
        try:
            return self._keys[key_id]
        except KeyError:
            raise Unauthenticated("the token's key is not one of its issuer's") from None

    async def _refresh(self) -> None:
        if time.monotonic() - self._fetched_at < REFRESH_SECONDS:
            return
        self._fetched_at = time.monotonic()
        try:
            found = await self._fetch(self.trusted.jwks_url)
            self._keys = {
                key["kid"]: jwt.PyJWK(key) for key in found["keys"] if key.get("alg") in ALGORITHMS
            }
        except (httpx.HTTPError, KeyError, ValueError, jwt.PyJWTError):
            if not self._keys:
                self._fetched_at = -REFRESH_SECONDS
                raise Unauthenticated("the issuer's keys cannot be fetched now") from None


class Authenticator:
    """Checks signature, algorithm, issuer, audience, times, and that the issuer may speak for the
    token's region. There is no switch that turns it off.

    A token that passed is remembered, by its hash, for 30 s and never past its end: people come
    with several requests at once, and a signature costs more than the rest of the check together.
    """

    def __init__(
        self, issuers: tuple[TrustedIssuer, ...], audience: str, fetch: FetchKeys = fetch_keys
    ) -> None:
        self._issuers = {trusted.issuer: _KeySet(trusted, fetch) for trusted in issuers}
        self._audience = audience
        self._remembered: dict[bytes, tuple[float, Caller]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """Raises `Unauthenticated`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send a token: Authorization: Bearer …")
        digest = hashlib.sha256(token.encode()).digest()
        until, caller = self._remembered.get(digest, (0.0, None))
        if caller is not None and time.time() < until:
            return caller
        claims, trusted = await self._claims(token)
        caller = self._caller(claims, trusted)
        if len(self._remembered) >= REMEMBER_TOKENS:
            self._remembered.clear()
        self._remembered[digest] = (min(time.time() + REMEMBER_SECONDS, claims["exp"]), caller)
        return caller

    async def _claims(self, token: str) -> tuple[dict[str, Any], TrustedIssuer]:
        try:
            header = jwt.get_unverified_header(token)
            claimed = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not a JWT") from None
        keys = self._issuers.get(str(claimed.get("iss")))
        if keys is None:
            raise Unauthenticated("the token's issuer is not trusted here")
        key = await keys.key(str(header.get("kid")))
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=keys.trusted.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("the token has expired: get a new one") from None
        except jwt.InvalidAudienceError:
            raise Unauthenticated("the token is for another audience") from None
        except jwt.PyJWTError as error:
            raise Unauthenticated(f"the token is refused: {type(error).__name__}") from None
        return claims, keys.trusted

    def _caller(self, claims: dict[str, Any], trusted: TrustedIssuer) -> Caller:
        region = claims.get("region")
        if region not in trusted.regions:
            raise Unauthenticated("the token's issuer may not speak for its region")
        try:
            organisation = UUID(claims["organisation"]) if claims.get("organisation") else None
        except ValueError:
            raise Unauthenticated("the claim 'organisation' is not a UUID") from None
        known = set(Role)
        roles = claims.get("roles")
        return Caller(
            issuer=trusted.issuer,
            subject=str(claims["sub"]),
            roles=frozenset(
                Role(r) for r in (roles if isinstance(roles, list) else []) if r in known
            ),
            region=str(region),
            organisation=organisation,
        )


async def caller_of(request: Request) -> Caller:
    """The caller of a request, checked once."""
    known = getattr(request.state, "caller", None)
    if isinstance(known, Caller):
        return known
    authenticator: Authenticator = request.app.state.authenticator
    caller = await authenticator.caller(request.headers.get("authorization"))
    request.state.caller = caller
    return caller


class _Access:
    """A dependency that declares who may call a route."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Caller:
        caller = await caller_of(request)
        if self.roles and not caller.is_(*self.roles):
            raise Forbidden(
                "role-not-allowed",
                f"This needs one of the roles {', '.join(self.roles)}.",
                field="roles",
                value=", ".join(sorted(caller.roles)),
            )
        return caller


class _Public(_Access):
    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        return None


def allow(*roles: Role) -> Any:
    """Declares a route's access: any of the roles, or anybody with a token when none is named.
    Use as `caller: Annotated[Caller, allow(Role.COORDINATOR)]`."""
    return Depends(_Access(roles))


def public() -> Any:
    """Declares that a route is open on purpose: `dependencies=[public()]`."""
    return Depends(_Public(()))


def _accesses(dependant: Any) -> list[_Access]:
    """Every declaration of access among the dependencies of a route."""
    own = [dependant.call] if isinstance(dependant.call, _Access) else []
    return own + [each for part in dependant.dependencies for each in _accesses(part)]


def is_public(route: APIRoute) -> bool:
    """Whether a route is open on purpose and nothing in it asks who calls."""
    found = _accesses(route.dependant)
    return bool(found) and all(isinstance(access, _Public) for access in found)


def undeclared_routes(app: FastAPI) -> list[str]:
    """Paths of the routes that do not say who may call them; must be empty."""
    return sorted(
        f"{','.join(sorted(route.methods or ()))} {route.path}"
        for route in api_routes(app.routes)
        # what explains the API is open on purpose, and no route of ours
        if not route.path.startswith("/docs") and not _accesses(route.dependant)
    )


def public_routes(app: FastAPI) -> set[tuple[str, str]]:
    """(path, method) of the routes that need no token."""
    return {
        (route.path, method)
        for route in api_routes(app.routes)
        if is_public(route)
        for method in route.methods or ()
    }


def api_routes(routes: Any) -> list[APIRoute]:
    """The routes of an application, those of included routers too."""
    found: list[APIRoute] = []
    for route in routes:
        if isinstance(route, APIRoute):
            found.append(route)
        elif hasattr(route, "routes"):
            found += api_routes(route.routes or [])
    return found
