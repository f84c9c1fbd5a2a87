"""What the registry says of contacts: personal data, in a topic of its own."""

from typing import ClassVar
from uuid import UUID

from triskel.contracts.codes import Channel, Language, Role
from triskel.contracts.event import Aggregate, Event


class Contact(Aggregate):
    """A person of an organisation. Personal data: this topic only, never mirrored, erasable."""

    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    language: Language
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.INBOX)
    confirmed: bool = False


class ContactEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.contacts"
    contact: Contact

    @property
    def aggregate(self) -> Contact:
        return self.contact


class ContactRegistered(ContactEvent):
    """A person speaks for an organisation from now on."""


class ContactUpdated(ContactEvent):
    """Name, address, roles, language or channels changed."""
