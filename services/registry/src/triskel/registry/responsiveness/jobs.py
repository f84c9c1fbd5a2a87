"""How hosts answer: counted again when there is news of one, said when its figures changed."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import rebuilding
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.writes import Statement, write_last
from triskel.contracts import registry as said
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.responsiveness import rules as rules
from triskel.registry.responsiveness.tables import HostResponsivenessRow

HEARS = "registry.activities.activities"
AT_ONCE = 200
MEASURED_EVERY = timedelta(days=7)
"""Without news, too: what was asked a year ago counts no more."""

_HOSTS = bindparam("hosts", type_=ARRAY(Uuid))
# in the order of ids, so that two who mark several hosts do not wait for each other
_MEASURE_AGAIN = """
    insert into host_responsiveness
        (id, version, answered, unanswered, unanswered_in_a_row, measure_at)
    select id, 0, 0, 0, 0, $1::timestamptz from organisations where id = any ($2::uuid[])
    order by id
    on conflict (id) do update
    set measure_at = least(host_responsiveness.measure_at, excluded.measure_at)
"""
_ANSWERS = text(
    """
    with asked as (
        select company_id as host, proposed_at, answer_by, state = 'expired' as unanswered,
            coalesce(accepted_at, case when state = 'declined' then closed_at end) as answered_at
        from partnerships
        where company_id = any (:hosts) and proposed_by in ('head', 'teacher')
            and proposed_at > :since
        union all
        select host_id, proposed_at, answer_by, state = 'expired', answered_at
        from planned_activities
        where host_id = any (:hosts) and proposed_by = 'school' and proposed_at > :since
    ), answered as (
        select *, max(answered_at) over (partition by host) as last_answer from asked
    )
    select host, count(answered_at), count(*) filter (where unanswered),
        percentile_cont(0.5) within group (
            order by extract(epoch from answered_at - proposed_at) / 3600),
        count(*) filter (
            where unanswered and (last_answer is null or answer_by > last_answer))
    from answered group by host
    """
).bindparams(_HOSTS)


def measure_again(session: AsyncSession, hosts: Collection[UUID], now: datetime) -> None:
    """There is news of these hosts: they were asked, or answered, or a deadline passed. Those that
    are not at home here are measured at their home. It is written at the transaction's end."""
    marked: set[UUID] = session.info.setdefault(_MEASURE_AGAIN, set())
    if hosts and not marked:
        write_last(session, lambda: Statement(_MEASURE_AGAIN, (now, list(marked))))
    marked.update(hosts)


async def answers_of(
    session: AsyncSession, hosts: Collection[UUID], now: datetime
) -> dict[UUID, rules.Answers]:
    """What these hosts did with what schools asked of them, counted now, in one query."""
    counted = await session.execute(_ANSWERS, {"hosts": list(hosts), "since": now - rules.COUNTED})
    found = {
        host: rules.Answers(
            answered=answered,
            unanswered=unanswered,
            median_hours=None if median is None else round(float(median), 1),
            in_a_row=in_a_row,
        )
        for host, answered, unanswered, median, in_a_row in counted
    }
    return {host: found.get(host, rules.Answers()) for host in hosts}


def measure_hosts(policy: rules.Policy) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker: hosts of whom there is news, or who were last measured a week ago; a bounded
    portion, and only rows that nobody else works on."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        now = clock.now()
        async with database.transaction() as session:
            due = (
                await session.execute(
                    select(HostResponsivenessRow, OrganisationRow)
                    .join(OrganisationRow, OrganisationRow.id == HostResponsivenessRow.id)  # type: ignore[arg-type]
                    .where(HostResponsivenessRow.measure_at <= now)  # type: ignore[arg-type]
                    .order_by(HostResponsivenessRow.measure_at)  # type: ignore[arg-type]
                    .limit(AT_ONCE)
                    .with_for_update(skip_locked=True, key_share=True)
                )
            ).all()
            counted = await answers_of(session, [row.id for row, _ in due], now)
            if await rebuilding(session, HEARS):
                return 0
            events = []
            for row, organisation in due:
                if _measured(row, organisation, counted[row.id], policy, now):
                    state = said.HostResponsiveness(**public(row, organisation.region, now))
                    events.append(said.HostResponsivenessMeasured(responsiveness=state))
            await outbox.record(session, *events)
            return len(due)

    return run


def _measured(
    row: HostResponsivenessRow,
    organisation: OrganisationRow,
    answers: rules.Answers,
    policy: rules.Policy,
    now: datetime,
) -> bool:
    """Whether anything changed."""
    row.measure_at = now + MEASURED_EVERY
    hidden = rules.hidden_since(answers, policy, row.hidden_since, now)
    organisation.answer_rank = rules.rank(answers, hidden is not None)
    if (answers_in(row), row.hidden_since) == (answers, hidden):
        return False
    row.version += 1
    row.measured_at = now
    row.answered, row.unanswered = answers.answered, answers.unanswered
    row.median_hours, row.unanswered_in_a_row = answers.median_hours, answers.in_a_row
    row.hidden_since = hidden
    return True


def answers_in(row: HostResponsivenessRow) -> rules.Answers:
    """The row as the domain sees it."""
    return rules.Answers(
        answered=row.answered,
        unanswered=row.unanswered,
        median_hours=row.median_hours,
        in_a_row=row.unanswered_in_a_row,
    )


def public(row: HostResponsivenessRow, region: str, now: datetime) -> dict[str, Any]:
    """The public state's fields; `now` stands in where nothing was measured yet."""
    rate = answers_in(row).rate
    return {
        "id": row.id,
        "region": region,
        "version": row.version,
        "measured_at": row.measured_at or now,
        "answered": row.answered,
        "unanswered": row.unanswered,
        "answer_rate": None if rate is None else round(rate, 4),
        "median_hours": row.median_hours,
        "unanswered_in_a_row": row.unanswered_in_a_row,
        "hidden_since": row.hidden_since,
    }


async def measured(
    session: AsyncSession, hosts: Collection[UUID]
) -> dict[UUID, HostResponsivenessRow]:
    """What was last measured of these hosts; those that nobody asked are missing."""
    rows = await session.scalars(
        select(HostResponsivenessRow).where(HostResponsivenessRow.id.in_(hosts))  # type: ignore[attr-defined]
    )
    return {row.id: row for row in rows}


def unmeasured(host: UUID, now: datetime) -> HostResponsivenessRow:
    """What stands for a host that nobody asked."""
    return HostResponsivenessRow(
        id=host,
        version=0,
        answered=0,
        unanswered=0,
        median_hours=None,
        unanswered_in_a_row=0,
        measure_at=now,
    )
