"""Cursors that nobody can read or forge: encrypted, and bound to the query that they continue."""

import base64
import binascii
import json
import os
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PURPOSE = b"triskel cursors"


class Cursors:
    """AES-256-GCM with a key derived from each secret. The first one seals, all of them open, so
    that a secret is changed by putting a new one before it. All replicas have the same secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("cursors need a secret")
        self._keys = [_key(secret) for secret in secrets]

    def seal(self, values: Sequence[Any], query: bytes) -> str:
        """`values` are what JSON can hold; `query` is what they belong to."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(list(values), ensure_ascii=False).encode()
        sealed = nonce + self._keys[0].encrypt(nonce, plain, query)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, cursor: str, query: bytes) -> list[Any]:
        """Raises `ValueError` for a cursor that was not sealed here for this query."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("it is not a cursor") from None
        nonce, sealed = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._keys:
            try:
                values: list[Any] = json.loads(key.decrypt(nonce, sealed, query))
            except (InvalidTag, ValueError):
                continue
            return values
        raise ValueError("it was not sealed here for this query")


def _key(secret: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret.encode())
    return AESGCM(derived)
