"""`/v1/budgets`: what cost lines sum up to."""

from triskel.activities.activities.routes.target import Reader
from triskel.activities.budgets.queries import sums_of
from triskel.activities.budgets.schemas import BudgetSumAnswer, Wanted
from triskel.chassis.http import Page, Paging, Router
from triskel.chassis.http.actions import Asked

router = Router(prefix="/v1/budgets", tags=["budgets"])


@router.get("", summary="Cost lines summed by activity, partnership, programme, funder or state")
async def find(
    caller: Reader, context: Asked, wanted: Wanted, page: Paging
) -> Page[BudgetSumAnswer]:
    """A region's for its coordinator and authorities; an organisation's own: of what it takes part
    in, and what it pays for. Currencies are never added up. Of what will not take place counts
    what was paid."""
    sums, following = await sums_of(context.session, caller, wanted, page)
    return Page(items=[BudgetSumAnswer.model_validate(each) for each in sums], next=following)
