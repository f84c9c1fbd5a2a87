"""A person of an organisation: the address, what may be asked of them, and when they agree."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

import idna

from triskel.contracts.codes import Role
from triskel.contracts.days import days_later
from triskel.contracts.refusals import Conflict, Forbidden, Invalid

# RFC 5322, 3.2.3, and RFC 6532, 3.2: atoms with dots between, of any script; no quoted local parts
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\uf900-\U000effff-]+"
_LOCAL = re.compile(rf"{_ATEXT}(\.{_ATEXT})*")
_DOMAIN = re.compile(rb"[^.]+(\.[^.]+)+")
LONGEST_LOCAL_BYTES = 64
LONGEST_EMAIL = 254
ANSWER_DAYS = 14
"""How long an invitation, or a claim, waits for its answer."""

AGAIN_MINUTES = 15
"""Nobody is mailed more often, whoever asks for it."""

FOR_COORDINATORS = frozenset({Role.COORDINATOR, Role.AUTHORITY, Role.OPS, Role.SYSTEM})
"""Roles that go beyond one organisation, so that its own people cannot give them."""


@lru_cache(maxsize=1_000)  # the people of a directory share few domains
def _domain(written: str) -> tuple[bytes, str]:
    """A domain as DNS has it and as people write it. Raises `ValueError`."""
    encoded = idna.encode(written, uts46=True)
    return encoded, idna.decode(encoded)


def normalised_email(given: str) -> str:
    """The address as people write it, in NFC: the local part as given, the domain in lower case
    and in its own script, whether it came so or as `xn--…` (IDNA 2008). Raises `Invalid`, which
    never repeats it."""
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
        raise Invalid(
            "email-malformed",
            "This is not an e-mail address: name@domain.tld, the name without quotes and of at "
            "most 64 bytes.",
            field="email",
        ) from None


def masked(email: str) -> str:
    """An address as others may see it: enough to recognise, too little to write to."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def check_roles(roles: Iterable[Role], *, coordinator: bool) -> None:
    """Raises `Forbidden` for a role that only the region's coordinator gives."""
    beyond = sorted(FOR_COORDINATORS.intersection(roles))
    if beyond and not coordinator:
        raise Forbidden(
            "role-by-coordinator-only",
            "Only the region's coordinator gives this role, because it goes beyond one "
            "organisation.",
            field="roles",
            value=beyond[0],
        )


def check_consent(given_on: date, today: date, *, coordinator: bool) -> None:
    """A consent that was given elsewhere, on paper say: the coordinator holds it, and answers for
    it. Raises `Forbidden` for others and `Invalid` for a day that has not come."""
    if not coordinator:
        raise Forbidden(
            "consent-by-coordinator-only",
            "Only the region's coordinator may record a consent; others let the person be invited.",
            field="consent_given_on",
        )
    if given_on > today:
        raise Invalid(
            "consent-in-the-future",
            "The day of a consent cannot lie in the future.",
            field="consent_given_on",
            value=given_on.isoformat(),
        )


def answer_by(now: datetime, zone: tzinfo) -> datetime:
    return days_later(now, ANSWER_DAYS, zone)


def claim_first() -> Conflict:
    return Conflict(
        "claim-open", "This person claims the organisation: the claim is answered first."
    )


def refusal_to_invite(
    confirmed: bool, invited_at: datetime | None, claiming: bool, now: datetime
) -> Conflict | None:
    """Why nobody may be invited now; None when they may."""
    if confirmed:
        return Conflict(
            "contact-confirmed", "This person has confirmed already.", field="confirmed", value=True
        )
    if claiming:
        return claim_first()
    again = None if invited_at is None else invited_at + timedelta(minutes=AGAIN_MINUTES)
    if again is not None and now < again:
        return Conflict(
            "invited-just-now",
            f"An invitation has just gone; another may follow from {again.isoformat()}.",
            field="invited_at",
            value=again.isoformat(),
        )
    return None
