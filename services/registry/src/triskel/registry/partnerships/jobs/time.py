"""What time does to partnerships: proposals expire, signed ones become active, and the past end."""

from typing import Any

from sqlalchemy import select

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import PartnershipState, Role
from triskel.contracts.days import day_in, latest_day, zone_of
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.commands.rows import (
    PLANNED,
    decided,
    facts_of,
    remember,
    save,
    state_of,
)
from triskel.registry.partnerships.tables import PartnershipRow, PlannedActivityRow
from triskel.registry.responsiveness.jobs import measure_again

AT_ONCE = 500


async def begin_ready(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Signed partnerships whose start date is reached and that have a planned activity; a bounded
    portion, and only rows nobody else works on."""
    now = clock.now()
    own = PartnershipRow.__table__.c
    # looked up for each signed one: as a join it would read every activity that ever was planned
    planned = (
        select(PlannedActivityRow.id)  # type: ignore[call-overload]
        .where(
            PlannedActivityRow.partnership_id == own.id,
            PlannedActivityRow.state.in_(PLANNED),  # type: ignore[attr-defined]
        )
        .limit(1)
        .scalar_subquery()
    )
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(PartnershipRow)
                .where(
                    own.state == PartnershipState.SIGNED,
                    own.starts_on <= latest_day(now),
                    planned.is_not(None),
                )
                .order_by(own.starts_on)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        facts = await facts_of(session, rows)
        events: list[Any] = []
        for row in rows:
            known = decided(row)
            if rules.not_begun(known, facts[row.id], now) is None:
                active = rules.begin(known, now)
                save(row, active)
                remember(session, active, "activate", Role.SYSTEM, now)
                event = said.PartnershipActivated(partnership=state_of(active), by=Role.SYSTEM)
                events.append(event)
        await outbox.record(session, *events)
        return len(events)


async def finish_past(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Partnerships whose last day has passed; a bounded portion, as with the unanswered ones."""
    now = clock.now()
    running = sorted(rules.CARRIED)
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(PartnershipRow)
                .where(
                    PartnershipRow.state.in_(running),  # type: ignore[attr-defined]
                    PartnershipRow.ends_on < latest_day(now),  # type: ignore[arg-type]
                )
                .order_by(PartnershipRow.ends_on)  # type: ignore[arg-type]
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        # each where it is: the last day is over sooner in the east
        rows = [row for row in rows if row.ends_on < day_in(now, zone_of(row.region))]
        agreed = await session.scalars(
            select(PartnershipRow.renewal_of).where(  # type: ignore[call-overload]
                PartnershipRow.renewal_of.in_([row.id for row in rows]),  # type: ignore[union-attr]
                PartnershipRow.state.in_(running),  # type: ignore[attr-defined]
            )
        )
        followed = set(agreed)
        events: list[Any] = []
        for row in rows:
            finished = rules.finish(decided(row), row.id in followed, now)
            save(row, finished)
            remember(session, finished, "finish", Role.SYSTEM, now)
            kind = said.PartnershipRenewed if row.id in followed else said.PartnershipEnded
            events.append(kind(partnership=state_of(finished), by=Role.SYSTEM))
        await outbox.record(session, *events)
        return len(rows)


async def expire_unanswered(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Proposals whose deadline passed; a bounded portion, and only rows nobody else works on."""
    now = clock.now()
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(PartnershipRow)
                .where(
                    PartnershipRow.state == PartnershipState.PROPOSED,  # type: ignore[arg-type]
                    PartnershipRow.answer_by < now,  # type: ignore[arg-type]
                )
                .order_by(PartnershipRow.answer_by)  # type: ignore[arg-type]
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        events: list[Any] = []
        for row in rows:
            expired = rules.expire(decided(row), now)
            save(row, expired)
            remember(session, expired, "expire", Role.SYSTEM, now)
            events.append(said.PartnershipExpired(partnership=state_of(expired), by=Role.SYSTEM))
        await outbox.record(session, *events)
        await measure_again(session, {row.company_id for row in rows}, now)
        return len(rows)
