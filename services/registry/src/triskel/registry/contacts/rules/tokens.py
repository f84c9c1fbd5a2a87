"""Secrets that work once: we give them away and keep only what recognises them."""

import hashlib
import secrets

SECRET_BYTES = 32


def new_token() -> tuple[str, str]:
    """A token, and its digest. The digest needs no salt: nobody guesses 256 random bits."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
