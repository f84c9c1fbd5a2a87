"""What is decided on an organisation's status, and what its register says of it."""

from collections.abc import Mapping
from typing import Any

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Cause, OrganisationStatus
from triskel.contracts.refusals import ReasonMissing
from triskel.registry.organisations.rules.organisation import (
    Organisation,
    OrganisationAttempt,
    OrganisationChange,
    following,
)

_S = OrganisationStatus


def approve(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    return _decided(attempt, _S.APPROVED, contract.OrganisationApproved, reason)


def reject(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    """Raises `ReasonMissing`."""
    if not reason:
        raise ReasonMissing(action="reject")
    event = contract.OrganisationRejected
    return _decided(attempt, _S.REJECTED, event, reason, {"reason": reason})


def claim(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    return _decided(attempt, _S.APPROVED, contract.OrganisationClaimed, reason)


def suspend(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    """Raises `ReasonMissing`."""
    if not reason:
        raise ReasonMissing(action="suspend")
    event = contract.OrganisationSuspended
    return _decided(attempt, _S.SUSPENDED, event, reason, {"reason": reason})


def reinstate(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    return _decided(attempt, _S.APPROVED, contract.OrganisationReinstated, reason)


def withdraw(attempt: OrganisationAttempt, reason: str | None = None) -> OrganisationChange:
    return _decided(attempt, _S.WITHDRAWN, contract.OrganisationWithdrawn, reason)


def close(attempt: OrganisationAttempt) -> OrganisationChange:
    """Its register does not name it any more."""
    closed = following(attempt.subject, attempt.now, open=False)
    return Change(closed, contract.OrganisationClosed)


def cause_of(before: Organisation | None, after: Organisation) -> Cause | None:
    """What has just happened to an organisation that ends or pauses what hangs on it; None where
    nothing of that kind has."""
    if before is None:
        return None
    if after.merged_into != before.merged_into and before.status is not _S.WITHDRAWN:
        return Cause.ORGANISATION_MERGED
    if after.status is not before.status:
        return _CAUSES.get(after.status)
    return Cause.ORGANISATION_CLOSED if before.open and not after.open else None


_CAUSES = {
    _S.WITHDRAWN: Cause.ORGANISATION_WITHDRAWN,
    _S.SUSPENDED: Cause.ORGANISATION_SUSPENDED,
}


def _decided(
    attempt: OrganisationAttempt,
    status: OrganisationStatus,
    event: type[contract.OrganisationEvent],
    reason: str | None,
    details: Mapping[str, Any] | None = None,
) -> OrganisationChange:
    after = following(attempt.subject, attempt.now, status=status, status_reason=reason)
    return Change(after, event, details or {}, note=reason)
