"""An organisation: its statuses and who may change them; names made searchable."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role
from triskel.contracts.refusals import Conflict, Forbidden

_S = OrganisationStatus
ACTIONS: dict[str, tuple[frozenset[OrganisationStatus], OrganisationStatus]] = {
    "approve": (frozenset({_S.APPLIED}), _S.APPROVED),
    "reject": (frozenset({_S.APPLIED}), _S.REJECTED),
    "claim": (frozenset({_S.IMPORTED}), _S.APPROVED),
    "suspend": (frozenset({_S.APPROVED}), _S.SUSPENDED),
    "reinstate": (frozenset({_S.SUSPENDED}), _S.APPROVED),
    "withdraw": (frozenset({_S.APPLIED, _S.APPROVED, _S.SUSPENDED}), _S.WITHDRAWN),
}
"""From which statuses an action leads to which (domain.md, Registry)."""


@dataclass(frozen=True)
class Actor:
    """Who acts: `own` when it speaks for this organisation, `coordinator` of its region."""

    own: bool
    coordinator: bool


def refusal(action: str, status: OrganisationStatus, actor: Actor) -> Conflict | Forbidden | None:
    """Why an action is not allowed now; None when it is."""
    if not actor.coordinator and not (action == "withdraw" and actor.own):
        return Forbidden(
            "coordinator-only", f"Only the region's coordinator may {action} an organisation."
        )
    sources, _ = ACTIONS[action]
    if status not in sources:
        return Conflict(
            "status-does-not-allow",
            f"An organisation that is {status} cannot be changed by {action!r}: it must be "
            f"{' or '.join(sorted(sources))}.",
            field="status",
            value=status,
        )
    return None


def allowed_actions(status: OrganisationStatus, actor: Actor) -> list[str]:
    return [action for action in ACTIONS if refusal(action, status, actor) is None]


def status_of_new(roles: frozenset[Role]) -> OrganisationStatus:
    """What a coordinator registers is approved; what anybody else registers asks for approval."""
    return _S.APPROVED if Role.COORDINATOR in roles else _S.APPLIED


def unfit(field: str, number: UUID, status: OrganisationStatus, open: bool) -> Conflict | None:
    """Why an organisation takes on nothing new; None when it may. `field` is the side that it is.

    The reason of a suspension is its own affair and the coordinator's, so it is not said here.
    """
    if status is _S.SUSPENDED:
        return Conflict(
            "organisation-suspended",
            "This organisation is suspended: it takes on nothing new until the coordinator "
            "reinstates it.",
            field=field,
            value=str(number),
        )
    if status is not _S.APPROVED or not open:
        return Conflict(
            "organisation-not-approved",
            "Who takes part must be approved and open; this organisation is "
            f"{status if open else 'closed'}.",
            field=field,
            value=str(number),
        )
    return None


def searchable(names: dict[str, str]) -> str:
    """All names, without accents and in lower case, as search and sorting use them."""
    plain = unicodedata.normalize("NFKD", " ".join(names[key] for key in sorted(names)))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip()


def may_be_partner(kind: OrganisationKind) -> bool:
    """Any kind but a school may be the partner of a school."""
    return kind is not OrganisationKind.SCHOOL
