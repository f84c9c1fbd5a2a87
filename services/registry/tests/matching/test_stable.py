"""Matchings that are stable: without a database."""

import time
from datetime import UTC, datetime
from itertools import chain, combinations
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from triskel.registry.matching.rules.stable import (
    Matching,
    Ranking,
    Refusal,
    lot,
    match,
    rank_of,
)

SEED = UUID(int=2025)
SCHOOLS = [UUID(int=n) for n in range(1, 5)]
HOSTS = [UUID(int=n) for n in range(101, 104)]
SINCE = {each: datetime(2025, 9, 1 + each.int % 2, tzinfo=UTC) for each in (*SCHOOLS, *HOSTS)}
Instance = tuple[dict[UUID, Ranking], dict[UUID, Ranking], dict[tuple[UUID, UUID], float]]


@st.composite
def rankings(draw: st.DrawFn, of: list[UUID]) -> Ranking:
    """Most of the other side, in any order, cut anywhere into groups of equal rank. Long lists and
    few places, because where everybody gets the first choice nothing is decided."""
    whole = draw(st.permutations(of))
    listed = whole[: draw(st.sampled_from([len(of), len(of), len(of) - 1, 1, 0]))]
    groups: list[list[UUID]] = []
    for number in listed:
        if groups and draw(st.sampled_from([False, False, True])):
            groups[-1].append(number)
        else:
            groups.append([number])
    return Ranking(draw(st.sampled_from([1, 1, 1, 2, 0])), tuple(map(tuple, groups)))


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    points = {(s, h): draw(st.sampled_from([40.0, 60.0])) for s in SCHOOLS for h in HOSTS}
    schools = {number: draw(rankings(HOSTS)) for number in SCHOOLS}
    return schools, {number: draw(rankings(SCHOOLS)) for number in HOSTS}, points


Pairs = frozenset[tuple[UUID, UUID]]


class Strict:
    """The instance after ties are broken: who prefers whom, said anew and slowly."""

    def __init__(self, instance: Instance) -> None:
        self.schools, self.hosts, self.points = instance
        self.mutual = [
            (s, h)
            for s in self.schools
            for h in self.hosts
            if h in rank_of(self.schools[s]) and s in rank_of(self.hosts[h])
        ]

    def for_school(self, school: UUID, host: UUID) -> tuple[int, float, datetime, bytes]:
        rank = rank_of(self.schools[school])[host]
        return rank, -self.points[school, host], SINCE[host], lot(SEED, host)

    def for_host(self, school: UUID, host: UUID) -> tuple[int, float, datetime, bytes]:
        rank = rank_of(self.hosts[host])[school]
        return rank, -self.points[school, host], SINCE[school], lot(SEED, school)

    def feasible(self, pairs: Pairs) -> bool:
        return (
            pairs <= set(self.mutual)
            and all(sum(p[0] == s for p in pairs) <= r.places for s, r in self.schools.items())
            and all(sum(p[1] == h for p in pairs) <= r.places for h, r in self.hosts.items())
        )

    def blocking(self, pairs: Pairs) -> list[tuple[UUID, UUID]]:
        """Those who would both rather have each other than what they got."""
        found = []
        for s, h in self.mutual:
            if (s, h) in pairs:
                continue
            of_s = [self.for_school(s, other) for one, other in pairs if one == s]
            of_h = [self.for_host(one, h) for one, other in pairs if other == h]
            rather_s = len(of_s) < self.schools[s].places or (
                bool(of_s) and self.for_school(s, h) < max(of_s)
            )
            rather_h = len(of_h) < self.hosts[h].places or (
                bool(of_h) and self.for_host(s, h) < max(of_h)
            )
            if rather_s and rather_h:
                found.append((s, h))
        return found

    def all_stable(self) -> list[Pairs]:
        every = chain.from_iterable(
            combinations(self.mutual, size) for size in range(len(self.mutual) + 1)
        )
        candidates = (frozenset(pairs) for pairs in every)
        return [p for p in candidates if self.feasible(p) and not self.blocking(p)]


def pairs_of(matching: Matching) -> Pairs:
    return frozenset((pair.school, pair.host) for pair in matching.pairs)


@settings(max_examples=150)
@given(instances())
def test_the_matching_is_feasible_and_stable(instance: Instance) -> None:
    found, strict = pairs_of(match(*instance, SEED, SINCE)), Strict(instance)
    assert strict.feasible(found)
    assert strict.blocking(found) == []


@settings(max_examples=60)
@given(instances())
def test_no_stable_matching_is_better_for_any_school(instance: Instance) -> None:
    found, strict = pairs_of(match(*instance, SEED, SINCE)), Strict(instance)
    for other in strict.all_stable():
        for number, ranking in instance[0].items():
            own = {host for school, host in found if school == number}
            theirs = {host for school, host in other if school == number}
            both = sorted(own | theirs, key=lambda host: strict.for_school(number, host))
            # offered both, the school would choose what it has
            assert own == set(both[: ranking.places])


def test_where_both_sides_could_have_their_way_the_schools_have_theirs() -> None:
    (one, other), (first, second) = SCHOOLS[:2], HOSTS[:2]
    schools = {one: Ranking(1, ((first,), (second,))), other: Ranking(1, ((second,), (first,)))}
    hosts = {first: Ranking(1, ((other,), (one,))), second: Ranking(1, ((one,), (other,)))}
    points = {(s, h): 50.0 for s in schools for h in hosts}
    ours = frozenset({(one, first), (other, second)})
    theirs = frozenset({(one, second), (other, first)})
    strict = Strict((schools, hosts, points))
    assert set(strict.all_stable()) == {ours, theirs}
    assert pairs_of(match(schools, hosts, points, SEED, SINCE)) == ours


@settings(max_examples=60)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_come_changes_nothing(instance: Instance, dice: Random) -> None:
    def shuffled(side: dict[UUID, Ranking]) -> dict[UUID, Ranking]:
        items = [
            (number, Ranking(r.places, tuple(tuple(dice.sample(g, len(g))) for g in r.groups)))
            for number, r in side.items()
        ]
        return dict(dice.sample(items, len(items)))

    schools, hosts, points = instance
    again = match(shuffled(schools), shuffled(hosts), points, SEED, SINCE)
    first = match(schools, hosts, points, SEED, SINCE)
    assert again.pairs == first.pairs
    assert set(again.refused) == set(first.refused)


@settings(max_examples=60)
@given(instances())
def test_whoever_a_school_ranked_above_what_it_got_refused_it_and_says_why(
    instance: Instance,
) -> None:
    matching, strict = match(*instance, SEED, SINCE), Strict(instance)
    got, why = pairs_of(matching), {(r.school, r.host): r.reason for r in matching.refused}
    assert not got & set(why)
    for s, h in strict.mutual:
        of_s = [strict.for_school(s, other) for one, other in got if one == s]
        filled = len(of_s) >= instance[0][s].places
        if (s, h) in got or (filled and (not of_s or strict.for_school(s, h) > max(of_s))):
            continue
        assert why[s, h] is not Refusal.NOT_RANKED_BACK


def test_a_refusal_names_rank_score_waiting_time_or_lot() -> None:
    first, second = SCHOOLS[:2]
    wanted = HOSTS[0]
    schools = {number: Ranking(1, ((wanted,),)) for number in (first, second)}
    points = {(first, wanted): 60.0, (second, wanted): 60.0}

    def why(host: Ranking, scores: dict[tuple[UUID, UUID], float] = points) -> set[Refusal]:
        return {each.reason for each in match(schools, {wanted: host}, scores, SEED, {}).refused}

    assert why(Ranking(1, ((first,), (second,)))) == {Refusal.RANKED_HIGHER}
    assert why(Ranking(1, ((first,),))) == {Refusal.NOT_RANKED_BACK}
    tie = Ranking(1, ((first, second),))
    assert why(tie) == {Refusal.LOTTERY}
    assert why(tie, points | {(second, wanted): 61.0}) == {Refusal.SCORE}
    for longer, shorter in ((first, second), (second, first)):
        since = {
            longer: datetime(2025, 9, 1, tzinfo=UTC),
            shorter: datetime(2025, 9, 2, tzinfo=UTC),
        }
        found = match(schools, {wanted: tie}, points, SEED, since)
        assert [pair.school for pair in found.pairs] == [longer]
        assert [refused.reason for refused in found.refused] == [Refusal.WAITING]
    assert why(Ranking(0, ((first, second),))) == {Refusal.NO_PLACES}
    assert why(Ranking(2, ((first, second),))) == set()


def test_another_round_draws_another_lot() -> None:
    lots = [tuple(sorted(SCHOOLS, key=lambda n: lot(UUID(int=seed), n))) for seed in range(20)]
    assert len(set(lots)) > 1


def test_five_thousand_schools_are_matched_in_seconds() -> None:
    draw = Random(7)
    schools = [UUID(int=n) for n in range(5_000)]
    hosts = [UUID(int=10_000 + n) for n in range(500)]
    wished = {s: draw.sample(hosts, 20) for s in schools}
    asked: dict[UUID, list[UUID]] = {h: [] for h in hosts}
    for one, listed in wished.items():
        for other in listed:
            asked[other].append(one)
    points = {(s, h): round(draw.random() * 100) / 1.0 for s in schools for h in wished[s]}
    began = time.process_time()
    found = match(
        {s: Ranking(1, tuple((h,) for h in listed)) for s, listed in wished.items()},
        {h: Ranking(9, (tuple(listed),)) for h, listed in asked.items()},
        points,
        SEED,
        {},
    )
    assert time.process_time() - began < 20  # 1 s on an idle machine
    assert len(found.pairs) > 4_000
