"""Letters: mails that ask one person to confirm, whom nothing else may be written to yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.contracts import registry as r

SECRETS = ("token",)
"""Facts that open something: they are forgotten as soon as the mail has left, or never will."""


@dataclass(frozen=True)
class Letter:
    """`reason` is the event's name, `occurrence` the contact's version: a later invitation is
    another letter, and a redelivery is none."""

    contact: UUID
    organisation: UUID
    region: str
    language: str
    reason: str
    occurrence: int
    facts: dict[str, Any]


def letter_of(event: r.ContactEvent) -> Letter | None:
    """Null where nothing need be confirmed."""
    if not isinstance(event, r.ContactInvited):
        return None
    contact = event.contact
    reason, _ = event.name_and_version()
    facts = {
        "organisation_id": str(contact.organisation_id),
        "token": event.token,
        "expires_at": event.expires_at.isoformat(),
    }
    return Letter(
        contact.id,
        contact.organisation_id,
        contact.region,
        contact.language,
        reason,
        contact.version,
        facts,
    )


def letters() -> list[str]:
    """Every reason of a letter."""
    return [r.ContactInvited.name_and_version()[0]]


def undeliverable(
    facts: dict[str, Any], confirmed: bool, replaced: bool, now: datetime
) -> str | None:
    """Why a letter need not leave any more, as a code; null when it should."""
    if confirmed:
        return "contact-confirmed"
    if replaced:
        return "letter-replaced"
    if datetime.fromisoformat(facts["expires_at"]) <= now:
        return "letter-expired"
    return None
