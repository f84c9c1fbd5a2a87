"""What came out of a round: to the coordinator all of it, to a participant what concerns it."""

from uuid import UUID

from triskel.chassis.commands import Context
from triskel.chassis.http import Page, Paging, Router
from triskel.chassis.http.actions import Asked
from triskel.registry.matching.commands.rounds import ROUNDS
from triskel.registry.matching.queries import results
from triskel.registry.matching.routes.callers import Member
from triskel.registry.matching.rules.rounds import whose_result
from triskel.registry.matching.schemas import Outcome, PairAnswer

router = Router(prefix="/v1/matching/rounds", tags=["matching"])


async def _whose(context: Context, round_id: UUID) -> UUID | None:
    known = await ROUNDS.get(context.session, round_id)
    return whose_result(await ROUNDS.attempt(context, known))


@router.get("/{round_id}/pairs", summary="The pairs that came out")
async def show_pairs(
    caller: Member, context: Asked, round_id: UUID, page: Paging
) -> Page[PairAnswer]:
    own = await _whose(context, round_id)
    found, following = await results.pairs(context.session, round_id, own, page)
    return Page(items=[PairAnswer.of(row, own) for row in found], next=following)


@router.get("/{round_id}/outcomes", summary="What became of each participant, and why")
async def show_outcomes(
    caller: Member, context: Asked, round_id: UUID, page: Paging
) -> Page[Outcome]:
    own = await _whose(context, round_id)
    found, following = await results.outcomes(context.session, round_id, own, page)
    return Page(items=[Outcome.of(row, partners) for row, partners in found], next=following)
