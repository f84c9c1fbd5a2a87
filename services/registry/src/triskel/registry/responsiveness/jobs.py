"""How hosts answer: counted again when there is news of one, said when its figures changed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, Job, for_due_rows
from triskel.chassis.writes import Statement, write_last
from triskel.contracts import registry as said
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.responsiveness import rules as rules
from triskel.registry.responsiveness.tables import HostResponsivenessRow

HEARS = "registry.activities.activities"
_own = HostResponsivenessRow.__table__.c
_organisation = OrganisationRow.__table__.c
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


def measure_hosts(policy: rules.Policy) -> Job:
    """The job that counts anew how hosts answer, by a policy of who is hidden."""

    @for_due_rows(
        lambda now: (
            select(HostResponsivenessRow, OrganisationRow)
            .join(OrganisationRow, _organisation.id == _own.id)
            .where(_own.measure_at <= now)
            .order_by(_own.measure_at)
        ),
        at_most=200,
        key_share=True,
    )
    async def measure(due: DueRows[tuple[HostResponsivenessRow, OrganisationRow]]) -> int:
        """Hosts of whom there is news, and those who were last measured a week ago."""
        counted = await answers_of(due.session, [row.id for row, _ in due.rows], due.now)
        if await rebuilding(due.session, HEARS):
            return 0
        events = []
        for row, organisation in due.rows:
            if _measured(row, organisation, counted[row.id], policy, due.now):
                state = said.HostResponsiveness(**public(row, organisation.region, due.now))
                events.append(said.HostResponsivenessMeasured(responsiveness=state))
        await due.outbox.record(due.session, *events)
        return len(due.rows)

    return measure


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
        select(HostResponsivenessRow).where(col(HostResponsivenessRow.id).in_(hosts))
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
