"""What time does to claims: they expire, and closed ones are deleted."""

from sqlalchemy import delete, select

from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.days import days_later
from triskel.registry.claims.actions import EXPIRE
from triskel.registry.claims.commands import CLAIMS, forget_people
from triskel.registry.claims.rules import KEEP_CLOSED_DAYS, ClaimState
from triskel.registry.claims.tables import ClaimRow

_own = ClaimRow.__table__.c


@for_due_rows(
    lambda now: (
        select(ClaimRow)
        .where(_own.state == ClaimState.OPEN, _own.expires_at <= now)
        .order_by(_own.expires_at)
    ),
    at_most=100,
)
async def expire_unanswered(due: DueRows[ClaimRow]) -> int:
    """Claims that nobody answered."""
    people = {row.contact_id for row in due.rows}
    expired = await CLAIMS.act_by_clock(due, EXPIRE)
    await forget_people(due.session, due.outbox, people)
    return expired


@for_due_rows(
    lambda now: (
        select(ClaimRow)
        .where(_own.decided_at <= days_later(now, -KEEP_CLOSED_DAYS, "UTC"))
        .order_by(_own.decided_at)
    ),
    at_most=100,
)
async def delete_closed(due: DueRows[ClaimRow]) -> int:
    """Claims that were decided longer ago than they are kept."""
    await due.session.execute(delete(ClaimRow).where(_own.id.in_([row.id for row in due.rows])))
    return len(due.rows)
