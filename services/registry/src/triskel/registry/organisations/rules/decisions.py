"""What is decided on an organisation's status, and what its register says of it."""

from collections.abc import Mapping
from typing import Any

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationStatus
from triskel.contracts.refusals import ReasonMissing
from triskel.registry.organisations.rules.organisation import (
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


def _decided(
    attempt: OrganisationAttempt,
    status: OrganisationStatus,
    event: type[contract.OrganisationEvent],
    reason: str | None,
    details: Mapping[str, Any] | None = None,
) -> OrganisationChange:
    after = following(attempt.subject, attempt.now, status=status, status_reason=reason)
    return Change(after, event, details or {}, note=reason)
