"""Service accounts of the embedded issuer: what they get, and what ends it."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from triskel.sandbox.accounts import Accounts
from triskel.sandbox.issuer import Issuer, open_issuer

PLATFORM = {
    "client_id": "region-platform",
    "region": "FRH0",
    "roles": ["coordinator"],
    "scopes": ["registry:read", "activities:write"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def issuer(home: Path) -> Iterator[Issuer]:
    with open_issuer(home) as opened:
        yield opened


def manage(issuer: Issuer, method: str, path: str = "", body: Any = None) -> httpx.Response:
    return httpx.request(
        method,
        f"{issuer.url}/service-accounts{path}",
        json=body,
        auth=("triskel", issuer.client_secret),
        timeout=None,
    )


def ask(issuer: Issuer, secret: str, **more: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": "region-platform"}
    form |= {"client_secret": secret}
    return httpx.post(f"{issuer.url}/token", data=form | more, timeout=None)


def test_an_account_is_made_used_rotated_and_revoked(issuer: Issuer, home: Path) -> None:
    made = manage(issuer, "POST", body=PLATFORM)
    assert made.status_code == 201, made.text
    first = made.json()["client_secret"]
    (listed,) = manage(issuer, "GET").json()["items"]
    assert listed["last_used_at"] is None and "client_secret" not in listed
    # whatever it asks for, it is who it is, and reaches what it was given
    form = {"subject": "anne", "roles": "ops", "region": "NL"}
    claims = _claims(ask(issuer, first, **form))
    assert (claims["sub"], claims["roles"]) == ("region-platform", ["coordinator"])
    assert (claims["region"], claims["scope"]) == ("FRH0", "registry:read activities:write")
    assert _claims(ask(issuer, first, scope="registry:read"))["scope"] == "registry:read"
    assert ask(issuer, first, scope="registry:write").json()["error"] == "invalid_scope"
    # nor does a token outlive its account by more than minutes
    assert ask(issuer, first).json()["expires_in"] == 300
    assert ask(issuer, first, ttl="301").status_code == 400
    (used,) = manage(issuer, "GET").json()["items"]
    assert used["last_used_at"] >= used["created_at"]
    second = manage(issuer, "POST", "/region-platform/rotate").json()["client_secret"]
    assert (ask(issuer, first).status_code, ask(issuer, second).status_code) == (401, 200)
    # it is kept, as a digest, where only its owner reads it
    kept = home / "service-accounts.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert second not in kept.read_text()
    assert Accounts(kept, lambda: 0).use("region-platform", second) is not None
    assert manage(issuer, "POST", "/region-platform/revoke").json()["revoked_at"]
    assert ask(issuer, second).status_code == 401
    assert manage(issuer, "POST", "/region-platform/rotate").status_code == 409


def _claims(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_nobody_else_manages_accounts(issuer: Issuer) -> None:
    url = f"{issuer.url}/service-accounts"
    for auth in (None, ("triskel", "wrong"), ("region-platform", "x")):
        assert httpx.get(url, auth=auth, timeout=None).status_code == 401
        assert httpx.post(f"{url}/x/revoke", auth=auth, timeout=None).status_code == 401
    assert manage(issuer, "POST", "/nobody/revoke").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", "triskel"),
        ("client_id", "A b"),
        ("region", ""),
        ("roles", []),
        ("scopes", ["registry:all"]),
        ("scopes", "registry:read"),
    ],
)
def test_a_wrong_account_is_refused_by_the_name_of_the_field(
    issuer: Issuer, field: str, value: Any
) -> None:
    answer = manage(issuer, "POST", body=PLATFORM | {field: value})
    assert answer.status_code == 400
    assert answer.json()["error_description"].startswith(field)
