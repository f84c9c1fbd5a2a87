"""What time does to matching rounds: their rankings close."""

from sqlalchemy import select

from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.codes import RoundState
from triskel.registry.matching.actions import CLOSE_RANKING
from triskel.registry.matching.commands.rounds import ROUNDS
from triskel.registry.matching.tables import MatchingRoundRow

_own = MatchingRoundRow.__table__.c


@for_due_rows(
    lambda now: (
        select(MatchingRoundRow)
        .where(_own.state == RoundState.OPENED, _own.rank_until < now)
        .order_by(_own.rank_until)
    ),
    at_most=50,
)
async def close_rankings(due: DueRows[MatchingRoundRow]) -> int:
    """Open rounds whose deadline for rankings passed."""
    return await ROUNDS.act_by_clock(due, CLOSE_RANKING)
