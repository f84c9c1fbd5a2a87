"""A round's rows: open it, rank in it, close the ranking, break it off."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role, RoundState, Side
from triskel.registry.matching.queries import SHOWN
from triskel.registry.matching.refusals import ParticipantUnknown, RoundExists, RoundUnknown
from triskel.registry.matching.rules import round as rules
from triskel.registry.matching.tables import (
    MatchingPairRow,
    MatchingParticipantRow,
    MatchingRoundRow,
)
from triskel.registry.waiting_entries.rules import check_year

_WAITING = text(
    f"""
    select w.id, w.organisation_id, w.side, w.remaining
    from waiting_entries as w join organisations as o on o.id = w.organisation_id
    where w.region = :region and o.region = :region and w.school_year = :school_year
        and w.state = 'open'
        and o.status = 'approved' and o.open and {SHOWN}
    order by w.organisation_id
    limit :most
    """
)


def decided(row: MatchingRoundRow) -> rules.Round:
    """The row as the domain sees it."""
    values = {field.name: getattr(row, field.name) for field in fields(rules.Round)}
    return rules.Round(**values | {"state": RoundState(row.state)})


def permitted(
    action: str, row: MatchingRoundRow, actor: rules.Actor, expected: Seen, now: datetime
) -> rules.Round:
    """A locked round on which this actor may do this now. Raises the domain's refusal, in the order
    of all actions: who, version, state."""
    rules.check_who(action, actor)
    check_version(expected, row.version)
    known = decided(row)
    rules.check(action, known, actor, now)
    return known


def save(row: MatchingRoundRow, known: rules.Round) -> None:
    for field in fields(known):
        setattr(row, field.name, getattr(known, field.name))


def state_of(
    row: MatchingRoundRow, pairs: Sequence[contract.MatchedPair] = ()
) -> contract.MatchingRound:
    """The public state; a confirmed round has its pairs."""
    return contract.MatchingRound.model_validate(row.model_dump() | {"pairs": tuple(pairs)})


async def one(
    session: AsyncSession, number: UUID, *, lock: bool | dict[str, bool] = False
) -> MatchingRoundRow:
    """`lock` as SQLAlchemy's `with_for_update`. Raises `NotFound`."""
    row = await session.get(MatchingRoundRow, number, with_for_update=lock)
    if row is None:
        raise RoundUnknown(value=str(number))
    return row


async def participant(
    session: AsyncSession, number: UUID, organisation: UUID, *, lock: bool = False
) -> MatchingParticipantRow:
    """Raises `NotFound`."""
    key = (number, organisation)
    row = await session.get(MatchingParticipantRow, key, with_for_update=lock)
    if row is None:
        raise ParticipantUnknown(value=str(organisation))
    return row


async def pairs_of(session: AsyncSession, number: UUID) -> tuple[contract.MatchedPair, ...]:
    """The pairs of a round that are not left out, in the order of ids."""
    column = MatchingPairRow.__table__.c
    rows = await session.execute(
        select(column.school_id, column.company_id)
        .where(column.round_id == number, column.left_out.is_(False))
        .order_by(column.school_id, column.company_id)
    )
    return tuple(contract.MatchedPair(school_id=s, company_id=c) for s, c in rows)


async def open_round(
    session: AsyncSession,
    outbox: Outbox,
    region: str,
    school_year: str,
    rank_until: datetime,
    now: datetime,
) -> MatchingRoundRow:
    """Everybody on the waiting list now takes part. Raises `Invalid` and `Conflict`."""
    check_year(school_year, now)
    most = rules.MOST_SCHOOLS + rules.MOST_HOSTS + 1
    values = {"region": region, "school_year": school_year, "most": most}
    waiting = (await session.execute(_WAITING, values)).all()
    schools = [each for each in waiting if each.side == Side.SCHOOL]
    hosts = len(waiting) - len(schools)
    places = sum(each.remaining for each in schools)
    rules.check_opening(rank_until, len(schools), hosts, places, now)
    opened = rules.Round(
        id=uuid7(),
        region=region,
        version=1,
        school_year=school_year,
        state=RoundState.OPENED,
        opened_at=now,
        rank_until=rank_until,
        schools=len(schools),
        companies=hosts,
    )
    row = MatchingRoundRow(**asdict(opened))
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "matching_rounds_one_live" not in str(error):
            raise
        raise RoundExists(school_year=school_year, value=school_year) from None
    members = [
        {
            "round_id": row.id,
            "organisation_id": each.organisation_id,
            "side": each.side,
            "entry_id": each.id,
            "ranking_version": 0,
        }
        for each in waiting
    ]
    await session.execute(insert(MatchingParticipantRow), members)
    event = contract.MatchingRoundOpened(
        round=state_of(row),
        by=Role.COORDINATOR,
        participants=tuple(each.organisation_id for each in waiting),
    )
    await outbox.record(session, event)
    return row


async def rank(
    session: AsyncSession,
    number: UUID,
    organisation: UUID,
    actor: rules.Actor,
    seen: Seen | None,
    groups: Sequence[Sequence[UUID]],
    now: datetime,
) -> MatchingParticipantRow:
    """One participant's ranking, which replaces the one before. Raises the domain's refusal."""
    # many rank at once, but nobody while the ranking is being closed
    row = await one(session, number, lock={"read": True})
    own = await participant(session, number, organisation, lock=True)
    rules.check_who("rank", actor)
    if own.ranking_version or seen is not None:
        check_version(seen, own.ranking_version)
    rules.check("rank", decided(row), actor, now)
    column = MatchingParticipantRow.__table__.c
    listed = rules.listed(groups)
    others = await session.scalars(
        select(column.organisation_id).where(
            column.round_id == number,
            column.organisation_id.in_(listed),
            column.side != own.side,
        )
    )
    rules.check_ranking(groups, frozenset(others))
    own.ranking = [[str(each) for each in group] for group in groups]
    own.ranking_version += 1
    own.ranked_at = now
    await session.flush()
    return own


async def close(
    session: AsyncSession, row: MatchingRoundRow, by: Role
) -> contract.MatchingRoundRankingClosed:
    column = MatchingParticipantRow.__table__.c
    counted = await session.execute(
        select(column.side, func.count().label("number"))
        .where(column.round_id == row.id, column.ranking.is_not(None))
        .group_by(column.side)
    )
    ranked = {each.side: each.number for each in counted}
    closed = rules.close_ranking(decided(row), ranked.get(Side.SCHOOL, 0), ranked.get(Side.HOST, 0))
    save(row, closed)
    return contract.MatchingRoundRankingClosed(round=state_of(row), by=by)


async def close_ranking(
    session: AsyncSession,
    outbox: Outbox,
    row: MatchingRoundRow,
    actor: rules.Actor,
    expected: Seen,
    now: datetime,
) -> None:
    """Before the deadline, on a locked row. Raises the domain's refusal."""
    permitted("close-ranking", row, actor, expected, now)
    await outbox.record(session, await close(session, row, Role.COORDINATOR))


async def cancel(
    session: AsyncSession,
    outbox: Outbox,
    row: MatchingRoundRow,
    actor: rules.Actor,
    expected: Seen,
    now: datetime,
) -> None:
    """A locked round comes to nothing; who waits, waits. Raises the domain's refusal."""
    known = permitted("cancel", row, actor, expected, now)
    save(row, rules.cancelled(known, now))
    event = contract.MatchingRoundCancelled(round=state_of(row), by=Role.COORDINATOR)
    await outbox.record(session, event)
