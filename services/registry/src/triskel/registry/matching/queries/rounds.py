"""What is read of rounds and their rankings: for decisions, for searches, for people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.refusals import ParticipantUnknown
from triskel.registry.matching.rules.rounds import Facts, Pair, Round
from triskel.registry.matching.tables import (
    ROUND,
    MatchingPairRow,
    MatchingParticipantRow,
    MatchingRoundRow,
)
from triskel.registry.waiting_entries.rules import SPEAKERS

_part = MatchingParticipantRow.__table__.c


def actor_of(caller: Caller, known: Round) -> Actor:
    sides = {Side.COORDINATOR} if caller.coordinates(known.region) else set()
    return Actor(caller.roles, frozenset(sides), organisation=caller.organisation)


async def facts_of(session: AsyncSession, rounds: Sequence[Round]) -> dict[UUID, Facts]:
    """How many have ranked in those that are open."""
    facts = dict.fromkeys((each.id for each in rounds), Facts())
    if opened := [each.id for each in rounds if each.state is RoundState.OPENED]:
        counted = await session.execute(
            select(
                _part.round_id,
                func.count().filter(_part.side == Side.SCHOOL),
                func.count().filter(_part.side == Side.HOST),
            )
            .where(_part.round_id.in_(opened), _part.ranking.is_not(None))
            .group_by(_part.round_id)
        )
        facts |= {round_id: Facts(schools, companies) for round_id, schools, companies in counted}
    return facts


async def facts_for(
    session: AsyncSession, caller: Caller, rounds: Sequence[Round]
) -> dict[UUID, Facts]:
    """With the side for which the caller takes part."""
    facts = await facts_of(session, rounds)
    if caller.organisation is not None:
        own = select(_part.round_id, _part.side).where(
            _part.round_id.in_(list(facts)), _part.organisation_id == caller.organisation
        )
        for round_id, side in await session.execute(own):
            if caller.is_(*SPEAKERS[Side(side)]):
                facts[round_id] = replace(facts[round_id], side=Side(side))
    return facts


@dataclass(frozen=True)
class RoundFilter:
    """What is looked for; None does not filter."""

    state: RoundState | None = None
    school_year: str | None = None


async def search(
    session: AsyncSession, caller: Caller, wanted: RoundFilter, page: PageRequest
) -> tuple[list[Round], str | None]:
    """A page of the rounds of the caller's region, without pairs, and the cursor of the next."""
    own = MatchingRoundRow.__table__.c
    statement = select(MatchingRoundRow).where(own.region == caller.region)
    for name, value in vars(wanted).items():
        if value is not None:
            statement = statement.where(own[name] == value)
    rows, following = await paginate(session, statement, keys=[own.opened_at, own.id], page=page)
    return [ROUND.to_domain(row) for (row,) in rows], following


async def pairs_of(session: AsyncSession, round_id: UUID) -> tuple[Pair, ...]:
    """The pairs of a round that are not left out, in the order of ids."""
    column = MatchingPairRow.__table__.c
    rows = await session.execute(
        select(column.school_id, column.company_id)
        .where(column.round_id == round_id, column.left_out.is_(False))
        .order_by(column.school_id, column.company_id)
    )
    return tuple(Pair(*row) for row in rows)


async def with_pairs(session: AsyncSession, known: Round) -> Round:
    """A confirmed round with the pairs that were confirmed."""
    if known.state is not RoundState.CONFIRMED:
        return known
    return replace(known, pairs=await pairs_of(session, known.id))


async def participants(
    session: AsyncSession, round_id: UUID, side: Side | None, page: PageRequest
) -> tuple[list[MatchingParticipantRow], str | None]:
    """A page of those who take part, and the cursor of the next."""
    statement = select(MatchingParticipantRow).where(_part.round_id == round_id)
    if side is not None:
        statement = statement.where(_part.side == side)
    rows, following = await paginate(session, statement, keys=[_part.organisation_id], page=page)
    return [row for (row,) in rows], following


async def participant(
    session: AsyncSession, round_id: UUID, organisation_id: UUID, *, lock: bool = False
) -> MatchingParticipantRow:
    """Raises `ParticipantUnknown`."""
    key = (round_id, organisation_id)
    row = await session.get(MatchingParticipantRow, key, with_for_update=lock)
    if row is None:
        raise ParticipantUnknown(value=str(organisation_id))
    return row
