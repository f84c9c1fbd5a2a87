"""Set the targets of a partnership's year."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from triskel.activities.programmes.queries import to_domain
from triskel.activities.programmes.rules import Target, not_a_side, over, set_targets
from triskel.activities.programmes.tables import PROGRAMME, ProgrammeRow
from triskel.activities.projections import PartnershipRow
from triskel.chassis.actions import Actor
from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import activities as contract


async def put(
    context: Context,
    partnership: PartnershipRow,
    actor: Actor,
    targets: Sequence[Target],
    seen: Seen | None,
) -> None:
    """The first ones make the programme: they need no version. Raises 403, then 412, or 428 when
    there is a programme that the caller has not seen, then what a rule refuses."""
    if refused := not_a_side(actor):
        raise refused
    session = context.session
    await session.execute(
        insert(ProgrammeRow)
        .values(
            partnership_id=partnership.id,
            school_year=partnership.school_year,
            id=uuid7(),
            version=0,
            data={},
        )
        .on_conflict_do_nothing()
    )
    # of two who set the first at once, the second waited above
    key = (partnership.id, partnership.school_year)
    row = await session.get(ProgrammeRow, key, with_for_update=True, populate_existing=True)
    assert row is not None
    if row.version or seen is not None:
        check_version(seen, row.version)
    if ended := over(partnership.state):
        raise ended
    programme = set_targets(to_domain(partnership, row), targets)
    for name, value in PROGRAMME.to_columns(programme).items():
        setattr(row, name, value)
    await session.flush()
    public = PROGRAMME.to_public(programme)
    await context.outbox.record(session, contract.ProgrammeSet(programme=public, by=actor.role))
