"""A membership: a person acts for an organisation, once who leads it has approved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.chassis.actions import Actor, Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, Role, Side
from triskel.contracts.people_codes import (
    LEADING_MEMBERS,
    LEADS,
    MEMBER_AS,
    MEMBER_ROLES_IN,
    MemberRole,
    MembershipEnding,
    MembershipState,
)
from triskel.registry.memberships.refusals import (
    LastLeader,
    MemberRoleOfAnotherKind,
    MembersByHeadOnly,
    MembershipNotYours,
)


@dataclass(frozen=True)
class Membership:
    """`person` is a pseudonym (`triskel.chassis.auth.person_of`); `at` is when it began to wait, or
    to count where nobody had to approve it."""

    id: UUID
    region: str
    version: int
    organisation_id: UUID
    person: str
    roles: tuple[MemberRole, ...]
    state: MembershipState
    at: datetime
    contact_id: UUID | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """`kind` is the organisation's; null where it is not known here. `led_by_others`: somebody else
    leads it, too."""

    kind: OrganisationKind | None
    led_by_others: bool = False


MembershipAttempt = Attempt[Membership, Facts]
MembershipChange = Change[Membership]


def leads(actor: Actor, organisation_id: UUID, kind: OrganisationKind | None) -> bool:
    """Whether this actor decides on the organisation's members."""
    own = actor.organisation == organisation_id
    own = own and kind is not None and LEADS[kind] in actor.roles
    return own or Side.COORDINATOR in actor.sides


def led(attempt: MembershipAttempt) -> MembersByHeadOnly | None:
    membership = attempt.subject
    known = leads(attempt.actor, membership.organisation_id, attempt.facts.kind)
    return None if known else MembersByHeadOnly()


def own_or_led(attempt: MembershipAttempt) -> MembershipNotYours | None:
    themselves = attempt.actor.pseudonym == attempt.subject.person
    return None if themselves or led(attempt) is None else MembershipNotYours()


def somebody_leads(attempt: MembershipAttempt) -> LastLeader | None:
    """Who is the last that leads it does not go."""
    return LastLeader() if _leads_alone(attempt) else None


def _leads_alone(attempt: MembershipAttempt) -> bool:
    """Whether nobody of the organisation would lead it without this member. A coordinator may see
    to it otherwise."""
    membership, kind = attempt.subject, attempt.facts.kind
    if kind is None or membership.state is not MembershipState.ACTIVE:
        return False
    alone = not attempt.facts.led_by_others and Side.COORDINATOR not in attempt.actor.sides
    return alone and not LEADING_MEMBERS[kind].isdisjoint(membership.roles)


def check_fitting(kind: OrganisationKind, roles: Iterable[MemberRole]) -> None:
    """Raises `MemberRoleOfAnotherKind`."""
    fitting = MEMBER_ROLES_IN[kind]
    if wrong := sorted(set(roles) - fitting):
        raise MemberRoleOfAnotherKind(
            kind=kind, role=wrong[0], fitting=", ".join(sorted(fitting)), value=wrong[0]
        )


def roles_of_contact(roles: Iterable[Role], kind: OrganisationKind) -> tuple[MemberRole, ...]:
    """What a contact is as a member; empty where it is nothing in its organisation."""
    found = (MEMBER_AS[role] for role in roles if role in MEMBER_AS)
    return tuple(role for role in found if role in MEMBER_ROLES_IN[kind])


def requested(membership: Membership) -> MembershipChange:
    """A new one, which waits."""
    return Change(membership, contract.MembershipRequested)


def granted(membership: Membership) -> MembershipChange:
    """A new one of somebody whom nobody has to approve any more."""
    active = replace(membership, state=MembershipState.ACTIVE, decided_at=membership.at)
    return Change(active, contract.MembershipApproved)


def approve(attempt: MembershipAttempt) -> MembershipChange:
    return Change(
        replace(
            attempt.subject,
            version=attempt.subject.version + 1,
            state=MembershipState.ACTIVE,
            decided_at=attempt.now,
        ),
        contract.MembershipApproved,
    )


def change_roles(
    attempt: MembershipAttempt, roles: tuple[MemberRole, ...]
) -> MembershipChange | tuple[()]:
    """Those that are given in the place of those that there are. Raises `MemberRoleOfAnotherKind`
    and `LastLeader`."""
    membership, kind = attempt.subject, attempt.facts.kind
    if set(roles) == set(membership.roles):
        return ()
    if kind is not None:
        check_fitting(kind, roles)
        if LEADING_MEMBERS[kind].isdisjoint(roles) and _leads_alone(attempt):
            raise LastLeader
    return Change(
        replace(membership, version=membership.version + 1, roles=roles),
        contract.MembershipRolesChanged,
    )


def end(attempt: MembershipAttempt) -> MembershipChange:
    """By the member themselves, or by who leads the organisation."""
    if attempt.actor.pseudonym == attempt.subject.person:
        return _ended(attempt, MembershipEnding.LEFT)
    if attempt.subject.state is MembershipState.PENDING:
        return _ended(attempt, MembershipEnding.NOT_APPROVED)
    return _ended(attempt, MembershipEnding.REVOKED)


def forget_person(attempt: MembershipAttempt) -> MembershipChange:
    """The contact is erased, and nothing leads to it any more."""
    ended = _ended(attempt, MembershipEnding.PERSON_ERASED)
    return replace(ended, subject=replace(ended.subject, contact_id=None))


def move(attempt: MembershipAttempt, organisation_id: UUID) -> MembershipChange:
    """The organisation was merged into another."""
    version = attempt.subject.version + 1
    moved = replace(attempt.subject, version=version, organisation_id=organisation_id)
    return Change(moved, contract.MembershipMoved)


def give_way(attempt: MembershipAttempt) -> MembershipChange:
    """The organisation was merged into another, of which the person is a member already."""
    return _ended(attempt, MembershipEnding.MERGED)


def _ended(attempt: MembershipAttempt, reason: MembershipEnding) -> MembershipChange:
    return Change(
        replace(
            attempt.subject,
            version=attempt.subject.version + 1,
            state=MembershipState.ENDED,
            decided_at=attempt.now,
        ),
        contract.MembershipEnded,
        {"reason": reason},
    )
