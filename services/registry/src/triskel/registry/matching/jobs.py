"""What time does to matching rounds: their rankings close."""

from sqlalchemy import select

from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.codes import Role, RoundState
from triskel.registry.matching.commands.rounds import close
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
    events = [await close(due.session, row, Role.SYSTEM) for row in due.rows]
    await due.outbox.record(due.session, *events)
    return len(due.rows)
