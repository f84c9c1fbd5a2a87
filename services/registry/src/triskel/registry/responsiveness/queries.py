"""What is read of how hosts answer: counted now, and what was last said."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.contracts.days import days_later
from triskel.registry.calendars.rules import Calendar
from triskel.registry.responsiveness import rules
from triskel.registry.responsiveness.tables import HostResponsivenessRow

_HOSTS = bindparam("hosts", type_=ARRAY(Uuid))
_ASKED = text(
    """
    select company_id as host, id, school_id, proposed_at, answer_by,
        state = 'expired' and accepted_at is null as unanswered,
        coalesce(accepted_at, case when state = 'declined' then closed_at end) as answered_at
    from partnerships
    where company_id = any (:hosts) and proposed_by in ('head', 'teacher')
        and proposed_at > :since
    union all
    select host_id, id, school_id, proposed_at, answer_by, state = 'expired', answered_at
    from planned_activities
    where host_id = any (:hosts) and proposed_by = 'school' and proposed_at > :since
    """
).bindparams(_HOSTS)


async def answers_of(
    session: AsyncSession, calendars: Mapping[UUID, Calendar], now: datetime
) -> dict[UUID, rules.Answers]:
    """What these hosts did with what schools asked of them, counted now, in one query; with the
    calendar of each host's region."""
    longest = max(each.settings.answers.counted_days for each in calendars.values())
    since = days_later(now, -longest, UTC)
    requests: dict[UUID, list[rules.Request]] = {host: [] for host in calendars}
    for host, *asked in await session.execute(_ASKED, {"hosts": list(calendars), "since": since}):
        requests[host].append(rules.Request(*asked))
    return {
        host: rules.count(requests[host], calendar, now) for host, calendar in calendars.items()
    }


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
