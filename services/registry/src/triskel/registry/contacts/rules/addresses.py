"""Addresses of people: brought into one form, and shown so that nobody else learns them."""

import re
import unicodedata
from functools import lru_cache

import idna

from triskel.registry.contacts.refusals import EmailMalformed

# RFC 5322, 3.2.3, and RFC 6532, 3.2: atoms with dots between, of any script; no quoted local parts
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\uf900-\U000effff-]+"
_LOCAL = re.compile(rf"{_ATEXT}(\.{_ATEXT})*")
_DOMAIN = re.compile(rb"[^.]+(\.[^.]+)+")
LONGEST_LOCAL_BYTES = 64
LONGEST_EMAIL = 254


@lru_cache(maxsize=1_000)  # the people of a directory share few domains
def _domain(written: str) -> tuple[bytes, str]:
    """A domain as DNS has it and as people write it. Raises `ValueError`."""
    encoded = idna.encode(written, uts46=True)
    return encoded, idna.decode(encoded)


def normalised_email(given: str) -> str:
    """The address as people write it, in NFC: the local part as given, the domain in lower case
    and in its own script, whether it came so or as `xn--…` (IDNA 2008). Raises
    `EmailMalformed`, which never repeats it."""
    value = unicodedata.normalize("NFC", given.strip())
    local, _, domain = value.rpartition("@")
    try:
        encoded, shown = _domain(domain)
        if not _LOCAL.fullmatch(local) or not value.isprintable() or not _DOMAIN.fullmatch(encoded):
            raise ValueError
        if len(local.encode()) > LONGEST_LOCAL_BYTES:
            raise ValueError
        if len(local.encode()) + 1 + len(encoded) > LONGEST_EMAIL:
            raise ValueError
        return f"{local}@{shown}"
    except ValueError:  # what idna raises is one too
        raise EmailMalformed from None


def masked(email: str) -> str:
    """An address as others may see it: enough to recognise, too little to write to."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"
