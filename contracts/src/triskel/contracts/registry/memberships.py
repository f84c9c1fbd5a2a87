"""What the registry says of memberships: who may act for an organisation, without saying who."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from triskel.contracts.codes import Role
from triskel.contracts.event import Aggregate, Event
from triskel.contracts.people_codes import MemberRole, MembershipEnding, MembershipState

Person = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal digits, of a token's issuer and subject with a bar between them: it tells
people apart and says nothing of them."""


class Membership(Aggregate):
    """A person acts for an organisation in these roles, while it is active.

    `region` is the organisation's: only tokens of issuers of that region count. `contact_id` is who
    the person is among the organisation's contacts; null where nobody knows, and when that contact
    was erased.
    """

    organisation_id: UUID
    person: Person
    roles: tuple[MemberRole, ...]
    state: MembershipState
    contact_id: UUID | None = None


class MembershipEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.memberships"
    membership: Membership

    @property
    def aggregate(self) -> Membership:
        return self.membership


class MembershipRequested(MembershipEvent):
    """A contact has confirmed with a token of their own: whoever leads the organisation decides."""


class MembershipApproved(MembershipEvent):
    """The person acts for the organisation from now on."""

    by: Role


class MembershipRolesChanged(MembershipEvent):
    """The person acts for the organisation in other roles from now on."""

    by: Role


class MembershipMoved(MembershipEvent):
    """The organisation turned out to be another one, and the person came along."""


class MembershipEnded(MembershipEvent):
    """The person does not act for the organisation any more, or was never approved."""

    by: Role
    reason: MembershipEnding
