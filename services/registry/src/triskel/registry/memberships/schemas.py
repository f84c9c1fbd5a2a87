"""What is sent to and answered by `/v1/memberships`."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import OneLine, Secret
from triskel.contracts import registry as contract
from triskel.contracts.people_codes import MemberRole, MembershipState
from triskel.registry.memberships.actions import ACTIONS
from triskel.registry.memberships.queries import MembershipFilter
from triskel.registry.memberships.rules import MembershipAttempt
from triskel.registry.memberships.tables import MEMBERSHIP

Claim = Annotated[str, OneLine(longest=255)]


class NewRoles(BaseModel):
    """What a member is from now on, in the place of what they were."""

    model_config = example(roles=["teacher"])

    roles: Annotated[list[MemberRole], Field(min_length=1, max_length=5)]

    @property
    def once_each(self) -> tuple[MemberRole, ...]:
        return tuple(dict.fromkeys(self.roles))


class NewMembership(NewRoles):
    """An identity that whoever grants it knows: the claims `iss` and `sub` of the person's tokens.
    Only their digest is kept."""

    model_config = example(
        organisation_id="0199a1b2-0001-7000-8000-000000000001",
        issuer="https://connexion.region.example/realms/triskel",
        subject="7f0c1d3e-8f35-4a51-9b0e-3f1d7c2b9a10",
        roles=["teacher"],
    )

    organisation_id: UUID
    issuer: Claim
    subject: Claim


class MailedToken(BaseModel):
    """The token of an invitation's mail."""

    model_config = example(token="0Wc3v1bN0n1d2mJ8uQ4tLxXg7yq9ZkPaR5eHfTsVwYo")

    token: Secret


class MembershipAnswer(contract.Membership):
    """A membership, since when it waits or counts, when it was decided, and what may be done."""

    at: datetime
    decided_at: datetime | None
    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: MembershipAttempt) -> Self:
        membership = attempt.subject
        return MEMBERSHIP.answer(
            cls,
            membership,
            at=membership.at,
            decided_at=membership.decided_at,
            allowed_actions=ACTIONS.allowed(attempt),
        )


async def _wanted(
    organisation_id: Annotated[UUID | None, Query()] = None,
    state: Annotated[MembershipState | None, Query()] = None,
) -> MembershipFilter:
    return MembershipFilter(organisation_id, state)


Wanted = Annotated[MembershipFilter, Depends(_wanted)]
