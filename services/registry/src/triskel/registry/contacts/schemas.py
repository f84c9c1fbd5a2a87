"""What is sent to and answered by `/v1/contacts`."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Day, OneLine
from triskel.contracts import registry as contract
from triskel.contracts.codes import Channel, ContactLanguage, Role
from triskel.registry.contacts.actions import INVITE
from triskel.registry.contacts.rules.contact import ContactAttempt, Person
from triskel.registry.contacts.tables import CONTACT

PersonName = Annotated[str, OneLine(longest=120, pattern=r"^[^<>]*$")]
Email = Annotated[str, OneLine(longest=254)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=7)]
Channels = Annotated[list[Channel], Field(max_length=2)]
Languages = Annotated[list[ContactLanguage], Field(max_length=6)]
Consent = Annotated[
    Day | None,
    Field(
        description="the day of a consent that the coordinator holds: it confirms without a mail"
    ),
]


def _once_each(given: dict[str, Any]) -> dict[str, Any]:
    """Lists as the rules have them: in the order given, without what comes again."""
    return {
        name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
        for name, value in given.items()
    }


class NewContact(BaseModel):
    """Without `consent_given_on` the person gets a mail, and nothing else until they confirm."""

    model_config = example(
        organisation_id="0199a1b2-0001-7000-8000-000000000001",
        name="Maëlle Exemple",
        email="maelle@ecole.example",
        roles=["teacher"],
        language="fr",
        languages=["fr", "en"],
    )

    organisation_id: UUID
    name: PersonName
    email: Email
    roles: Roles
    language: ContactLanguage = ContactLanguage.FR
    languages: Languages = []
    channels: Channels = [Channel.EMAIL, Channel.INBOX]
    consent_given_on: Consent = None

    def to_domain(self) -> Person:
        return Person(**_once_each(self.model_dump(exclude={"organisation_id"})))


class ContactChanges(BaseModel):
    """A new address is confirmed anew."""

    model_config = example(language="en", channels=["email"])

    name: PersonName | None = None
    email: Email | None = None
    roles: Roles | None = None
    language: ContactLanguage | None = None
    languages: Languages | None = None
    channels: Channels | None = None
    consent_given_on: Consent = None

    def to_domain(self) -> dict[str, Any]:
        """New values by name."""
        return _once_each(self.model_dump(exclude_unset=True))


class Receipt(BaseModel):
    """Where the contact is. No name and no address: this answer is kept for repeated requests."""

    id: UUID
    organisation_id: UUID
    version: int


class ContactAnswer(contract.Contact):
    """A person, how and when they agreed, and what may be done now."""

    confirmed_at: datetime | None
    consent_given_on: date | None
    invited_at: datetime | None
    invitation_expires_at: datetime | None
    erase_at: datetime | None
    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: ContactAttempt) -> Self:
        """Whoever sees a person may change and erase them; whether they are invited depends."""
        contact = attempt.subject
        return CONTACT.answer(
            cls,
            contact,
            confirmed_at=contact.confirmed_at,
            consent_given_on=contact.consent_given_on,
            invited_at=contact.invited_at,
            invitation_expires_at=contact.invitation_expires_at,
            erase_at=contact.erase_at,
            allowed_actions=() if INVITE.refusal(attempt) else (INVITE.name,),
        )


class ContactStep(BaseModel):
    """`by` is a role, or `themselves`; `fields` are those that were changed."""

    version: int
    action: str
    by: str
    at: datetime
    fields: list[str]


class Elsewhere(BaseModel):
    """Where else something of this person is, and how to get it or what becomes of it."""

    where: str
    what: str
    how: str


class Export(BaseModel):
    """Everything that the registry holds about one person (GDPR, articles 15 and 20)."""

    as_of: datetime
    contact: ContactAnswer
    history: list[ContactStep]
    elsewhere: list[Elsewhere]


def elsewhere(contact_id: UUID) -> list[Elsewhere]:
    return [
        Elsewhere(
            where="notifications",
            what="name, address, roles, languages and channels; which messages went when",
            how=f"GET /v1/people/{contact_id}/export there",
        ),
        Elsewhere(
            where="the topic registry.contacts",
            what="the newest state; older records until the broker compacts them",
            how=f"an erasure (DELETE /v1/contacts/{contact_id}) writes a tombstone for this key",
        ),
    ]
