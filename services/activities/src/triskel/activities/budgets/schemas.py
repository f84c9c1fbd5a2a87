"""What `/v1/budgets` takes and answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from triskel.activities.budgets.queries import BudgetFilter, SumBy
from triskel.chassis.http.values import SchoolYear
from triskel.contracts.money_codes import BudgetState, Currency


class BudgetSumAnswer(BaseModel):
    """One sum, of one currency."""

    model_config = ConfigDict(from_attributes=True)

    key: str | None = Field(
        description="the id of the activity, partnership or funder; of a programme its path behind "
        "`/v1/programmes/`; a state; null: of lines that have none"
    )
    currency: Currency
    amount: int = Field(description="in cents of the currency")
    in_kind: int = Field(description="of it, what is given in kind")
    lines: int


async def _wanted(
    by: Annotated[SumBy, Query(description="what the lines are summed by")],
    activity_id: UUID | None = None,
    partnership_id: UUID | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    funder_id: UUID | None = None,
    state: BudgetState | None = None,
    currency: Currency | None = None,
) -> BudgetFilter:
    return BudgetFilter(
        by=by,
        activity_id=activity_id,
        partnership_id=partnership_id,
        school_year=school_year,
        funder_id=funder_id,
        state=state,
        currency=currency,
    )


Wanted = Annotated[BudgetFilter, Depends(_wanted)]
"""What is summed, and by what, as a query gives it."""
