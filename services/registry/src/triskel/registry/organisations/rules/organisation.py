"""An organisation: its statuses and who may change them; names made searchable."""

from dataclasses import dataclass
from uuid import UUID

from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role
from triskel.contracts.folding import folded
from triskel.contracts.refusals import Refusal, StateDoesNotAllow
from triskel.registry.organisations.refusals import CoordinatorOnly
from triskel.registry.organisations.refusals import organisation as refusals

_S = OrganisationStatus
ACTIONS: dict[str, tuple[frozenset[OrganisationStatus], OrganisationStatus]] = {
    "approve": (frozenset({_S.APPLIED}), _S.APPROVED),
    "reject": (frozenset({_S.APPLIED}), _S.REJECTED),
    "claim": (frozenset({_S.IMPORTED}), _S.APPROVED),
    "suspend": (frozenset({_S.APPROVED}), _S.SUSPENDED),
    "reinstate": (frozenset({_S.SUSPENDED}), _S.APPROVED),
    "withdraw": (frozenset({_S.APPLIED, _S.APPROVED, _S.SUSPENDED}), _S.WITHDRAWN),
    "merge": (frozenset(_S), _S.WITHDRAWN),
}
"""From which statuses an action leads to which (domain.md, Registry)."""


@dataclass(frozen=True)
class Actor:
    """Who acts: `own` when it speaks for this organisation, `coordinator` of its region."""

    own: bool
    coordinator: bool
    roles: frozenset[Role] = frozenset()

    @property
    def role(self) -> Role:
        """The one role that history shows."""
        if self.coordinator:
            return Role.COORDINATOR
        known = (Role.COMPANY, Role.HEAD, Role.TEACHER)
        return next((role for role in known if role in self.roles), Role.SYSTEM)


@dataclass(frozen=True)
class Facts:
    """What a decision needs beside the status. `live_partnerships` and `open_activities`: how many
    bind it now; `merged_into`: which one it turned out to be."""

    live_partnerships: int = 0
    open_activities: int = 0
    merged_into: UUID | None = None


NOTHING_KNOWN = Facts()


def refusal(
    action: str, status: OrganisationStatus, actor: Actor, facts: Facts = NOTHING_KNOWN
) -> Refusal | None:
    """Why an action is not allowed now; None when it is."""
    return who_refusal(action, actor) or rule_refusal(action, status, facts)


def who_refusal(action: str, actor: Actor) -> CoordinatorOnly | None:
    """Why this one may not do it, whatever the state of things."""
    if not actor.coordinator and not (action == "withdraw" and actor.own):
        return CoordinatorOnly()
    return None


def rule_refusal(action: str, status: OrganisationStatus, facts: Facts) -> Refusal | None:
    """Why nobody may do it now."""
    sources, _ = ACTIONS[action]
    if status not in sources:
        return StateDoesNotAllow(
            action=action,
            state=status,
            sources=" / ".join(sorted(sources)),
            field="status",
            value=status,
        )
    if action == "merge":
        return _merged(facts.merged_into) or _bound(facts)
    return None


def _merged(merged_into: UUID | None) -> refusals.OrganisationMerged | None:
    if merged_into is None:
        return None
    return refusals.OrganisationMerged(survivor=merged_into, value=str(merged_into))


def _bound(facts: Facts) -> refusals.LivePartnerships | refusals.OpenActivities | None:
    """Agreements and activities name it: they would name somebody who has left."""
    if count := facts.live_partnerships:
        return refusals.LivePartnerships(count=count, value=count)
    if count := facts.open_activities:
        return refusals.OpenActivities(count=count, value=count)
    return None


def check_not_merged(merged_into: UUID | None) -> None:
    """Raises `Conflict`: nothing of a merged organisation changes any more."""
    if refused := _merged(merged_into):
        raise refused


def allowed_actions(
    status: OrganisationStatus, actor: Actor, facts: Facts = NOTHING_KNOWN
) -> list[str]:
    return [action for action in ACTIONS if refusal(action, status, actor, facts) is None]


def status_of_new(actor: Actor) -> OrganisationStatus:
    """What a coordinator registers is approved; what anybody else registers asks for approval."""
    return _S.APPROVED if actor.coordinator else _S.APPLIED


@dataclass(frozen=True)
class Candidate:
    """What counts when two are merged."""

    id: UUID
    region: str
    kind: OrganisationKind
    status: OrganisationStatus
    open: bool
    merged_into: UUID | None


_STANDING = {_S.IMPORTED: 0, _S.APPLIED: 0, _S.APPROVED: 1, _S.SUSPENDED: 2}
"""What a merge must not change behind people's backs: who was let in, and who was suspended."""


def check_merge(duplicate: Candidate, survivor: Candidate) -> None:
    """Raises a `Refusal` unless these two may be one."""
    given = str(survivor.id)
    if duplicate.id == survivor.id:
        raise refusals.MergeWithItself(value=given)
    check_not_merged(survivor.merged_into)
    if duplicate.region != survivor.region:
        raise refusals.MergeOfDifferentRegions(
            one=duplicate.region, other=survivor.region, value=given
        )
    if duplicate.kind != survivor.kind:
        raise refusals.MergeOfDifferentKinds(one=duplicate.kind, other=survivor.kind, value=given)
    if survivor.status not in _STANDING or (duplicate.open and not survivor.open):
        status = survivor.status if survivor.open else "closed"
        raise refusals.SurvivorGone(status=status, value=given)
    if _STANDING.get(duplicate.status, 0) > _STANDING[survivor.status]:
        raise refusals.SurvivorOfOtherStanding(
            status=duplicate.status, survivor=survivor.status, value=given
        )


def unfit(
    field: str, organisation_id: UUID, status: OrganisationStatus, open: bool
) -> refusals.OrganisationSuspended | refusals.OrganisationNotApproved | None:
    """Why an organisation takes on nothing new; None when it may. `field` is the side that it is.

    The reason of a suspension is its own affair and the coordinator's, so it is not said here.
    """
    value = str(organisation_id)
    if status is _S.SUSPENDED:
        return refusals.OrganisationSuspended(field=field, value=value)
    if status is not _S.APPROVED or not open:
        known = status if open else "closed"
        return refusals.OrganisationNotApproved(status=known, field=field, value=value)
    return None


def searchable(names: dict[str, str]) -> str:
    """All names, folded, as search and sorting use them."""
    return folded(" ".join(names[key] for key in sorted(names)))


def may_be_partner(kind: OrganisationKind) -> bool:
    """Any kind but a school may be the partner of a school."""
    return kind is not OrganisationKind.SCHOOL
