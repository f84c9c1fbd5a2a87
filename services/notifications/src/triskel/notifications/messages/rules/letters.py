"""Letters: mails with a link that confirms something, to who may be written nothing else yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.contracts import Event, registry

SECRETS = ("token", "mailbox")
"""Facts that open something, or say where that went: they are forgotten as soon as the mail has
left, or never will. The token is sealed, as in its event."""


_KINDS = (
    registry.ContactInvited,
    registry.ContactErasureAnnounced,
    registry.OrganisationClaimRequested,
)


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


def letter_of(event: Event) -> Letter | None:
    """To the person who is invited, or to the official mailbox of an organisation that somebody
    claims; null where no link confirms anything."""
    if not isinstance(event, _KINDS) or not event.token:
        return None
    contact = event.contact
    reason, _ = event.name_and_version()
    facts = {
        "organisation_id": str(contact.organisation_id),
        "token": event.token,
        "expires_at": event.expires_at.isoformat(),
    }
    if isinstance(event, registry.OrganisationClaimRequested):
        facts["mailbox"] = str(event.mailbox)
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
    return [kind.name_and_version()[0] for kind in _KINDS]


def for_confirmed(reason: str) -> bool:
    """Whether a letter is for those, too, who have confirmed: they are asked whether they stay."""
    return reason == registry.ContactErasureAnnounced.name_and_version()[0]


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
