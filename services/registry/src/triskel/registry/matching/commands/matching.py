"""Compute a round's stable matching from the rankings, and keep it with its reasons."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.matching.actions import MATCH
from triskel.registry.matching.commands.rounds import ROUNDS
from triskel.registry.matching.queries.candidates import partners_of, these
from triskel.registry.matching.queries.suggestions import weights_of
from triskel.registry.matching.rules.explaining import explain
from triskel.registry.matching.rules.rounds import RoundAttempt
from triskel.registry.matching.rules.scoring import Candidate, Fit, Weights, fit
from triskel.registry.matching.rules.stable import (
    Matching,
    Ranking,
    Unplaced,
    match,
    rank_of,
    unplaced,
)
from triskel.registry.matching.tables import MatchingPairRow, MatchingParticipantRow
from triskel.registry.regions.queries import settings_of
from triskel.registry.waiting_entries.tables import WaitingEntryRow

PAIRS_AT_ONCE = 1_000
Rankings = dict[UUID, Ranking]
Pair = tuple[UUID, UUID]
"""School and company."""


@dataclass(frozen=True)
class _Solved:
    matching: Matching
    fits: dict[Pair, Fit]
    reasons: dict[UUID, Unplaced]


async def compute(context: Context, round_id: UUID, seen: Seen | None) -> RoundAttempt:
    """From today's places and scores. Raises the action's refusal."""
    session = context.session
    permitted = await ROUNDS.permit(context, round_id, seen, MATCH)
    school_year = permitted.attempt.subject.school_year
    weights = weights_of(await settings_of(session, permitted.attempt.subject.region))
    members = await _members(session, round_id)
    candidates = await _candidates(session, round_id, school_year)
    partners = await partners_of(session, candidates, school_year)
    sides = _sides(members, candidates, partners)
    # seconds of work for a large region: the service answers others meanwhile
    solved = await asyncio.to_thread(_solve, sides, candidates, weights, round_id)
    await _keep(session, round_id, solved, weights)
    _explain(members, sides, solved)
    return await ROUNDS.complete(context, permitted, MATCH, len(solved.matching.pairs))


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
        candidate = candidates.get(member.organisation_id)
        own = taken.get(member.organisation_id, set())
        groups = tuple(
            tuple(other for other in map(UUID, group) if other not in own)
            for group in member.ranking or ()
        )
        places = (candidate.left or 0) if candidate else 0
        sides[Side(member.side)][member.organisation_id] = Ranking(places, groups)
    return sides


def _solve(
    sides: dict[Side, Rankings], candidates: dict[UUID, Candidate], weights: Weights, seed: UUID
) -> _Solved:
    schools, hosts = sides[Side.SCHOOL], sides[Side.HOST]
    fits = _fits(schools, hosts, candidates, weights)
    points = {pair: each.points for pair, each in fits.items()}
    since = {each.id: each.since for each in candidates.values() if each.since}
    matching = match(schools, hosts, points, seed, since)
    gone = frozenset({*schools, *hosts} - candidates.keys())
    reasons = unplaced(schools, hosts, matching, gone)
    reasons |= unplaced(hosts, schools, matching, gone)
    return _Solved(matching, fits, reasons)


async def _members(session: AsyncSession, round_id: UUID) -> Sequence[MatchingParticipantRow]:
    rows = await session.scalars(
        select(MatchingParticipantRow)
        .where(col(MatchingParticipantRow.round_id) == round_id)
        .order_by(col(MatchingParticipantRow.organisation_id))
    )
    return rows.all()


async def _candidates(
    session: AsyncSession, round_id: UUID, school_year: str
) -> dict[UUID, Candidate]:
    """Those who wait still, by the entry with which they came, and may take on partners."""
    entry = WaitingEntryRow.__table__.c
    member = MatchingParticipantRow.__table__.c
    waiting = await session.scalars(
        select(member.organisation_id)
        .join(WaitingEntryRow, entry.id == member.entry_id)
        .where(member.round_id == round_id, entry.state == WaitingState.OPEN)
    )
    return await these(session, waiting.all(), school_year)


def _fits(
    schools: Rankings, hosts: Rankings, candidates: dict[UUID, Candidate], weights: Weights
) -> dict[Pair, Fit]:
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


async def _keep(session: AsyncSession, round_id: UUID, solved: _Solved, weights: Weights) -> None:
    of_round = col(MatchingPairRow.round_id) == round_id
    await session.execute(delete(MatchingPairRow).where(of_round))
    pairs = solved.matching.pairs
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        rows = [
            {
                "round_id": round_id,
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
        found = {"company_id": str(each.host), "rank": each.school_rank, "reason": each.reason}
        refusals.setdefault(each.school, []).append(found)
    for member in members:
        member.places = sides[Side(member.side)][member.organisation_id].places
        member.reason = solved.reasons.get(member.organisation_id)
        member.refusals = refusals.get(member.organisation_id, [])
