"""What is sent to and answered by `/v1/claims`."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from triskel.chassis.http import example
from triskel.contracts import registry as contract
from triskel.contracts.codes import ContactLanguage, Role, Side
from triskel.registry.claims.actions import ACTIONS
from triskel.registry.claims.rules import ClaimAttempt, ClaimReason, ClaimState
from triskel.registry.claims.tables import CLAIM
from triskel.registry.contacts.rules.contact import Contact, Person
from triskel.registry.contacts.schemas import Email, PersonName
from triskel.registry.contacts.tables import CONTACT


class NewClaim(BaseModel):
    """Who claims: they become the organisation's contact once the claim is verified."""

    model_config = example(
        name="Maëlle Exemple", email="maelle@ecole.example", role="head", language="fr"
    )

    name: PersonName
    email: Email
    role: Literal[Role.HEAD, Role.COMPANY]
    language: ContactLanguage = ContactLanguage.FR

    def to_domain(self) -> Person:
        return Person(self.name, self.email, (self.role,), self.language)


class ClaimAnswer(BaseModel):
    """`mailbox` is the official one that was asked, masked; null when the coordinator decides.
    `contact` is shown to the coordinator alone; both are null when the claim came to nothing,
    because its person is erased then."""

    id: UUID
    version: int
    region: str
    organisation_id: UUID
    contact_id: UUID | None
    contact: contract.Contact | None = None
    state: ClaimState
    mailbox: str | None
    at: datetime
    expires_at: datetime
    decided_at: datetime | None
    reason: ClaimReason | None
    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: ClaimAttempt, person: Contact | None = None) -> Self:
        """`person` is the claimant."""
        may_see = Side.COORDINATOR in attempt.actor.sides
        return CLAIM.answer(
            cls,
            attempt.subject,
            contact=CONTACT.to_public(person) if person and may_see else None,
            mailbox=attempt.facts.mailbox if attempt.subject.by_mailbox else None,
            allowed_actions=ACTIONS.allowed(attempt),
        )


class Rejection(BaseModel):
    """Why a claim is rejected."""

    model_config = example(reason="not-verified")

    reason: ClaimReason = ClaimReason.NOT_VERIFIED
