"""Cost lines: of an activity, or of a programme for what a year costs beside its activities."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from triskel.activities.activities.refusals import (
    FunderMissing,
    FunderUnknown,
    SchoolFundsItsOwn,
)
from triskel.activities.activities.rules.activity import BudgetLine
from triskel.contracts.codes import OrganisationKind
from triskel.contracts.money_codes import BudgetState

Kinds = Mapping[UUID, str]
"""The kind of each funder that is known, by its id."""


def check_lines(
    lines: Sequence[BudgetLine], kinds: Kinds, parties: Collection[UUID | None]
) -> None:
    """Each funder is an organisation that is known, and a school one of `parties`: those who take
    part. Raises `Invalid` and `Conflict`."""
    for line in lines:
        if line.funder_id is None:
            if line.state is not BudgetState.PLANNED:
                raise FunderMissing(state=line.state, value=line.label)
            continue
        check_funder(line.funder_id, kinds, parties)


def check_funder(funder_id: UUID, kinds: Kinds, parties: Collection[UUID | None]) -> None:
    """Raises as `check_lines`."""
    if funder_id not in kinds:
        raise FunderUnknown(value=str(funder_id))
    if kinds[funder_id] == OrganisationKind.SCHOOL and funder_id not in parties:
        raise SchoolFundsItsOwn(value=str(funder_id))
