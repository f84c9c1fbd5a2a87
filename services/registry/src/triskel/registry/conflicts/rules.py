"""A conflict between what people have set and what a register says, and who decides it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.registry.conflicts.refusals import ConflictUnknown, NoConflict
from triskel.registry.organisations.refusals.facts import FactOfRegister
from triskel.registry.organisations.rules.facts import refusal_of_register
from triskel.registry.organisations.rules.organisation import (
    OrganisationAttempt,
    OrganisationChange,
    coordinates,
    following,
)


def has_conflicts(attempt: OrganisationAttempt) -> NoConflict | None:
    return None if attempt.facts.conflicts else NoConflict()


def in_conflict(
    attempt: OrganisationAttempt, field: str, value: Any = None
) -> ConflictUnknown | None:
    return None if field in attempt.facts.conflicts else ConflictUnknown(value=field)


def may_keep(attempt: OrganisationAttempt, field: str) -> ConflictUnknown | FactOfRegister | None:
    """Figures are divided by what registers say, so the coordinator alone sets that aside."""
    if refused := in_conflict(attempt, field):
        return refused
    return None if coordinates(attempt.actor) else refusal_of_register([field])


def take(attempt: OrganisationAttempt, field: str, value: Any = None) -> OrganisationChange:
    """The register's value, which imports follow from now on."""
    before = attempt.subject
    own = tuple(name for name in before.own_fields if name != field)
    after = replace(before, **{field: value}, own_fields=own)
    details = {"changed": (field,)}
    return Change(following(after, attempt.now), contract.OrganisationUpdated, details)


def keep(attempt: OrganisationAttempt, field: str) -> Sequence[OrganisationChange]:
    """The organisation stays as it is."""
    return ()
