"""A person of an organisation: what an address must look like."""

import re

from triskel.contracts.refusals import Invalid

# RFC 5321 in practice: one @, a domain with a dot, no blanks, no control characters
_EMAIL = re.compile(r"^[^@\s<>\",;:\\\[\]()\x00-\x1f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
LONGEST_EMAIL = 254


def normalised_email(given: str) -> str:
    """The address with its domain in lower case. Raises `Invalid`, which never repeats it."""
    value = given.strip()
    if len(value) > LONGEST_EMAIL or not _EMAIL.match(value):
        raise Invalid(
            "email-malformed", "This is not an e-mail address: name@domain.tld.", field="email"
        )
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"
