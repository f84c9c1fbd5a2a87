"""How well a school and a host fit: one score, the same for both, of criteria with weights."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from heapq import nlargest
from math import inf
from operator import itemgetter
from uuid import UUID

from triskel.contracts.distances import box_around, kilometres

UNKNOWN_SHARE = 0.5
"""What nobody said counts for half: silence is neither rewarded nor punished."""


@dataclass(frozen=True)
class Weights:
    """How much each criterion counts against the others, and how far is too far where neither side
    says it: a region's settings."""

    distance: float
    levels: float
    subjects: float
    capacity: float
    responsiveness: float
    languages: float
    formats: float
    usual_reach_km: float = 60.0

    @cached_property
    def sizes(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in CRITERIA)


CRITERIA = tuple(field.name for field in fields(Weights) if field.name != "usual_reach_km")


Place = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A school or a host as matching sees it. What is empty or None is not known.

    `sites` are where its other places lie, with latitude and longitude. A school's `sectors` are
    wished, a host's its own; `subjects` of a host are what it offers.
    `left`: how many more partnerships it takes on, of `places`. `since`: it waits since then.
    """

    id: UUID
    latitude: float | None = None
    longitude: float | None = None
    sites: tuple[Place, ...] = ()
    reach_km: float | None = None
    levels: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    places: int | None = None
    left: int | None = None
    answer_rate: float | None = None
    median_hours: float | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """Of one pair: each criterion's share from 0 to 1 in the order of `CRITERIA`, None where it is
    unknown; `points` of 100."""

    school: Candidate
    host: Candidate
    distance_km: float | None
    reach_km: float
    shares: tuple[float | None, ...]
    points: float


def where(candidate: Candidate) -> tuple[Place, ...]:
    """Its own place and its sites, as far as they are known."""
    if candidate.latitude is None or candidate.longitude is None:
        return candidate.sites
    return ((candidate.latitude, candidate.longitude), *candidate.sites)


def distance_km(school: Candidate, host: Candidate) -> float | None:
    """As the crow flies, between the nearest of their places; None unless both have one."""
    if school.sites or host.sites:
        ways = (kilometres(*one, *other) for one in where(school) for other in where(host))
        return min(ways, default=None)
    if school.latitude is None or school.longitude is None:
        return None
    if host.latitude is None or host.longitude is None:
        return None
    return kilometres(school.latitude, school.longitude, host.latitude, host.longitude)


def reach_of(school: Candidate, host: Candidate, usual_km: float) -> float:
    """The shorter of what both sides say; as usual where neither does."""
    limits = [limit for limit in (school.reach_km, host.reach_km) if limit is not None]
    return min(limits, default=usual_km)


def fit(school: Candidate, host: Candidate, weights: Weights) -> Fit:
    """Of any pair, also of one that would not be suggested."""
    apart, reach = distance_km(school, host), reach_of(school, host, weights.usual_reach_km)
    shares = _shares(school, host, apart, reach)
    return Fit(school, host, apart, reach, shares, points_of(shares, weights))


def points_of(shares: Sequence[float | None], weights: Weights) -> float:
    """Of 100, rounded as it is shown, so that equal scores are those that look equal."""
    earned = sum(
        size * (UNKNOWN_SHARE if share is None else share)
        for size, share in zip(weights.sizes, shares, strict=True)
    )
    return round(100 * earned / sum(weights.sizes), 2)


def _shares(
    school: Candidate, host: Candidate, apart: float | None, reach: float
) -> tuple[float | None, ...]:
    return (
        None if apart is None else max(0.0, 1 - apart / reach),
        _overlap(school.levels, host.levels),
        _subjects(school, host),
        min(1.0, host.left / host.places) if host.left is not None and host.places else None,
        host.answer_rate,
        _language(school, host),
        _overlap(school.formats, host.formats),
    )


def _overlap(wanted: frozenset[str], given: frozenset[str]) -> float | None:
    """How much of what is wanted is given."""
    if not wanted or not given:
        return None
    return len(wanted & given) / len(wanted)


def _subjects(school: Candidate, host: Candidate) -> float | None:
    """The mean of the subjects in common and the wished sector, of what both sides tell."""
    subjects = _overlap(school.subjects, host.subjects)
    if not school.sectors or not host.sectors:
        return subjects
    sector = 0.0 if school.sectors.isdisjoint(host.sectors) else 1.0
    return sector if subjects is None else (subjects + sector) / 2


def _language(school: Candidate, host: Candidate) -> float | None:
    """One language in common is enough to work together."""
    if not school.languages or not host.languages:
        return None
    return 0.0 if school.languages.isdisjoint(host.languages) else 1.0


def nearby(
    schools: Sequence[Candidate], hosts: Sequence[Candidate], usual_km: float
) -> Iterator[tuple[Candidate, list[Candidate]]]:
    """Each school with the hosts in the belts of latitudes of its places, and those whose place is
    unknown: what lies farther north or south need not be scored."""
    at = ((latitude, host) for host in hosts for latitude, _ in where(host))
    placed = sorted(at, key=itemgetter(0))
    unplaced = [host for host in hosts if not where(host)]
    latitudes = [latitude for latitude, _ in placed]
    once = len(placed) + len(unplaced) == len(hosts)
    farthest = max_reach(hosts, usual_km)
    for school in schools:
        places = where(school)
        if not places:
            yield school, list(hosts)
            continue
        near: list[Candidate] = []
        for latitude, _ in places:
            high, _ = box_around(latitude, school.reach_km or farthest)
            low = bisect_left(latitudes, latitude - high)
            top = bisect_right(latitudes, latitude + high)
            near += [host for _, host in placed[low:top]]
        if len(places) > 1 or not once:
            near = list({host.id: host for host in near}.values())
        yield school, near + unplaced


def max_reach(candidates: Sequence[Candidate], usual_km: float) -> float:
    """How far any of them goes, for a partner who does not say how far."""
    return max((each.reach_km or usual_km for each in candidates), default=usual_km)


def best_hosts(
    schools: Sequence[Candidate], hosts: Sequence[Candidate], weights: Weights, most: int
) -> dict[UUID, list[Fit]]:
    """The best hosts of each school, the best first; of equal ones who has waited longer, then the
    lower id."""
    found = {}
    for school, near in nearby(schools, hosts, weights.usual_reach_km):
        pairs = ((host, school, host) for host in near)
        found[school.id] = _best(pairs, weights, most)
    return found


def best_schools(
    host: Candidate, schools: Sequence[Candidate], weights: Weights, most: int
) -> list[Fit]:
    """The schools that fit a host best; of equal ones who has waited longer, then the lower id."""
    return _best(((school, school, host) for school in schools), weights, most)


def _best(
    pairs: Iterable[tuple[Candidate, Candidate, Candidate]], weights: Weights, most: int
) -> list[Fit]:
    best = nlargest(most, _scored(pairs, weights), key=itemgetter(0, 1, 2))
    return [fit(school, host, weights) for *_, school, host in best]


def _scored(
    pairs: Iterable[tuple[Candidate, Candidate, Candidate]], weights: Weights
) -> Iterator[tuple[float, float, int, Candidate, Candidate]]:
    """Of those that suit: thousands are scored for a few that are kept, so nothing else is made."""
    for other, school, host in pairs:
        if host.left == 0:
            continue
        apart, reach = distance_km(school, host), reach_of(school, host, weights.usual_reach_km)
        if apart is None or apart <= reach:
            shares = _shares(school, host, apart, reach)
            waits = -inf if other.since is None else -other.since.timestamp()
            yield points_of(shares, weights), waits, -other.id.int, school, host
