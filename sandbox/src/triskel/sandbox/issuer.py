"""The token issuer of the sandbox: JWTs by client credentials, on the loopback address only.

Not for production: whoever holds the client secret of a sandbox may be anybody in it.
"""

import argparse
import secrets
import sys
import time
import uuid
from collections.abc import Iterator
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

from triskel.sandbox.children import Child, answers_on, claim_port

AUDIENCE = "triskel"
CLIENT = "triskel"
KEY_ID = "sandbox"
LONGEST_SECONDS = 86_400


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


def application(url: str, secret: str, key: ec.EllipticCurvePrivateKey) -> Starlette:
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

    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "grant_type: client_credentials")
        good = secrets.compare_digest(form.get("client_secret", "").encode(), secret.encode())
        if form.get("client_id") != CLIENT or not good:
            return _oauth_error(401, "invalid_client", "client_id or client_secret is wrong")
        for name in ("subject", "roles", "region"):
            if not form.get(name, "").strip():
                return _oauth_error(400, "invalid_request", f"{name} is missing")
        try:
            seconds = int(form.get("ttl", "3600"))
            named = {
                name: str(uuid.UUID(form[name]))
                for name in ("organisation", "contact")
                if form.get(name)
            }
        except ValueError:
            words = "ttl: seconds; organisation and contact: UUIDs"
            return _oauth_error(400, "invalid_request", words)
        if not 1 <= seconds <= LONGEST_SECONDS:
            return _oauth_error(400, "invalid_request", f"ttl: 1 to {LONGEST_SECONDS} seconds")
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
            **named,
        }
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
        application(options.url or f"http://127.0.0.1:{options.port}", secret, key),
        host=options.host,
        port=options.port,
        log_level="warning",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
