"""The token issuer: what it signs, what it refuses, and who can read its secrets."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from triskel.sandbox.issuer import Issuer, open_issuer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer")


@pytest.fixture(scope="module")
def issuer(home: Path) -> Iterator[Issuer]:
    with open_issuer(home) as opened:
        yield opened


def ask(issuer: Issuer, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "triskel",
        "client_secret": issuer.client_secret,
        "subject": "anna",
        "roles": "school planner",
        "region": "FRH0",
    }
    return httpx.post(f"{issuer.url}/token", data=form | changes, timeout=None)


def test_a_token_says_what_was_asked_for(issuer: Issuer) -> None:
    before = int(time.time())
    answer = ask(issuer, ttl="60")
    after = time.time()
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 60)
    described = httpx.get(f"{issuer.url}/.well-known/openid-configuration", timeout=None).json()
    assert described["issuer"] == issuer.url
    assert described["jwks_uri"] == issuer.jwks_url
    keys = httpx.get(issuer.jwks_url, timeout=None).json()
    assert "d" not in keys["keys"][0]  # the private half
    claims = jwt.decode(
        told["access_token"],
        jwt.PyJWKSet.from_dict(keys).keys[0],
        algorithms=["ES256"],
        audience="triskel",
        issuer=issuer.url,
        options={"require": ["iss", "aud", "sub", "iat", "nbf", "exp", "jti"]},
    )
    assert claims["roles"] == ["school", "planner"]
    assert (claims["sub"], claims["region"]) == ("anna", "FRH0")
    assert claims["exp"] - claims["iat"] == 60
    assert before <= claims["iat"] <= after


def test_for_whom_somebody_acts_is_no_claim(issuer: Issuer) -> None:
    """Their membership says it."""
    signed = ask(issuer, organisation=str(uuid.uuid4())).json()["access_token"]
    assert "organisation" not in jwt.decode(signed, options={"verify_signature": False})


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        pytest.param({"client_secret": "é"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"subject": ""}, 400, "invalid_request"),
        pytest.param({"roles": " "}, 400, "invalid_request"),
        ({"ttl": "0"}, 400, "invalid_request"),
        ({"ttl": "86401"}, 400, "invalid_request"),
        ({"ttl": "9" * 5000}, 400, "invalid_request"),
        ({"ttl": "²"}, 400, "invalid_request"),
    ],
)
def test_a_refusal_is_an_oauth_error(
    issuer: Issuer, changes: dict[str, str], status: int, error: str
) -> None:
    answer = ask(issuer, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("body", [b"\xff=\xff", b"a=1&a=2"])
def test_a_body_that_is_no_form_is_refused(issuer: Issuer, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{issuer.url}/token", content=body, headers=headers, timeout=None)
    assert answer.status_code == 400
    assert httpx.post(f"{issuer.url}/token", json={}, timeout=None).status_code == 400


def test_only_the_owner_can_read_the_secrets(issuer: Issuer, home: Path) -> None:
    for name in ("signing-key.pem", "client-secret"):
        assert (home / name).stat().st_mode & 0o077 == 0
