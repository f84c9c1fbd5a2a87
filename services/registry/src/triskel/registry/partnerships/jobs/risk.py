"""Which partnerships are at risk: looked for every day, and at once when there is news."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import rebuilding
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.contracts.days import day_in, latest_day, zone_of
from triskel.registry.calendars.commands import calendar_of
from triskel.registry.calendars.rules import school_weeks
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.commands.rows import decided, remember, save, state_of
from triskel.registry.partnerships.tables import PartnershipRow
from triskel.registry.responsiveness.jobs import HEARS

AT_ONCE = 200

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
# in the order of ids, so that two who mark several do not wait for each other
_WATCH_AGAIN = """
    update partnerships set watched_on = null where id in (
        select id from partnerships
        where {which} and state in ('signed', 'active') and watched_on is not null
        order by id for update)
    """
_WATCH_PARTNERSHIPS = text(_WATCH_AGAIN.format(which="id = any (:ids)")).bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_WATCH_ORGANISATION = text(
    _WATCH_AGAIN.format(which="(school_id = :organisation or company_id = :organisation)")
)


async def watch_again(session: AsyncSession, partnerships: Collection[UUID]) -> None:
    """There is news of these partnerships: their risks are looked for before their next day."""
    if partnerships:
        await session.execute(_WATCH_PARTNERSHIPS, {"ids": list(partnerships)})


async def contact_left(session: AsyncSession, organisation: UUID, at: datetime) -> None:
    """Somebody who spoke for an organisation is gone: missed until somebody else confirms."""
    given = {"organisation": organisation, "at": at}
    await session.execute(_WATCH_ORGANISATION, given)
    await session.execute(
        text(
            "insert into departures (organisation_id, at) values (:organisation, :at) "
            "on conflict (organisation_id) do update set at = excluded.at"
        ),
        given,
    )


def watch_risks(quiet_limit: int) -> Callable[[Database, Outbox, Clock], Awaitable[int]]:
    """The worker: those not looked at today; a bounded portion, and only rows nobody else works
    on. `quiet_limit`: weeks of school time without a delivered activity."""

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        now = clock.now()
        latest = latest_day(now)
        own = PartnershipRow.__table__.c
        async with database.transaction() as session:
            rows = (
                await session.scalars(
                    select(PartnershipRow)
                    .where(
                        own.state.in_(sorted(rules.WATCHED)),
                        or_(own.watched_on.is_(None), own.watched_on < latest),
                    )
                    .order_by(own.watched_on.nulls_first(), own.id)
                    .limit(AT_ONCE)
                    .with_for_update(skip_locked=True)
                )
            ).all()
            todays = {row.id: day_in(now, zone_of(row.region)) for row in rows}
            rows = [r for r in rows if r.watched_on is None or r.watched_on < todays[r.id]]
            signs = await _signs_of(session, rows, todays)
            if await rebuilding(session, HEARS):
                return 0
            events: list[Any] = []
            for row in rows:
                row.watched_on = todays[row.id]
                found = rules.risks(signs[row.id], quiet_limit)
                judged = rules.judge(decided(row), found, now)
                if judged is None:
                    continue
                save(row, judged)
                action = "put-at-risk" if found else "back-on-track"
                remember(session, judged, action, Role.SYSTEM, now)
                kind = said.PartnershipPutAtRisk if found else said.PartnershipBackOnTrack
                events.append(kind(partnership=state_of(judged), by=Role.SYSTEM))
            await outbox.record(session, *events)
            return len(rows)

    return run


async def _signs_of(
    session: AsyncSession, rows: Collection[PartnershipRow], todays: Mapping[UUID, date]
) -> dict[UUID, rules.Signs]:
    regions = {row.region for row in rows}
    calendars = {region: await calendar_of(session, region) for region in sorted(regions)}
    by_id = {row.id: row for row in rows}
    found = {}
    for number, alive_at, contact_missing in await session.execute(_SIGNS, {"ids": list(by_id)}):
        row = by_id[number]
        since = max(row.starts_on, day_in(alive_at, zone_of(row.region)))
        weeks = school_weeks(calendars[row.region], since, todays[number])
        found[number] = rules.Signs(weeks, contact_missing)
    return found
