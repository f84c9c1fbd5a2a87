"""What time does to matching rounds: their rankings close, and are forgotten."""

from sqlalchemy import select

from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.chassis.retention import expired_rows
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.actions import CLOSE_RANKING
from triskel.registry.matching.commands.rounds import ROUNDS
from triskel.registry.matching.tables import MatchingRoundRow

RANKINGS = expired_rows(
    "rankings",
    "organisations",
    lambda periods: 12 * periods.closed_years,
    """
    update matching_participants set ranking = null, refusals = null where ctid = any (array(
        select p.ctid from matching_participants as p join matching_rounds as r on r.id = p.round_id
        join kept on kept.region = r.region and r.closed_at < kept.before
        where p.ranking is not null or p.refusals is not null
        limit :at_most for update of p skip locked))
    """,
)
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
