"""The key that signs certificates: made once, where no image and no file of ours holds it."""

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
    # beside and renamed: one who is stopped here leaves no half key
    made = file.with_suffix(".new")
    made.touch(mode=0o600)
    made.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made.rename(file)
    return True
