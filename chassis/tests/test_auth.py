"""Who calls: every check of a token refuses what it should, and says which check it was."""

import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from triskel.chassis.auth import Authenticator, Unauthenticated
from triskel.chassis.settings import TrustedIssuer
from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role

NOW = int(time.time())


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
    assert (caller.subject, caller.region, caller.organisation) == ("anne", "FRH0", number)
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
        ({"nbf": NOW + 600}, "Immature"),
        ({"aud": "somebody-else"}, "another audience"),
        ({"iss": "https://elsewhere.test"}, "issuer is not trusted"),
        ({"region": "ES21"}, "may not speak for its region"),
        ({"organisation": "x"}, "not a UUID"),
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


async def test_keys_are_fetched_once_and_kept_while_the_issuer_is_away(tokens: Tokens) -> None:
    calls = 0

    async def fetch(url: str) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise ValueError("away")
        return await tokens.fetch(url)

    known = authenticator(tokens, fetch=fetch)
    for _ in range(3):
        await known.caller(f"Bearer {tokens.token(Role.HEAD)}")
    assert calls == 1


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
