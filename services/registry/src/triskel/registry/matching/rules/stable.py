"""A stable matching of schools and hosts: deferred acceptance, in which the schools propose.

Gale and Shapley (1962) with places on both sides, as for hospitals and residents (Roth 1984). The
result is stable: no school and host would both rather have each other than what they got. Of all
stable matchings it is the one that every school likes best, and the order in which schools propose
does not change it. A school that wants one partner cannot gain by ranking otherwise than it
thinks (Dubins and Freedman 1981; Roth 1982); a school that wants several, or a host, could in
theory, if it knew everybody's rankings, which nobody is shown.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from heapq import heappush, heappushpop
from uuid import UUID

Points = Mapping[tuple[UUID, UUID], float]
"""The score of each (school, host) that ranked each other."""
Since = Mapping[UUID, datetime]
"""Since when each of them waits for a partner of this year."""
_Key = tuple[int, float, tuple[datetime, bytes]]
_LAST = datetime.max.replace(tzinfo=UTC)
"""Who does not wait comes behind those who do."""


@dataclass(frozen=True)
class Ranking:
    """What one of them asks for: groups of equal rank, the best first, and how many partners."""

    places: int
    groups: tuple[tuple[UUID, ...], ...] = ()


class Refusal(StrEnum):
    """Why a host was not for a school that ranked it."""

    NOT_RANKED_BACK = "host-did-not-rank-it"
    NO_PLACES = "host-takes-no-more"
    RANKED_HIGHER = "host-full-with-schools-it-ranked-higher"
    SCORE = "host-full-tie-decided-by-score"
    WAITING = "host-full-tie-decided-by-waiting-time"
    LOTTERY = "host-full-tie-decided-by-lottery"


@dataclass(frozen=True)
class Pair:
    """Ranks count groups from 1."""

    school: UUID
    host: UUID
    school_rank: int
    host_rank: int
    points: float


@dataclass(frozen=True)
class Refused:
    school: UUID
    host: UUID
    school_rank: int
    reason: Refusal


@dataclass(frozen=True)
class Matching:
    """Pairs in the order of ids, and what each school proposed in vain, in its own order."""

    pairs: tuple[Pair, ...]
    refused: tuple[Refused, ...]


def lot(seed: UUID, organisation_id: UUID) -> bytes:
    """One lot for each organisation in each round: anybody can draw it again, nobody can choose
    it. The same lot counts with every host (single tie-breaking): with a lot for each host,
    schools would lose places to each other that neither side cares about."""
    return sha256(seed.bytes + organisation_id.bytes).digest()


def rank_of(ranking: Ranking) -> dict[UUID, int]:
    groups = enumerate(ranking.groups, start=1)
    return {organisation_id: rank for rank, group in groups for organisation_id in group}


def match(
    schools: Mapping[UUID, Ranking],
    hosts: Mapping[UUID, Ranking],
    points: Points,
    seed: UUID,
    since: Since,
) -> Matching:
    """Ties are broken by the score of the pair, then by who has waited longer, then by lot."""
    school_ranks = {school: rank_of(ranking) for school, ranking in schools.items()}
    host_ranks = {host: rank_of(ranking) for host, ranking in hosts.items()}
    everybody = (*schools, *hosts)
    turns = {each: (since.get(each, _LAST), lot(seed, each)) for each in everybody}

    def mutual(school: UUID, host: UUID) -> bool:
        return school in host_ranks.get(host, {})

    def liked(school: UUID, host: UUID) -> _Key:
        """How a school orders hosts: the lowest first."""
        return school_ranks[school][host], -points[school, host], turns[host]

    def order(school: UUID) -> list[UUID]:
        hosts_wanted = (host for host in school_ranks[school] if mutual(school, host))
        return sorted(hosts_wanted, key=lambda host: liked(school, host))

    lists = {school: order(school) for school in schools}
    following = dict.fromkeys(schools, 0)
    # the worst that a host holds is the top of its heap
    held: dict[UUID, list[tuple[_Backwards, UUID]]] = {host: [] for host in hosts}
    standing = dict.fromkeys(schools, 0)
    asking = deque(sorted(schools))
    while asking:
        school = asking.popleft()
        while standing[school] < schools[school].places and following[school] < len(lists[school]):
            host = lists[school][following[school]]
            following[school] += 1
            own = _Backwards((host_ranks[host][school], -points[school, host], turns[school]))
            standing[school] += 1
            if len(held[host]) < hosts[host].places:
                heappush(held[host], (own, school))
                continue
            _, loser = heappushpop(held[host], (own, school))
            standing[loser] -= 1
            if loser != school:
                asking.append(loser)
    pairs = tuple(
        Pair(
            school,
            host,
            school_ranks[school][host],
            host_ranks[host][school],
            points[school, host],
        )
        for school, host in sorted((school, host) for host in held for _, school in held[host])
    )
    got = {(pair.school, pair.host) for pair in pairs}
    refused = []
    for school in sorted(schools):
        asked = set(lists[school][: following[school]])
        for host, rank in sorted(school_ranks[school].items(), key=lambda item: item[1]):
            if (school, host) in got:
                continue
            if not mutual(school, host):
                refused.append(Refused(school, host, rank, Refusal.NOT_RANKED_BACK))
            elif host in asked:
                holds = [holder for _, holder in held[host]]
                reason = _reason(school, host, holds, host_ranks[host], points, since)
                refused.append(Refused(school, host, rank, reason))
    return Matching(pairs, tuple(refused))


def _reason(
    school: UUID,
    host: UUID,
    holds: list[UUID],
    ranks: dict[UUID, int],
    points: Points,
    since: Since,
) -> Refusal:
    """By what the last of those whom the host holds was before this school."""
    if not holds:
        return Refusal.NO_PLACES
    equals = [other for other in holds if ranks[other] == ranks[school]]
    if not equals:
        return Refusal.RANKED_HIGHER
    alike = [other for other in equals if points[other, host] == points[school, host]]
    if not alike:
        return Refusal.SCORE
    if any(since.get(other, _LAST) == since.get(school, _LAST) for other in alike):
        return Refusal.LOTTERY
    return Refusal.WAITING


class _Backwards:
    """A key that sorts the other way round, because Python's heaps have the lowest on top."""

    __slots__ = ("key",)

    def __init__(self, key: _Key) -> None:
        self.key = key

    def __lt__(self, other: "_Backwards") -> bool:
        return other.key < self.key


class Unplaced(StrEnum):
    """Why a participant got fewer partners than it has places for."""

    LEFT = "left-the-waiting-list"
    NOT_RANKED = "did-not-rank"
    NOT_RANKED_BACK = "nobody-ranked-it-back"
    OTHERS_CHOSEN = "those-it-ranked-took-others"


def unplaced(
    own: Mapping[UUID, Ranking],
    others: Mapping[UUID, Ranking],
    matching: Matching,
    gone: frozenset[UUID],
) -> dict[UUID, Unplaced]:
    """Of one side: everybody who has places left, with the reason."""
    got = Counter(side for pair in matching.pairs for side in (pair.school, pair.host))
    ranked_by = {other_id: rank_of(ranking).keys() for other_id, ranking in others.items()}
    found = {}
    for own_id, ranking in own.items():
        if own_id in gone:
            found[own_id] = Unplaced.LEFT
        elif got[own_id] >= ranking.places:
            continue
        elif not ranking.groups:
            found[own_id] = Unplaced.NOT_RANKED
        elif not any(own_id in ranked_by.get(other_id, ()) for other_id in rank_of(ranking)):
            found[own_id] = Unplaced.NOT_RANKED_BACK
        else:
            found[own_id] = Unplaced.OTHERS_CHOSEN
    return found
