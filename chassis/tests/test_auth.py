"""Who calls: every check of a token refuses what it should, and says which check it was."""

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.auth import Authenticator, Unauthenticated
from triskel.chassis.auth.keys import FRESH_SECONDS, KEPT_SECONDS, RETRY_SECONDS
from triskel.chassis.settings import TrustedIssuer
from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role

NOW = int(time.time())
TOKENS = Tokens()


def authenticator(tokens: Tokens, **more: Any) -> Authenticator:
    return Authenticator((tokens.issuer,), "triskel", more.get("fetch", tokens.fetch))


async def refused(tokens: Tokens, token: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        await authenticator(tokens).caller(f"Bearer {token}")
    return str(error.value)


async def test_a_good_token_tells_who_calls(tokens: Tokens) -> None:
    number = uuid4()
    token = tokens.token(Role.HEAD, "headmistress", organisation=number, subject="anne")
    caller = await authenticator(tokens).caller(f"Bearer {token}")
    # for whom she acts is not the token's to say
    assert (caller.subject, caller.region, caller.organisation) == ("anne", "FRH0", None)
    # a role that we do not know gives nothing
    assert caller.roles == {Role.HEAD}


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer ", "Bearer not-a-jwt"])
async def test_without_a_token_nobody_is_let_in(tokens: Tokens, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(tokens).caller(header)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": NOW - 60}, "expired"),
        # far ahead: in a whole run this is tried long after it was imported
        ({"nbf": NOW + 10**8}, "Immature"),
        ({"aud": "somebody-else"}, "another audience"),
        ({"iss": "https://elsewhere.test"}, "issuer is not trusted"),
        ({"region": "ES21"}, "may not speak for its region"),
    ],
)
async def test_a_claim_that_does_not_hold_is_refused(
    tokens: Tokens, claims: dict[str, Any], why: str
) -> None:
    assert why in await refused(tokens, tokens.token(Role.HEAD, **claims))


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "aud"])
async def test_a_claim_that_is_missing_is_refused(tokens: Tokens, claim: str) -> None:
    claims = jwt.decode(tokens.token(Role.HEAD), options={"verify_signature": False})
    del claims[claim]
    token = jwt.encode(claims, tokens.key, algorithm="ES256", headers={"kid": "test"})
    await refused(tokens, token)


async def test_another_key_and_no_signature_and_a_shared_secret_are_refused(
    tokens: Tokens,
) -> None:
    claims = jwt.decode(tokens.token(Role.HEAD), options={"verify_signature": False})
    header = {"kid": "test"}
    forged = jwt.encode(
        claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers=header
    )
    unsigned = jwt.encode(claims, None, algorithm="none", headers=header)  # type: ignore[arg-type]
    secret = jwt.encode(claims, "x" * 64, algorithm="HS256", headers=header)
    unknown = jwt.encode(claims, tokens.key, algorithm="ES256", headers={"kid": "other"})
    for token in (forged, unsigned, secret, unknown):
        await refused(tokens, token)


async def test_an_issuer_speaks_for_its_own_regions_only(tokens: Tokens) -> None:
    basque = Tokens("https://basque.test", "ES21")

    async def fetch(url: str) -> dict[str, Any]:
        return await (basque if "basque" in url else tokens).fetch(url)

    both = Authenticator((tokens.issuer, basque.issuer), "triskel", fetch)
    assert (await both.caller(f"Bearer {basque.token(Role.HEAD, region='ES21')}")).region == "ES21"
    with pytest.raises(Unauthenticated):
        await both.caller(f"Bearer {basque.token(Role.HEAD, region='FRH0')}")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
CLAIMS = ("iss", "aud", "sub", "iat", "nbf", "exp", "roles", "region")


@given(st.dictionaries(st.sampled_from(CLAIMS), ANYTHING, min_size=1))
def test_a_signed_token_with_claims_of_any_type_lets_in_or_is_refused_and_never_breaks(
    claims: dict[str, Any],
) -> None:
    tokens = TOKENS
    good = jwt.decode(tokens.token(Role.HEAD), options={"verify_signature": False})
    token = jwt.api_jws.encode(
        json.dumps(good | claims).encode(), tokens.key, algorithm="ES256", headers={"kid": "test"}
    )
    try:
        caller = asyncio.run(authenticator(tokens).caller(f"Bearer {token}"))
    except Unauthenticated:
        return
    # whoever is let in is somebody
    assert isinstance(caller.subject, str)
    assert caller.subject
    assert caller.roles <= set(Role)
    assert caller.organisation is caller.contact is None


@given(st.text(st.characters(max_codepoint=255)) | st.binary().map(lambda b: b.decode("latin-1")))
def test_whatever_the_header_holds_it_is_a_token_or_refused(header: str) -> None:
    known = authenticator(TOKENS)
    for value in (header, f"Bearer {header}", f"Bearer {header}.{header}.{header}"):
        with pytest.raises(Unauthenticated):
            asyncio.run(known.caller(value))


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": 7},
        {"roles": "coordinator"},
        {"roles": [["coordinator"]]},
        {"roles": {"coordinator": True}},
        {"exp": "tomorrow"},
        {"exp": str(NOW + 600)},
        {"exp": []},
        {"exp": 1e308},
        {"exp": float("inf")},
        {"iat": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "with\x00nul"},
        {"sub": "x" * 256},
        {"region": ["FRH0"]},
        {"aud": 7},
        {"iss": ["https://issuer.test"]},
    ],
    # the same in each worker: a value may hold the present time
    ids=lambda claims: ", ".join(
        f"{name} {type(value).__name__}" for name, value in claims.items()
    ),
)
async def test_a_claim_of_a_wrong_type_is_refused(tokens: Tokens, claims: dict[str, Any]) -> None:
    good = jwt.decode(tokens.token(Role.HEAD), options={"verify_signature": False})
    payload = json.dumps(good | claims).encode()
    token = jwt.api_jws.encode(payload, tokens.key, algorithm="ES256", headers={"kid": "test"})
    await refused(tokens, token)


async def test_a_token_of_ten_thousand_levels_is_refused(tokens: Tokens) -> None:
    deep = b"[" * 10_000 + b"]" * 10_000
    token = jwt.api_jws.encode(deep, tokens.key, algorithm="ES256", headers={"kid": "test"})
    await refused(tokens, token)


class Issuer:
    """An issuer whose keys come and go, on a clock of its own."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.keys_of = tokens, [tokens]
        self.asked, self.away, self.now = 0, False, 0.0
        self.known = Authenticator((tokens.issuer,), "triskel", self.fetch, lambda: self.now)

    async def fetch(self, url: str) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return {"keys": [key for each in self.keys_of for key in (await each.fetch(url))["keys"]]}

    async def lets_in(self) -> bool:
        try:
            # a new token each time: one that passed is remembered for half a minute
            token = self.tokens.token(Role.HEAD, jti=str(uuid4()))
            await self.known.caller(f"Bearer {token}")
        except Unauthenticated:
            return False
        return True


async def test_keys_are_fetched_once_in_five_minutes(tokens: Tokens) -> None:
    issuer = Issuer(tokens)
    for issuer.now in (0, 1, FRESH_SECONDS):
        assert await issuer.lets_in()
    assert issuer.asked == 1
    issuer.now = FRESH_SECONDS + 1
    assert await issuer.lets_in()
    assert issuer.asked == 2


async def test_a_key_that_its_issuer_has_removed_is_trusted_for_five_minutes_and_no_longer(
    tokens: Tokens,
) -> None:
    issuer = Issuer(tokens)
    assert await issuer.lets_in()
    issuer.keys_of = []
    issuer.now = FRESH_SECONDS
    assert await issuer.lets_in()
    issuer.now = FRESH_SECONDS + 1
    assert not await issuer.lets_in()


async def test_keys_are_kept_for_an_hour_while_the_issuer_is_away_and_no_longer(
    tokens: Tokens,
) -> None:
    issuer = Issuer(tokens)
    assert await issuer.lets_in()
    issuer.away = True
    issuer.now = KEPT_SECONDS
    assert await issuer.lets_in()
    issuer.now = KEPT_SECONDS + 1
    assert not await issuer.lets_in()
    issuer.away = False
    issuer.now += RETRY_SECONDS
    assert await issuer.lets_in()


async def test_an_issuer_that_is_away_is_not_asked_by_every_request(tokens: Tokens) -> None:
    issuer = Issuer(tokens)
    assert await issuer.lets_in()
    issuer.away = True
    for second in range(100):
        issuer.now = FRESH_SECONDS + 1 + second / 10
        assert await issuer.lets_in()
    assert issuer.asked == 2


async def test_a_remembered_token_is_asked_for_anew_after_half_a_minute(tokens: Tokens) -> None:
    issuer = Issuer(tokens)
    header = f"Bearer {tokens.token(Role.HEAD)}"
    await issuer.known.caller(header)
    issuer.keys_of = []
    issuer.now = FRESH_SECONDS + 1
    with pytest.raises(Unauthenticated):
        await issuer.known.caller(header)


@pytest.mark.parametrize("found", [[], {}, {"keys": 7}, {"keys": [7, {}, {"alg": "ES256"}]}, None])
async def test_what_is_no_key_set_lets_nobody_in(tokens: Tokens, found: Any) -> None:
    async def fetch(url: str) -> Any:
        return found

    with pytest.raises(Unauthenticated):
        await authenticator(tokens, fetch=fetch).caller(f"Bearer {tokens.token(Role.HEAD)}")


async def test_one_key_that_cannot_be_read_does_not_take_the_others_along(tokens: Tokens) -> None:
    async def fetch(url: str) -> dict[str, Any]:
        broken = {"kid": "broken", "alg": "ES256", "kty": "EC", "crv": "P-256", "x": 7}
        return {"keys": [broken, *(await tokens.fetch(url))["keys"]]}

    await authenticator(tokens, fetch=fetch).caller(f"Bearer {tokens.token(Role.HEAD)}")


async def test_keys_that_never_came_let_nobody_in(tokens: Tokens) -> None:
    async def fetch(url: str) -> dict[str, Any]:
        raise ValueError("away")

    with pytest.raises(Unauthenticated, match="cannot be fetched"):
        await authenticator(tokens, fetch=fetch).caller(f"Bearer {tokens.token(Role.HEAD)}")


async def test_over_http_it_is_401_with_a_challenge_and_403_for_another_role(service: Any) -> None:
    answer = await service.client.post("/v1/things", json={"id": str(uuid4())})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    headers = service.tokens.bearer(Role.AUTHORITY)
    answer = await service.client.post("/v1/things", json={"id": str(uuid4())}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["field"] == "roles"


def test_a_trusted_issuer_names_its_regions() -> None:
    with pytest.raises(ValueError, match="regions"):
        TrustedIssuer(issuer="x", jwks_url="https://x", regions=())
