"""The token issuer of the sandbox: JWTs by client credentials, on the loopback address only.

Not for production: whoever holds the client secret of a sandbox may be anybody in it.
"""

import argparse
import base64
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from triskel.sandbox.accounts import Account, AccountRefused, Accounts
from triskel.sandbox.children import Child, answers_on, claim_port

AUDIENCE = "triskel"
CLIENT = "triskel"
KEY_ID = "sandbox"
LONGEST_SECONDS = 86_400
ACCOUNT_SECONDS = 300
"""A token of a service account counts for so long at most, whether the account is revoked or not.
"""


@dataclass(frozen=True)
class Issuer:
    url: str
    jwks_url: str
    client_secret: str
    child: Child


@contextmanager
def open_issuer(data: Path, port: int | None = None) -> Iterator[Issuer]:
    """An issuer whose key and client secret are kept below `data`, readable by their owner only."""
    port = claim_port(port, "the token issuer")
    data.mkdir(parents=True, exist_ok=True)
    secret = _kept(data / "client-secret", _new_secret).decode()
    _kept(data / "signing-key.pem", _new_key)
    url = f"http://127.0.0.1:{port}"
    program = [sys.executable, "-m", "triskel.sandbox.issuer"]
    child = Child("issuer", [*program, "--port", str(port), "--data", str(data)], data)
    try:
        child.start()
        child.wait_until(lambda: answers_on(port), "no answer")
        yield Issuer(url, f"{url}/.well-known/jwks.json", secret, child)
    finally:
        child.stop()


def _kept(path: Path, make: Any) -> bytes:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(make())
    return path.read_bytes()


def _new_secret() -> bytes:
    return secrets.token_urlsafe(32).encode()


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _oauth_error(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)


def application(
    url: str, secret: str, key: ec.EllipticCurvePrivateKey, accounts: Accounts
) -> Starlette:
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    public |= {"kid": KEY_ID, "use": "sig", "alg": "ES256"}

    async def jwks(request: Request) -> Response:
        return JSONResponse({"keys": [public]})

    async def configuration(request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": url,
                "jwks_uri": f"{url}/.well-known/jwks.json",
                "token_endpoint": f"{url}/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    def _is_owner(client_id: str, given: str) -> bool:
        return client_id == CLIENT and secrets.compare_digest(given.encode(), secret.encode())

    async def service_accounts(request: Request) -> Response:
        if refused := _refused(request):
            return refused
        if request.method == "GET":
            return JSONResponse({"items": [account.shown() for account in accounts.all()]})
        try:
            account, new_secret = accounts.make(await request.json())
        except ValueError:
            return _oauth_error(400, "invalid_request", "the body is not JSON")
        except AccountRefused as error:
            return _oauth_error(400, "invalid_request", str(error))
        return _told_once(account, new_secret, 201)

    async def rotate(request: Request) -> Response:
        return _refused(request) or _found(
            lambda: _told_once(*accounts.rotate(request.path_params["client_id"]), 200)
        )

    async def revoke(request: Request) -> Response:
        return _refused(request) or _found(
            lambda: JSONResponse(accounts.revoke(request.path_params["client_id"]).shown())
        )

    def _found(act: Callable[[], Response]) -> Response:
        try:
            return act()
        except KeyError:
            return _oauth_error(404, "invalid_request", "there is no such account")
        except AccountRefused as error:
            return _oauth_error(409, "invalid_request", str(error))

    def _refused(request: Request) -> Response | None:
        """Only who has the issuer's own secret manages accounts (HTTP Basic)."""
        given = f"Basic {base64.b64encode(f'{CLIENT}:{secret}'.encode()).decode()}"
        known = request.headers.get("authorization", "")
        if secrets.compare_digest(known.encode(), given.encode()):
            return None
        return _oauth_error(401, "invalid_client", f"HTTP Basic with {CLIENT} and its secret")

    def _told_once(account: Account, new_secret: str, status: int) -> Response:
        return JSONResponse(
            account.shown() | {"client_secret": new_secret},
            status_code=status,
            headers={"Cache-Control": "no-store"},
        )

    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "grant_type: client_credentials")
        client_id, given = form.get("client_id", ""), form.get("client_secret", "")
        longest = LONGEST_SECONDS
        if client_id != CLIENT and (account := accounts.use(client_id, given)):
            form |= {"subject": client_id, "region": account.region}
            form |= {"roles": " ".join(account.roles)}
            wanted = form.get("scope", "").split() or account.scopes
            if wider := set(wanted).difference(account.scopes):
                return _oauth_error(400, "invalid_scope", f"not this account's: {min(wider)}")
            form["scope"], longest = " ".join(wanted), ACCOUNT_SECONDS
        elif not _is_owner(client_id, given):
            return _oauth_error(401, "invalid_client", "client_id or client_secret is wrong")
        for name in ("subject", "roles", "region"):
            if not form.get(name, "").strip():
                return _oauth_error(400, "invalid_request", f"{name} is missing")
        try:
            seconds = int(form.get("ttl", min(longest, 3600)))
        except ValueError:
            return _oauth_error(400, "invalid_request", "ttl: seconds")
        if not 1 <= seconds <= longest:
            return _oauth_error(400, "invalid_request", f"ttl: 1 to {longest} seconds")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": url,
            "aud": AUDIENCE,
            "sub": form["subject"],
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "jti": str(uuid.uuid4()),
            "roles": form["roles"].split(),
            "region": form["region"],
        }
        if form.get("scope", "").strip():
            claims["scope"] = form["scope"]
        signed = jwt.encode(claims, key, algorithm="ES256", headers={"kid": KEY_ID})
        return JSONResponse(
            {"access_token": signed, "token_type": "Bearer", "expires_in": seconds},
            headers={"Cache-Control": "no-store"},
        )

    return Starlette(
        routes=[
            Route("/.well-known/jwks.json", jwks),
            Route("/.well-known/openid-configuration", configuration),
            Route("/token", token, methods=["POST"]),
            Route("/service-accounts", service_accounts, methods=["GET", "POST"]),
            *(
                Route(f"/service-accounts/{{client_id}}/{action}", act, methods=["POST"])
                for action, act in (("rotate", rotate), ("revoke", revoke))
            ),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="where key and secret are kept")
    parser.add_argument("--host", default="127.0.0.1", help="where it listens")
    parser.add_argument("--url", help="what it calls itself, if not by its port here")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    secret = _kept(options.data / "client-secret", _new_secret).decode()
    signing = _kept(options.data / "signing-key.pem", _new_key)
    key = serialization.load_pem_private_key(signing, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    uvicorn.run(
        application(
            options.url or f"http://127.0.0.1:{options.port}",
            secret,
            key,
            Accounts(options.data / "service-accounts.json", time.time),
        ),
        host=options.host,
        port=options.port,
        log_level="warning",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
