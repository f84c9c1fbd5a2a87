"""What is done with hosts' figures: they are counted again."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.writes import Statement, write_last

# in the order of ids, so that two who mark several hosts do not wait for each other
_MEASURE_AGAIN = """
    insert into host_responsiveness
        (id, version, answered, unanswered, unanswered_in_a_row, measure_at)
    select id, 0, 0, 0, 0, $1::timestamptz from organisations where id = any ($2::uuid[])
    order by id
    on conflict (id) do update
    set measure_at = least(host_responsiveness.measure_at, excluded.measure_at)
"""


def measure_again(session: AsyncSession, hosts: Collection[UUID], now: datetime) -> None:
    """There is news of these hosts: they were asked, or answered, or a deadline passed. Those that
    are not at home here are measured at their home. It is written at the transaction's end."""
    marked: set[UUID] = session.info.setdefault(_MEASURE_AGAIN, set())
    if hosts and not marked:
        write_last(session, lambda: Statement(_MEASURE_AGAIN, (now, list(marked))))
    marked.update(hosts)
