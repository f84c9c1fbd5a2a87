"""The key that signs certificates, and the proof: a VC-JWT, as Open Badges 3.0 says (8.2)."""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
"""What every verifier of Open Badges 3.0 must know."""
SHORTEST_KEY_BITS = 2048
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class Signer:
    """Signs with the first key of a PEM file. The others, private or public, are those that signed
    before: they stay published, so that what they signed can be verified."""

    def __init__(self, pem: str) -> None:
        keys = [_load(found.group(0)) for found in _PEM.finditer(pem)]
        if not keys or not isinstance(keys[0], RSAPrivateKey):
            raise ValueError("the first key of the file must be a private RSA key in PEM")
        if any(key.key_size < SHORTEST_KEY_BITS for key in keys):
            raise ValueError(f"an RSA key has {SHORTEST_KEY_BITS} bits or more")
        self._private = keys[0]
        public = [key.public_key() if isinstance(key, RSAPrivateKey) else key for key in keys]
        self.public_keys = {_thumbprint(key): _jwk(key) for key in public}

    def sign(self, credential: dict[str, Any], keys_url: str) -> str:
        """The compact JWS of a credential; `kid` is where the public key is found."""
        subject = credential["credentialSubject"]["id"]
        issuer = credential["issuer"]
        claims = {
            "iss": issuer if isinstance(issuer, str) else issuer["id"],
            "jti": credential["id"],
            "nbf": int(datetime.fromisoformat(credential["validFrom"]).timestamp()),
            "sub": subject,
        }
        header = {"kid": f"{keys_url}/{next(iter(self.public_keys))}", "typ": "JWT"}
        return jwt.encode(credential | claims, self._private, algorithm=ALGORITHM, headers=header)


def _load(pem: str) -> RSAPrivateKey | RSAPublicKey:
    """Raises `ValueError`."""
    data = pem.encode()
    key = load_pem_private_key(data, None) if "PRIVATE" in pem else load_pem_public_key(data)
    if not isinstance(key, (RSAPrivateKey, RSAPublicKey)):
        raise ValueError("certificates are signed with an RSA key")
    return key


def _jwk(key: RSAPublicKey) -> dict[str, str]:
    found = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {"kty": "RSA", "n": found["n"], "e": found["e"], "alg": ALGORITHM, "use": "sig"}


def _thumbprint(key: RSAPublicKey) -> str:
    """RFC 7638: the same key has the same name everywhere."""
    jwk = _jwk(key)
    members = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).decode().rstrip("=")


@cache
def signer_of(file: Path) -> Signer:
    """Raises `OSError` and `ValueError`: the service asks for it at its start."""
    return Signer(file.read_text(encoding="ascii"))
