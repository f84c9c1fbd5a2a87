"""What a token says, and whether it may say it."""

import hashlib
import time
from collections.abc import Callable
from typing import Annotated

import jwt
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from triskel.chassis.auth.callers import Caller, Unauthenticated
from triskel.chassis.auth.keys import ALGORITHMS, FetchKeys, KeySet, fetch_keys
from triskel.chassis.auth.scopes import scopes_in
from triskel.chassis.settings import TrustedIssuer
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import REGIONAL_ROLES

LEEWAY_SECONDS = 5
REMEMBER_SECONDS = 30.0
REMEMBER_TOKENS = 10_000
LATEST_SECONDS = 2**53
"""The last moment that a number of JSON tells exactly."""

# what time brings about is nobody's doing
_KNOWN_ROLES = {role.value: role for role in Role if role is not Role.SYSTEM}


_Seconds = Annotated[float, Field(ge=0, le=LATEST_SECONDS, allow_inf_nan=False)]
_Name = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class _Claims(BaseModel):
    """The claims that we read, each of its type and no other (RFC 7519, 4.1, and our own)."""

    model_config = ConfigDict(strict=True, extra="ignore")

    sub: _Name
    exp: _Seconds
    iat: _Seconds
    nbf: _Seconds | None = None
    region: _Name
    roles: list[str] = []
    scope: str | None = None


def claims_read() -> frozenset[str]:
    """The names of all claims that count; nothing else of a token is looked at."""
    return frozenset({"iss", "aud", *_Claims.model_fields})


class Authenticator:
    """Checks signature, algorithm, issuer, audience, times, the type of every claim, and that the
    issuer may speak for the token's region. There is no switch that turns it off.

    A token that passed is remembered, by its hash, for 30 s and never past its end: people come
    with several requests at once, and a signature costs more than the rest of the check together.
    So a key that its issuer takes back is trusted for `keys.FRESH_SECONDS` and these 30 s at most.
    """

    def __init__(
        self,
        issuers: tuple[TrustedIssuer, ...],
        audience: str,
        fetch: FetchKeys = fetch_keys,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuers = {trusted.issuer: KeySet(trusted, fetch, clock) for trusted in issuers}
        self._audience = audience
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, float, Caller]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """Raises `Unauthenticated`, whatever the header holds."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send a token: Authorization: Bearer …")
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        if (known := self._remembered.get(digest)) is not None:
            until, ends, caller = known
            if self._clock() < until and time.time() < ends:
                return caller
        claims, trusted = await self._claims(token)
        caller = _caller(claims, trusted)
        if len(self._remembered) >= REMEMBER_TOKENS:
            self._remembered.clear()
        self._remembered[digest] = (self._clock() + REMEMBER_SECONDS, claims.exp, caller)
        return caller

    async def _claims(self, token: str) -> tuple[_Claims, TrustedIssuer]:
        try:
            header = jwt.get_unverified_header(token)
            claimed = jwt.decode(token, options={"verify_signature": False})
        except Exception:  # strangers' bytes: whatever the parsers raise at them, it is no token
            raise Unauthenticated("the token is not a JWT") from None
        keys = self._issuers.get(str(claimed.get("iss")))
        if keys is None:
            raise Unauthenticated("the token's issuer is not trusted here")
        key = await keys.key(str(header.get("kid")))
        try:
            checked = jwt.decode(
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
        except Exception as error:  # a claim of a type that the library did not expect
            raise Unauthenticated(f"the token is refused: {type(error).__name__}") from None
        try:
            return _Claims.model_validate(checked), keys.trusted
        except ValidationError as error:
            claim = error.errors(include_input=False)[0]["loc"][0]
            raise Unauthenticated(f"the claim {claim!r} is not what it should be") from None


def _caller(claims: _Claims, trusted: TrustedIssuer) -> Caller:
    if claims.region not in trusted.regions:
        raise Unauthenticated("the token's issuer may not speak for its region")
    roles = frozenset(_KNOWN_ROLES[role] for role in claims.roles if role in _KNOWN_ROLES)
    return Caller(
        issuer=trusted.issuer,
        subject=claims.sub,
        # what goes beyond one organisation is believed of issuers that may give it
        roles=roles - REGIONAL_ROLES.difference(trusted.regional_roles),
        region=claims.region,
        scopes=scopes_in(claims.scope),
    )
