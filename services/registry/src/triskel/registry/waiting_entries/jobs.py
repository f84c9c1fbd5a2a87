"""What time does to waiting entries: those of a school year that is over expire."""

from sqlalchemy import select

from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.regions.queries import school_year_began
from triskel.registry.waiting_entries.actions import EXPIRE
from triskel.registry.waiting_entries.commands import WAITING_ENTRIES
from triskel.registry.waiting_entries.tables import WaitingEntryRow

_own = WaitingEntryRow.__table__.c


@for_due_rows(
    lambda now: (
        select(WaitingEntryRow)
        .where(
            _own.state == WaitingState.OPEN,
            _own.school_year < school_year_began(_own.region, now),
        )
        .order_by(_own.school_year)
    )
)
async def expire_past(due: DueRows[WaitingEntryRow]) -> int:
    """Open entries whose school year is over."""
    return await WAITING_ENTRIES.act_by_clock(due, EXPIRE)
