"""What happens to programmes because of their partnerships."""

from sqlalchemy import select

from triskel.activities.programmes.actions import CLOSE
from triskel.activities.programmes.commands import PROGRAMMES
from triskel.activities.programmes.rules import OVER
from triskel.activities.programmes.tables import ProgrammeRow
from triskel.activities.projections import PartnershipRow
from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, for_due_rows

HEARS = "activities.registry.partnerships"
_programme, _partnership = ProgrammeRow.__table__.c, PartnershipRow.__table__.c


@for_due_rows(
    lambda now: (
        select(ProgrammeRow)
        .where(
            _programme.data["closed_at"].astext.is_(None),
            select(_partnership.id)
            .where(
                _partnership.id == _programme.partnership_id,
                _partnership.state.in_(sorted(OVER)),
            )
            .exists(),
        )
        .order_by(_programme.id)
    )
)
async def close_programmes(due: DueRows[ProgrammeRow]) -> int:
    """Programmes of partnerships that are over: once, whenever that is heard."""
    if await rebuilding(due.session, HEARS):
        return 0
    return await PROGRAMMES.act_by_clock(due, CLOSE)
