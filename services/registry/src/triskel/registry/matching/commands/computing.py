"""Compute a round's stable matching from the rankings, and keep it with its reasons."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role, Side, WaitingState
from triskel.registry.matching.commands.rounds import permitted, save, state_of
from triskel.registry.matching.queries import partners_of, these
from triskel.registry.matching.rules import round as rules
from triskel.registry.matching.rules.explaining import explain
from triskel.registry.matching.rules.scoring import Candidate, Fit, Weights, fit
from triskel.registry.matching.rules.stable import Matching, Ranking, match, rank_of
from triskel.registry.matching.tables import (
    MatchingPairRow,
    MatchingParticipantRow,
    MatchingRoundRow,
)
from triskel.registry.waiting_entries.tables import WaitingEntryRow

PAIRS_AT_ONCE = 1_000
Rankings = dict[UUID, Ranking]
Pair = tuple[UUID, UUID]
"""School and company."""


@dataclass(frozen=True)
class _Solved:
    matching: Matching
    fits: dict[Pair, Fit]
    reasons: dict[UUID, rules.Unplaced]


async def compute(
    session: AsyncSession,
    outbox: Outbox,
    row: MatchingRoundRow,
    actor: rules.Actor,
    expected: Seen,
    weights: Weights,
    now: datetime,
) -> None:
    """On a locked round, from today's places and scores. Raises the domain's refusal."""
    known = permitted("match", row, actor, expected, now)
    members = await _members(session, row.id)
    candidates = await _candidates(session, row, members)
    partners = await partners_of(session, candidates, row.school_year)
    sides = _sides(members, candidates, partners)
    # seconds of work for a large region: the service answers others meanwhile
    solved = await asyncio.to_thread(_solve, sides, candidates, weights, row.id)
    await _keep(session, row.id, solved, weights)
    _explain(members, sides, solved)
    save(row, rules.matched(known, len(solved.matching.pairs)))
    await outbox.record(
        session, contract.MatchingRoundMatched(round=state_of(row), by=Role.COORDINATOR)
    )


def _sides(
    members: Sequence[MatchingParticipantRow],
    candidates: dict[UUID, Candidate],
    partners: set[Pair],
) -> dict[Side, Rankings]:
    """The rankings as people gave them; nobody is matched with a partner that it has already, and
    who has left has no places."""
    taken: dict[UUID, set[UUID]] = {}
    for school, company in partners:
        taken.setdefault(school, set()).add(company)
        taken.setdefault(company, set()).add(school)
    sides: dict[Side, Rankings] = {Side.SCHOOL: {}, Side.HOST: {}}
    for member in members:
        number = member.organisation_id
        own, candidate = taken.get(number, set()), candidates.get(number)
        groups = tuple(
            tuple(other for other in map(UUID, group) if other not in own)
            for group in member.ranking or ()
        )
        places = (candidate.left or 0) if candidate else 0
        sides[Side(member.side)][number] = Ranking(places, groups)
    return sides


def _solve(
    sides: dict[Side, Rankings], candidates: dict[UUID, Candidate], weights: Weights, seed: UUID
) -> _Solved:
    schools, hosts = sides[Side.SCHOOL], sides[Side.HOST]
    fits = _fits(schools, hosts, candidates, weights)
    matching = match(schools, hosts, {pair: each.points for pair, each in fits.items()}, seed)
    gone = frozenset({*schools, *hosts} - candidates.keys())
    reasons = rules.unplaced(schools, hosts, matching, gone)
    reasons |= rules.unplaced(hosts, schools, matching, gone)
    return _Solved(matching, fits, reasons)


async def _members(session: AsyncSession, number: UUID) -> Sequence[MatchingParticipantRow]:
    rows = await session.scalars(
        select(MatchingParticipantRow)
        .where(col(MatchingParticipantRow.round_id) == number)
        .order_by(col(MatchingParticipantRow.organisation_id))
    )
    return rows.all()


async def _candidates(
    session: AsyncSession, row: MatchingRoundRow, members: Sequence[MatchingParticipantRow]
) -> dict[UUID, Candidate]:
    """Those who wait still, by the entry with which they came, and may take on partners."""
    entry = WaitingEntryRow.__table__.c
    member = MatchingParticipantRow.__table__.c
    waiting = await session.scalars(
        select(member.organisation_id)
        .join(WaitingEntryRow, entry.id == member.entry_id)
        .where(member.round_id == row.id, entry.state == WaitingState.OPEN)
    )
    return await these(session, waiting.all(), row.school_year)


def _fits(
    schools: Rankings, hosts: Rankings, candidates: dict[UUID, Candidate], weights: Weights
) -> dict[tuple[UUID, UUID], Fit]:
    """Of those who ranked each other; who has left is nobody in particular, and has no place."""
    ranked_by = {host: rank_of(ranking) for host, ranking in hosts.items()}
    return {
        (school, host): fit(
            candidates.get(school, Candidate(school)),
            candidates.get(host, Candidate(host)),
            weights,
        )
        for school, ranking in schools.items()
        for host in rank_of(ranking)
        if school in ranked_by.get(host, {})
    }


async def _keep(session: AsyncSession, number: UUID, solved: _Solved, weights: Weights) -> None:
    await session.execute(delete(MatchingPairRow).where(col(MatchingPairRow.round_id) == number))
    pairs = solved.matching.pairs
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        rows = [
            {
                "round_id": number,
                "school_id": pair.school,
                "company_id": pair.host,
                "school_rank": pair.school_rank,
                "company_rank": pair.host_rank,
                "points": pair.points,
                "criteria": [
                    asdict(each) for each in explain(solved.fits[pair.school, pair.host], weights)
                ],
                "left_out": False,
            }
            for pair in pairs[start : start + PAIRS_AT_ONCE]
        ]
        await session.execute(insert(MatchingPairRow), rows)


def _explain(
    members: Sequence[MatchingParticipantRow], sides: dict[Side, Rankings], solved: _Solved
) -> None:
    refusals: dict[UUID, list[dict[str, object]]] = {}
    for each in solved.matching.refused:
        found = {"company_id": str(each.host), "rank": each.school_rank, "reason": each.why}
        refusals.setdefault(each.school, []).append(found)
    for member in members:
        number = member.organisation_id
        member.places = sides[Side(member.side)][number].places
        member.reason = solved.reasons.get(number)
        member.refusals = refusals.get(number, [])
