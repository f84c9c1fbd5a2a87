"""Keys that are made once, where no image and no file of ours holds them."""

import secrets
from pathlib import Path


def make_badge_key(file: Path) -> bool:
    """An RSA key of 3072 bits as PEM in `file`, readable by its owner only; False when the file is
    there already: a key that has signed is never written over. Raises `OSError`.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    if file.exists():
        return False
    key = rsa.generate_private_key(65537, 3072)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(file, pem)
    return True


def link_key_in(file: Path) -> str:
    """The secret of links' tokens that `file` holds, readable by its owner only; made there when
    there is none. Raises `OSError`."""
    if not file.exists():
        _write(file, secrets.token_urlsafe(32).encode())
    return file.read_text(encoding="ascii")


def _write(file: Path, key: bytes) -> None:
    # beside and renamed: one who is stopped here leaves no half key
    made = file.with_suffix(".new")
    made.touch(mode=0o600)
    made.write_bytes(key)
    made.rename(file)
