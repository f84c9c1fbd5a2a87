"""Two organisations turn out to be one: which may, and what becomes of both."""

from dataclasses import replace
from uuid import UUID

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationStatus
from triskel.contracts.refusals import Refusal
from triskel.registry.organisations.refusals.organisation import (
    LivePartnerships,
    MergeOfDifferentKinds,
    MergeOfDifferentRegions,
    MergeWithItself,
    OpenActivities,
    OrganisationUnknown,
    SurvivorGone,
    SurvivorOfOtherStanding,
)
from triskel.registry.organisations.rules.organisation import (
    Organisation,
    OrganisationAttempt,
    OrganisationChange,
    following,
    refusal_if_merged,
)

_S = OrganisationStatus
_STANDING = {_S.IMPORTED: 0, _S.APPLIED: 0, _S.APPROVED: 1, _S.SUSPENDED: 2}
"""What a merge must not change behind people's backs: who was let in, and who was suspended."""


def not_bound(
    attempt: OrganisationAttempt,
) -> LivePartnerships | OpenActivities | None:
    """Agreements and activities name it: they would name somebody who has left."""
    facts = attempt.facts
    if count := facts.live_partnerships:
        return LivePartnerships(count=count, value=count)
    if count := facts.open_activities:
        return OpenActivities(count=count, value=count)
    return None


def survivor_known(
    attempt: OrganisationAttempt,
    into: UUID,
    survivor: Organisation | None,
    reason: str | None = None,
) -> OrganisationUnknown | None:
    return None if survivor else OrganisationUnknown(value=str(into))


def merge(
    attempt: OrganisationAttempt,
    into: UUID,
    survivor: Organisation | None,
    reason: str | None = None,
) -> OrganisationChange:
    """The duplicate leaves. Raises why these two may not be one."""
    assert survivor is not None
    if refused := merge_refusal(attempt.subject, survivor):
        raise refused
    gone = following(
        attempt.subject,
        attempt.now,
        status=_S.WITHDRAWN,
        status_reason=reason,
        open=False,
        identifiers=frozenset(),
        sites=(),
        mailbox=None,
        merged_into=into,
    )
    return Change(gone, contract.OrganisationMerged, note=reason)


def absorb(
    attempt: OrganisationAttempt, duplicate: Organisation, reason: str | None
) -> OrganisationChange:
    """What was the duplicate's own is the survivor's. Beside one of its scheme that the survivor
    has, an identifier is kept and no import follows it."""
    survivor = attempt.subject
    leading = {each.scheme for each in survivor.identifiers if each.main}
    brought = {
        replace(each, main=each.main and each.scheme not in leading)
        for each in duplicate.identifiers
    }
    richer = following(
        survivor,
        attempt.now,
        identifiers=survivor.identifiers | brought,
        sites=(*survivor.sites, *duplicate.sites),
        mailbox=survivor.mailbox or duplicate.mailbox,
    )
    details = {"absorbed_id": duplicate.id}
    return Change(richer, contract.OrganisationAbsorbed, details, note=reason)


def follow(attempt: OrganisationAttempt, into: UUID) -> OrganisationChange:
    """It was merged before into the one that is merged now: there is no chain of merges."""
    told = following(attempt.subject, attempt.now, merged_into=into)
    details = {"changed": ("merged_into",)}
    return Change(told, contract.OrganisationUpdated, details, action="update")


def merge_refusal(duplicate: Organisation, survivor: Organisation) -> Refusal | None:
    """Why these two may not be one; None when they may."""
    given = str(survivor.id)
    if duplicate.id == survivor.id:
        return MergeWithItself(value=given)
    if refused := refusal_if_merged(survivor):
        return refused
    if duplicate.region != survivor.region:
        return MergeOfDifferentRegions(one=duplicate.region, other=survivor.region, value=given)
    if duplicate.kind != survivor.kind:
        return MergeOfDifferentKinds(one=duplicate.kind, other=survivor.kind, value=given)
    if survivor.status not in _STANDING or (duplicate.open and not survivor.open):
        status = survivor.status if survivor.open else "closed"
        return SurvivorGone(status=status, value=given)
    if _STANDING.get(duplicate.status, 0) > _STANDING[survivor.status]:
        return SurvivorOfOtherStanding(
            status=duplicate.status, survivor=survivor.status, value=given
        )
    return None
