"""Encrypts short texts, so that nobody else can read or forge them, each for one context."""

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Seals:
    """AES-256-GCM with a key derived from each secret, for one purpose. The first secret encrypts,
    all of them decrypt, so that a secret is replaced by putting a new one before it. Whoever
    encrypts and whoever decrypts have the same secrets."""

    def __init__(self, purpose: str, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError(f"{purpose} need a secret")
        self._keys = [_key(purpose, secret) for secret in secrets]

    def seal(self, plain: bytes, of: bytes) -> str:
        """Encrypt a text for the context `of`; returns letters, digits, `-` and `_` alone."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._keys[0].encrypt(nonce, plain, of)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, text: str, of: bytes) -> bytes:
        """Decrypt. Raises `ValueError` for a text that was not encrypted with one of the secrets
        for the context `of`."""
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("it is not sealed") from None
        nonce, sealed = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._keys:
            try:
                return key.decrypt(nonce, sealed, of)
            except (InvalidTag, ValueError):
                continue
        raise ValueError("it was not sealed here for this")


def _key(purpose: str, secret: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=f"triskel {purpose}".encode())
    return AESGCM(derived.derive(secret.encode()))
