"""What the registry says of contacts: personal data, in a topic of its own."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from triskel.contracts.codes import Channel, ConfirmedBy, Language, Role
from triskel.contracts.event import Aggregate, Event


class Contact(Aggregate):
    """A person of an organisation. Personal data: this topic only, never mirrored, erasable.

    `language` is the one to write in, `languages` are those that the person speaks. Who is not
    `confirmed` is told nothing but how to confirm.
    """

    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    language: Language
    languages: tuple[Language, ...] = ()
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.INBOX)
    confirmed: bool = False
    confirmed_by: ConfirmedBy | None = None


class ContactEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.contacts"
    contact: Contact

    @property
    def aggregate(self) -> Contact:
        return self.contact


class ContactRegistered(ContactEvent):
    """A person speaks for an organisation from now on."""


class ContactInvited(ContactEvent):
    """A person is asked whether they agree. `token` works until `expires_at`, and is for a mail to
    their own address alone: who has it speaks for them. A later invitation replaces it."""

    token: str
    """Sealed by the registry, bound to the contact; whoever mails it opens it (`chassis.links`)."""

    expires_at: datetime


class ContactErasureAnnounced(ContactEvent):
    """Of a person and their organisation nothing was seen for as long as their region keeps
    contacts: they are erased at `expires_at` unless they answer. `token` is as an invitation's."""

    token: str
    """Sealed as an invitation's."""

    expires_at: datetime


class OrganisationClaimRequested(ContactEvent):
    """A person says that they speak for an imported organisation. `token` is for a mail to its
    official `mailbox` alone, and works until `expires_at`; without a mailbox both are null and the
    coordinator decides. A claim that comes to nothing ends in a tombstone for the contact."""

    claim_id: UUID
    mailbox: str | None = None
    token: str | None = None
    """Sealed as an invitation's."""

    expires_at: datetime


class ContactConfirmed(ContactEvent):
    """The person agrees; `contact.confirmed_by` says how we know."""


class ContactUpdated(ContactEvent):
    """Name, address, roles, languages or channels changed."""
