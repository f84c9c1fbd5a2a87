"""Secrets that are given away, in links and addresses. We keep only their digest."""

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret(size: int = SECRET_BYTES) -> str:
    """So many random bytes, as they stand in a URL."""
    return secrets.token_urlsafe(size)


def digest_of(secret: str) -> bytes:
    """What recognises a secret. It needs no salt: nobody guesses 24 random bytes or more."""
    return hashlib.sha256(secret.encode()).digest()
