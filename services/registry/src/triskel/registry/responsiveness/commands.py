"""What is done with hosts' figures: they are counted again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.commands import Happened
from triskel.chassis.writes import Statement, write_last
from triskel.registry.regions.commands import REGIONS
from triskel.registry.regions.rules import Region

# in the order of ids, so that two who mark several hosts do not wait for each other
_MEASURE_AGAIN = """
    insert into host_responsiveness
        (id, version, answered, unanswered, unanswered_in_a_row, measure_at)
    select id, 0, 0, 0, 0, $1::timestamptz from organisations where id = any ($2::uuid[])
    order by id
    on conflict (id) do update
    set measure_at = least(host_responsiveness.measure_at, excluded.measure_at)
"""


_MEASURE_A_REGION = text(
    """
    update host_responsiveness as h set measure_at = least(measure_at, :now)
    from organisations as o where o.id = h.id and o.region = :region
    """
)


def measure_again(session: AsyncSession, hosts: Collection[UUID], now: datetime) -> None:
    """There is news of these hosts: they were asked, or answered, or a deadline passed. Those that
    are not at home here are measured at their home. It is written at the transaction's end."""
    marked: set[UUID] = session.info.setdefault(_MEASURE_AGAIN, set())
    if hosts and not marked:
        write_last(session, lambda: Statement(_MEASURE_AGAIN, (now, list(marked))))
    marked.update(hosts)


@REGIONS.reaction
async def _measure_by_new_rules(happened: Sequence[Happened[Region]]) -> None:
    """What counts against a host is its region's: with other rules all of its hosts are measured
    again."""
    for each in happened:
        if each.before is not None and each.before.settings.answers != each.after.settings.answers:
            await each.session.execute(
                _MEASURE_A_REGION, {"now": each.now, "region": each.after.region}
            )
