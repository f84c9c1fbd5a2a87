"""A claim: a person says that they speak for an organisation that an official directory named."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role
from triskel.contracts.refusals import Conflict, Forbidden, Invalid
from triskel.registry.organisations.rules.organisation import Actor

MOST_OPEN_OF_AN_ORGANISATION = 5
MOST_OPEN_OF_A_PERSON = 3
"""Each claim may be a mail to an official mailbox: nobody can have many sent."""

KEEP_CLOSED_DAYS = 30
"""How long it can be seen what became of a claim; who was refused cannot ask again before."""

ACTIONS = ("approve", "reject")


class ClaimState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ClaimReason(StrEnum):
    """Why a claim came to nothing."""

    NOT_OF_THIS_ORGANISATION = "not-of-this-organisation"
    NOT_VERIFIED = "not-verified"
    CLAIMED_BY_ANOTHER = "claimed-by-another"
    NO_ANSWER = "no-answer"
    OTHER = "other"


@dataclass(frozen=True)
class OfficialMailbox(Actor):
    """Who reads it has the coordinator's word for a claim; histories show that nobody of the
    coordination did it."""

    own: bool = False
    coordinator: bool = True

    @property
    def role(self) -> Role:
        return Role.SYSTEM


@dataclass(frozen=True)
class Queue:
    """What there is already: open claims of this organisation and of this person, and what this
    person's earlier claim of this organisation came to."""

    of_organisation: int
    of_person: int
    earlier: ClaimState | None


def check_role(role: Role, held: frozenset[Role], kind: OrganisationKind) -> None:
    """Raises `Forbidden` for a role that the caller has not, and `Invalid` for one that such an
    organisation has not."""
    if role not in held:
        raise Forbidden(
            "role-not-yours",
            "You can claim in a role that your token has.",
            field="role",
            value=role,
        )
    if (role is Role.HEAD) != (kind is OrganisationKind.SCHOOL):
        raise Invalid(
            "role-does-not-fit",
            "A school is claimed by its head, any other organisation by its company contact.",
            field="role",
            value=role,
        )


def refusal_to_claim(
    status: OrganisationStatus, open_: bool, queue: Queue
) -> Conflict | Forbidden | None:
    """Why an organisation cannot be claimed by this person now; None when it can."""
    if status is not OrganisationStatus.IMPORTED:
        return Conflict(
            "status-does-not-allow",
            f"Only an organisation that is imported can be claimed; this one is {status}.",
            field="status",
            value=status,
        )
    if not open_:
        return Conflict(
            "organisation-closed", "Its official register says that it closed.", field="open"
        )
    if queue.earlier is ClaimState.OPEN:
        return Conflict("claim-open", "Your claim of this organisation waits for its answer.")
    if queue.earlier is ClaimState.REJECTED:
        return Conflict(
            "claim-rejected", "Your claim of this organisation was refused: ask the coordinator."
        )
    for count, most, whose in (
        (queue.of_organisation, MOST_OPEN_OF_AN_ORGANISATION, "of this organisation"),
        (queue.of_person, MOST_OPEN_OF_A_PERSON, "of yours"),
    ):
        if count >= most:
            return Conflict(
                "too-many-claims",
                f"{most} claims {whose} wait for an answer already: try again later.",
                field="claims",
                value=count,
            )
    return None


def refusal(
    action: str,
    state: ClaimState,
    expires_at: datetime,
    status: OrganisationStatus,
    coordinator: bool,
    now: datetime,
) -> Conflict | Forbidden | None:
    """Why a claim cannot be approved or rejected now; None when it can."""
    if not coordinator:
        return Forbidden("coordinator-only", f"Only the region's coordinator may {action} a claim.")
    if state is not ClaimState.OPEN or expires_at <= now:
        return Conflict(
            "claim-closed", "This claim waits for no answer any more.", field="state", value=state
        )
    if action == "approve" and status is not OrganisationStatus.IMPORTED:
        return Conflict(
            "status-does-not-allow",
            f"The organisation is {status} meanwhile, so it cannot be claimed.",
            field="status",
            value=status,
        )
    return None
