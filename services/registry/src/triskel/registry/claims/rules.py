"""A claim: a person says that they speak for an organisation that an official directory named."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triskel.chassis.actions import Actor, Attempt, Change
from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role, Side
from triskel.contracts.refusals import NotDueYet, Refusal
from triskel.registry.claims.refusals import (
    ClaimClosed,
    ClaimRejected,
    OrganisationClosed,
    RoleDoesNotFit,
    RoleNotYours,
    StatusDoesNotAllow,
    TooManyClaims,
)
from triskel.registry.contacts.refusals import ClaimOpen
from triskel.registry.organisations.refusals import CoordinatorOnly

MOST_OPEN_OF_AN_ORGANISATION = 5
MOST_OPEN_OF_A_PERSON = 3
"""Each claim may be a mail to an official mailbox: nobody can have many sent."""

KEEP_CLOSED_DAYS = 30
"""How long it can be seen what became of a claim; who was refused cannot ask again before."""


class ClaimState(StrEnum):
    OPEN = "open"
    """It waits for the claimant's proof or the coordinator's answer."""
    ACCEPTED = "accepted"
    """The claimant speaks for the organisation."""
    REJECTED = "rejected"
    """They do not: it was refused, or another's claim was accepted."""
    EXPIRED = "expired"
    """Nobody answered in time."""


class ClaimReason(StrEnum):
    """Why a claim came to nothing."""

    NOT_OF_THIS_ORGANISATION = "not-of-this-organisation"
    NOT_VERIFIED = "not-verified"
    CLAIMED_BY_ANOTHER = "claimed-by-another"
    NO_ANSWER = "no-answer"
    OTHER = "other"


@dataclass(frozen=True)
class Claim:
    """`claimant` is a hash of who called. The contact is null when the claim came to nothing: its
    person is erased. `digest` recognises the token that the official mailbox got."""

    id: UUID
    region: str
    version: int
    organisation_id: UUID
    contact_id: UUID | None
    claimant: str
    by_mailbox: bool
    state: ClaimState
    at: datetime
    expires_at: datetime
    digest: str | None
    decided_at: datetime | None = None
    reason: ClaimReason | None = None


@dataclass(frozen=True)
class Facts:
    """Of the organisation: its status, and its official mailbox, masked."""

    status: OrganisationStatus
    mailbox: str | None = None


@dataclass(frozen=True)
class Queue:
    """What there is already: open claims of this organisation and of this person, and what this
    person's earlier claim of this organisation came to."""

    of_organisation: int
    of_person: int
    earlier: ClaimState | None


ClaimAttempt = Attempt[Claim, Facts]
ClaimChange = Change[Claim]


def check_role(role: Role, held: frozenset[Role], kind: OrganisationKind) -> None:
    """Raises `RoleNotYours` for a role that the caller has not, and `RoleDoesNotFit` for one that
    such an organisation has not."""
    if role not in held:
        raise RoleNotYours(value=role)
    if (role is Role.HEAD) != (kind is OrganisationKind.SCHOOL):
        raise RoleDoesNotFit(value=role)


def refusal_to_claim(status: OrganisationStatus, is_open: bool, queue: Queue) -> Refusal | None:
    """Why an organisation cannot be claimed by this person now; None when it can."""
    if status is not OrganisationStatus.IMPORTED:
        return StatusDoesNotAllow(status=status, value=status)
    if not is_open:
        return OrganisationClosed()
    if queue.earlier is ClaimState.OPEN:
        return ClaimOpen()
    if queue.earlier is ClaimState.REJECTED:
        return ClaimRejected()
    if queue.of_organisation >= MOST_OPEN_OF_AN_ORGANISATION:
        whose = {"en": "of this organisation", "fr": "pour cette organisation"}
        most = MOST_OPEN_OF_AN_ORGANISATION
        return TooManyClaims(most=most, whose=whose, value=queue.of_organisation)
    if queue.of_person >= MOST_OPEN_OF_A_PERSON:
        whose = {"en": "of yours", "fr": "de votre part"}
        return TooManyClaims(most=MOST_OPEN_OF_A_PERSON, whose=whose, value=queue.of_person)
    return None


def coordinator(attempt: ClaimAttempt) -> CoordinatorOnly | None:
    return None if Side.COORDINATOR in attempt.actor.sides else CoordinatorOnly()


def waits(attempt: ClaimAttempt) -> ClaimClosed | None:
    claim = attempt.subject
    if claim.state is ClaimState.OPEN and claim.expires_at > attempt.now:
        return None
    return ClaimClosed(value=claim.state)


def still_imported(attempt: ClaimAttempt) -> StatusDoesNotAllow | None:
    status = attempt.facts.status
    if status is OrganisationStatus.IMPORTED:
        return None
    return StatusDoesNotAllow(status=status, value=status)


def time_is_over(attempt: ClaimAttempt) -> NotDueYet | None:
    return None if attempt.subject.expires_at <= attempt.now else NotDueYet()


def approve(attempt: ClaimAttempt) -> ClaimChange:
    """It is verified. Its link ends."""
    return Change(
        replace(
            attempt.subject,
            version=attempt.subject.version + 1,
            state=ClaimState.ACCEPTED,
            decided_at=attempt.now,
            digest=None,
        ),
        None,
    )


def reject(attempt: ClaimAttempt, reason: ClaimReason) -> ClaimChange:
    return _came_to_nothing(attempt, ClaimState.REJECTED, reason)


def give_way(attempt: ClaimAttempt) -> ClaimChange:
    return _came_to_nothing(attempt, ClaimState.REJECTED, ClaimReason.CLAIMED_BY_ANOTHER)


def expire(attempt: ClaimAttempt) -> ClaimChange:
    return _came_to_nothing(attempt, ClaimState.EXPIRED, ClaimReason.NO_ANSWER)


def _came_to_nothing(attempt: ClaimAttempt, state: ClaimState, reason: ClaimReason) -> ClaimChange:
    """There is no reason to keep the person."""
    return Change(
        replace(
            attempt.subject,
            version=attempt.subject.version + 1,
            state=state,
            reason=reason,
            decided_at=attempt.now,
            digest=None,
            contact_id=None,
        ),
        None,
    )


THE_COORDINATOR = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
"""In whose name a claim that the coordinator approves changes other things."""
