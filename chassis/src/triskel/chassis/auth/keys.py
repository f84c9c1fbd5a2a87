"""The keys of an issuer: fetched, kept for a while, forgotten when the issuer removes them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt

from triskel.chassis.auth.callers import Unauthenticated
from triskel.chassis.settings import TrustedIssuer

ALGORITHMS = ["ES256", "RS256"]
FRESH_SECONDS = 300.0
"""A key that its issuer has removed is trusted for so long at most, while the issuer answers."""
KEPT_SECONDS = 3600.0
"""And for so long while it does not: then nobody of that issuer is let in."""
RETRY_SECONDS = 10.0

FetchKeys = Callable[[str], Awaitable[dict[str, Any]]]


async def fetch_keys(url: str) -> dict[str, Any]:
    """A JWKS over HTTP. Raises `httpx.HTTPError`, and `ValueError` for what is no JSON."""
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(url)
        answer.raise_for_status()
        keys: dict[str, Any] = answer.json()
        return keys


class KeySet:
    """One issuer's keys. They are fetched anew when they are older than five minutes and for an
    unknown key id, at most every ten seconds; while the issuer is away they are kept for an hour.
    `clock` gives seconds that only grow."""

    def __init__(
        self, trusted: TrustedIssuer, fetch: FetchKeys, clock: Callable[[], float]
    ) -> None:
        self.trusted = trusted
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._known_at = self._asked_at = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK:
        """Raises `Unauthenticated` for a key that is not the issuer's, and when its keys cannot be
        fetched."""
        if self._wants(key_id):
            async with self._turn:
                if self._wants(key_id):
                    await self._refresh()
        if self._age() > KEPT_SECONDS:
            raise Unauthenticated("the issuer's keys cannot be fetched now")
        try:
            return self._keys[key_id]
        except KeyError:
            raise Unauthenticated("the token's key is not one of its issuer's") from None

    def _age(self) -> float:
        return self._clock() - self._known_at

    def _wants(self, key_id: str) -> bool:
        if self._clock() - self._asked_at < RETRY_SECONDS:
            return False
        return key_id not in self._keys or self._age() > FRESH_SECONDS

    async def _refresh(self) -> None:
        asked_at = self._clock()
        try:
            self._keys = _usable(await self._fetch(self.trusted.jwks_url))
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            # with none at all the next caller asks again at once: it may be the first start
            if self._age() <= KEPT_SECONDS:
                self._asked_at = asked_at
        else:
            self._known_at = self._asked_at = asked_at


def _usable(found: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS, by key id. Raises `KeyError`, `TypeError` or `ValueError` for
    what is no JWKS; one key that cannot be read does not take the others along."""
    keys = {}
    for each in found["keys"]:
        if not isinstance(each, dict) or each.get("alg") not in ALGORITHMS:
            continue
        try:
            keys[str(each["kid"])] = jwt.PyJWK(each)
        except (KeyError, TypeError, ValueError, jwt.PyJWTError):
            continue
    return keys
