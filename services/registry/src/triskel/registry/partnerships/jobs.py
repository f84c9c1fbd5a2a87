"""What time does to partnerships: proposals expire, signed ones become active, the past end, and
who is at risk is looked for every day, and at once when there is news; notes and documents go."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.chassis.retention import expired_rows
from triskel.contracts.codes import PartnershipRisk, PartnershipState
from triskel.contracts.days import day_in, latest_day
from triskel.registry.calendars.queries import calendar_of
from triskel.registry.calendars.rules import Calendar, school_weeks
from triskel.registry.partnerships.actions import ACTIVATE, EXPIRE, FINISH, JUDGE_RISK, LAPSE
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.queries import PLANNED
from triskel.registry.partnerships.rules.risk import Signs, risks
from triskel.registry.partnerships.rules.state import CARRIED, UNSIGNED, WATCHED
from triskel.registry.partnerships.tables import PartnershipRow, PlannedActivityRow
from triskel.registry.responsiveness.jobs import HEARS

_SIGNS = text(
    """
    select p.id,
        greatest(
            p.signed_head, p.signed_company, p.signed_coordinator,
            (select max(a.delivered_at) from planned_activities a
             where a.partnership_id = p.id and a.outcome is distinct from 'no-show'),
            (select max(s.at) from partnership_steps s
             where s.partnership_id = p.id and s.action = 'resume')
        ) as alive_at,
        exists (
            select from unnest(array[p.school_id, p.company_id]) as side (id) where
                not exists (
                    select from contacts c where c.organisation_id = side.id and c.confirmed)
                or exists (
                    select from departures d where d.organisation_id = side.id
                        and d.at > greatest(p.signed_head, p.signed_company, p.signed_coordinator)
                        and not exists (
                            select from contacts c where c.organisation_id = side.id
                                and c.confirmed and c.confirmed_at >= d.at))
        ) as contact_missing
    from partnerships p where p.id = any (:ids)
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
NOTES = expired_rows(
    "partnership-notes",
    "organisations",
    lambda periods: 12 * periods.closed_years,
    """
    update partnership_steps set note = null where ctid = any (array(
        select s.ctid from partnership_steps as s join partnerships as p on p.id = s.partnership_id
        join kept on kept.region = p.region and p.closed_at < kept.before
        where s.note is not null
        limit :at_most for update of s skip locked))
    """,
)
# what was signed is still known by its digest
AGREEMENTS = expired_rows(
    "agreements",
    "organisations",
    lambda periods: 12 * periods.closed_years,
    """
    delete from agreements where ctid = any (array(
        select a.ctid from agreements as a join partnerships as p on p.id = a.partnership_id
        join kept on kept.region = p.region and p.closed_at < kept.before
        limit :at_most for update of a skip locked))
    """,
    at_most=100,
)
_own = PartnershipRow.__table__.c
_FIRST_PLANNED = (
    # looked up for each signed one: as a join it would read every activity that ever was planned
    select(col(PlannedActivityRow.id))
    .where(
        col(PlannedActivityRow.partnership_id) == _own.id,
        col(PlannedActivityRow.state).in_(PLANNED),
    )
    .limit(1)
    .scalar_subquery()
)


@for_due_rows(
    lambda now: (
        select(PartnershipRow)
        .where(_own.state == PartnershipState.PROPOSED, _own.answer_by < now)
        .order_by(_own.answer_by)
    )
)
async def expire_unanswered(due: DueRows[PartnershipRow]) -> int:
    """Proposals whose deadline passed."""
    return await PARTNERSHIPS.act_by_clock(due, EXPIRE)


@for_due_rows(
    lambda now: (
        select(PartnershipRow)
        .where(_own.state.in_(sorted(UNSIGNED)), _own.sign_by < now)
        .order_by(_own.sign_by)
    )
)
async def lapse_unsigned(due: DueRows[PartnershipRow]) -> int:
    """What was accepted and not signed by all before its deadline."""
    return await PARTNERSHIPS.act_by_clock(due, LAPSE)


@for_due_rows(
    lambda now: (
        select(PartnershipRow)
        .where(
            _own.state == PartnershipState.SIGNED,
            _own.starts_on <= latest_day(now),
            _FIRST_PLANNED.is_not(None),
        )
        .order_by(_own.starts_on)
    )
)
async def begin_ready(due: DueRows[PartnershipRow]) -> int:
    """Signed partnerships whose start date is reached and that have a planned activity."""
    return await PARTNERSHIPS.act_by_clock(due, ACTIVATE)


@for_due_rows(
    lambda now: (
        select(PartnershipRow)
        .where(_own.state.in_(sorted(CARRIED)), _own.ends_on < latest_day(now))
        .order_by(_own.ends_on)
    )
)
async def finish_past(due: DueRows[PartnershipRow]) -> int:
    """Partnerships whose last day has passed."""
    return await PARTNERSHIPS.act_by_clock(due, FINISH)


@for_due_rows(
    lambda now: (
        select(PartnershipRow)
        .where(
            _own.state.in_(sorted(WATCHED)),
            or_(_own.watched_on.is_(None), _own.watched_on < latest_day(now)),
        )
        .order_by(_own.watched_on.nulls_first(), _own.id)
    ),
    at_most=200,
)
async def watch_risks(due: DueRows[PartnershipRow]) -> int:
    """Those not looked at today, by the calendar and the settings of their region."""
    if await rebuilding(due.session, HEARS):
        return 0
    regions = sorted({row.region for row in due.rows})
    calendars = {region: await calendar_of(due.session, region) for region in regions}
    todays = {row.id: day_in(due.now, calendars[row.region].settings.time_zone) for row in due.rows}
    rows = [row for row in due.rows if row.watched_on is None or row.watched_on < todays[row.id]]
    found = await _risks_of(due.session, rows, todays, calendars)
    for row in rows:
        row.watched_on = todays[row.id]
    looked_at = DueRows(due.session, due.outbox, rows, due.now)
    await PARTNERSHIPS.act_by_clock(
        looked_at, JUDGE_RISK, lambda partnership: {"found": found[partnership.id]}
    )
    return len(rows)


async def _risks_of(
    session: AsyncSession,
    rows: Collection[PartnershipRow],
    todays: Mapping[UUID, date],
    calendars: Mapping[str, Calendar],
) -> dict[UUID, tuple[PartnershipRisk, ...]]:
    by_id = {row.id: row for row in rows}
    found = {}
    for partnership_id, alive_at, contact_missing in await session.execute(
        _SIGNS, {"ids": list(by_id)}
    ):
        row = by_id[partnership_id]
        calendar = calendars[row.region]
        since = max(row.starts_on, day_in(alive_at, calendar.settings.time_zone))
        weeks = school_weeks(calendar, since, todays[partnership_id])
        limit = calendar.settings.quiet_school_weeks
        found[partnership_id] = risks(Signs(weeks, contact_missing), limit)
    return found
