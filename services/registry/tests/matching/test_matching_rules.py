"""Scores that explain themselves, and matchings that are stable: without a database."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, combinations
from math import degrees
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triskel.contracts.codes import IscedField
from triskel.contracts.distances import EARTH_KM
from triskel.registry.matching.rules.explaining import explain
from triskel.registry.matching.rules.fields import division, fields_of, sectors_of
from triskel.registry.matching.rules.scoring import (
    CRITERIA,
    Candidate,
    Weights,
    best_hosts,
    best_schools,
    fit,
    nearby,
)
from triskel.registry.matching.rules.stable import (
    Matching,
    Ranking,
    Refusal,
    lot,
    match,
    rank_of,
)
from triskel.registry.settings import MatchingWeights

SEED = UUID(int=2025)
WEIGHTS = Weights(**MatchingWeights().model_dump())
RENNES, BREST = (48.117, -1.678), (48.390, -4.486)


def school(**more: object) -> Candidate:
    return Candidate(id=UUID(int=1), latitude=RENNES[0], longitude=RENNES[1], **more)  # type: ignore[arg-type]


def host(**more: object) -> Candidate:
    return Candidate(id=UUID(int=1001), latitude=48.2, longitude=-1.678, **more)  # type: ignore[arg-type]


def share(name: str, one: Candidate, other: Candidate) -> float | None:
    return fit(one, other, WEIGHTS).shares[CRITERIA.index(name)]


def suits(one: Candidate, other: Candidate) -> bool:
    """Whether a host would look at a school, wherever both lie."""
    return best_schools(other, [one], WEIGHTS, most=1) != []


def test_the_contributions_of_all_criteria_sum_up_to_the_score() -> None:
    one = school(
        levels=frozenset("23"), subjects=frozenset({"071", "061"}), sectors=frozenset({"26"})
    )
    other = host(
        levels=frozenset("3"),
        subjects=frozenset({"071"}),
        sectors=frozenset({"26", "C"}),
        places=4,
        left=1,
        answer_rate=0.8,
        median_hours=30.0,
    )
    found = fit(one, other, WEIGHTS)
    criteria = explain(found, WEIGHTS)
    assert [each.criterion for each in criteria] == list(CRITERIA)
    assert sum(each.contribution for each in criteria) == pytest.approx(found.points, abs=0.05)
    for each in criteria:
        assert sorted(each.sentence) == ["en", "fr"] and all(each.sentence.values())
    words = {each.criterion: each.sentence["fr"] for each in criteria}
    assert words["distance"] == "À 9 km, dans la limite de 60 km."
    assert words["responsiveness"] == "Répond à 80 % des demandes, en 30 h (médiane)."
    assert "071 (1 sur 2)" in words["subjects"] and "26" in words["subjects"]


def test_each_criterion_rewards_what_it_names() -> None:
    near = replace(host(), latitude=48.12)
    assert (share("distance", school(), near) or 0) > (share("distance", school(), host()) or 0)
    levels = school(levels=frozenset("23"))
    assert share("levels", levels, host(levels=frozenset("3"))) == 0.5
    assert share("levels", levels, host(levels=frozenset("6"))) == 0
    wish = school(subjects=frozenset({"071"}), sectors=frozenset({"C"}))
    assert share("subjects", wish, host(subjects=frozenset({"071"}))) == 1
    elsewhere = host(subjects=frozenset({"071"}), sectors=frozenset({"J", "62"}))
    assert share("subjects", wish, elsewhere) == 0.5
    assert share("capacity", school(), host(places=4, left=1)) == 0.25
    assert share("responsiveness", school(), host(answer_rate=0.17)) == 0.17
    french, breton = frozenset({"fr"}), frozenset({"fr", "br"})
    assert share("languages", school(languages=french), host(languages=breton)) == 1
    assert share("languages", school(languages=french), host(languages=frozenset({"nl"}))) == 0
    visit = frozenset({"company-visit"})
    assert share("formats", school(formats=visit), host(formats=visit)) == 1


def test_what_nobody_said_counts_for_half() -> None:
    unknown = fit(Candidate(UUID(int=1)), Candidate(UUID(int=2)), WEIGHTS)
    assert unknown.points == 50
    assert set(unknown.shares) == {None}
    for each in explain(unknown, WEIGHTS):
        assert each.share is None and each.sentence["en"].endswith("counts for half.")


def test_a_weight_of_nothing_takes_a_criterion_out_of_the_score() -> None:
    only = Weights(**dict.fromkeys(CRITERIA, 0.0) | {"responsiveness": 7.0})
    assert fit(school(), host(answer_rate=0.9), only).points == 90


def test_who_is_too_far_for_either_or_full_is_not_suggested() -> None:
    far = replace(host(), latitude=BREST[0], longitude=BREST[1])
    assert not suits(school(), far)
    assert suits(school(reach_km=300), far)
    # in a round they may have ranked each other all the same
    words = explain(fit(school(), far, WEIGHTS), WEIGHTS)[0]
    assert words.share == 0 and words.sentence["en"].endswith("beyond the limit of 60 km.")
    assert not suits(school(reach_km=300), replace(far, reach_km=100))
    assert not suits(school(), host(places=2, left=0))
    # nobody knows how far: that is not too far
    assert suits(replace(school(), latitude=None), far)


def test_a_sector_tells_the_fields_that_it_needs() -> None:
    assert fields_of("26.70") == {
        IscedField.ENGINEERING,
        IscedField.ICT,
        IscedField.PHYSICAL_SCIENCES,
    }
    assert division("2670Z") == division("C26") == 26
    assert sectors_of("26.70") == {"26", "C"}
    assert fields_of("47.11") == frozenset() and sectors_of("47.11") == {"47", "G"}
    for odd in (None, "", "x", "٢٦", "2"):
        assert fields_of(odd) == sectors_of(odd) == frozenset()


def region(schools: int, hosts: int) -> tuple[list[Candidate], list[Candidate]]:
    """A region of the size of Bretagne: 280 km by 100 km."""
    draw = Random(5)
    fields, levels = sorted(IscedField), "123"

    def one(number: int, **more: object) -> Candidate:
        return Candidate(
            id=UUID(int=number),
            latitude=47.7 + draw.random() * 0.9,
            longitude=-4.7 + draw.random() * 3.7,
            levels=frozenset(draw.sample(levels, 2)),
            subjects=frozenset(draw.sample(fields, 3)),
            languages=frozenset({"fr"}),
            **more,  # type: ignore[arg-type]
        )

    return (
        [one(n, reach_km=30.0) for n in range(schools)],
        [one(10_000 + n, places=5, left=draw.randint(1, 5)) for n in range(hosts)],
    )


def test_a_host_as_far_north_as_a_school_goes_is_looked_at() -> None:
    one = school(reach_km=100)
    farthest = replace(host(), latitude=RENNES[0] + degrees(99.9999 / EARTH_KM))
    assert suits(one, farthest)
    assert [found for _, found in nearby([one], [farthest])] == [[farthest]]


def test_the_distance_is_that_of_the_nearest_site() -> None:
    """In suggestions too, where the main place is beyond everybody's reach."""
    near = (RENNES[0] + 0.02, RENNES[1])
    brest = replace(host(), latitude=BREST[0], longitude=BREST[1])
    of_both = replace(brest, sites=(near, BREST))
    assert not suits(school(), brest) and suits(school(), of_both)
    assert fit(school(), of_both, WEIGHTS).distance_km == pytest.approx(2.2, abs=0.1)
    nowhere = replace(brest, latitude=None, longitude=None, sites=(near,))
    assert fit(school(), nowhere, WEIGHTS).distance_km == pytest.approx(2.2, abs=0.1)
    (found,) = best_hosts([school()], [brest, of_both], WEIGHTS, most=5).values()
    assert [each.host for each in found] == [of_both]
    branch = replace(school(), latitude=BREST[0], longitude=BREST[1], sites=(RENNES,))
    for one in (school(), branch):
        hosts = [replace(of_both, id=UUID(int=2000 + n)) for n in range(3)]
        ((_, looked_at),) = nearby([one], hosts)
        assert sorted(each.id.int for each in looked_at) == [2000, 2001, 2002]


def test_of_equal_suggestions_who_has_waited_longer_comes_first() -> None:
    def waits(number: int, day: int | None) -> Candidate:
        since = day and datetime(2025, 9, day, tzinfo=UTC)
        return replace(host(), id=UUID(int=number), since=since or None)

    hosts = [waits(1001, None), waits(1002, 9), waits(1003, 2), waits(1004, 2)]
    (found,) = best_hosts([school()], hosts, WEIGHTS, most=4).values()
    assert [each.host.id.int for each in found] == [1003, 1004, 1002, 1001]


def test_far_fewer_pairs_are_scored_than_there_are_and_a_whole_region_takes_seconds() -> None:
    schools, hosts = region(5_000, 500)
    looked_at = sum(len(near) for _, near in nearby(schools, hosts))
    assert looked_at < 0.65 * len(schools) * len(hosts)
    began = time.process_time()
    found = best_hosts(schools, hosts, WEIGHTS, most=5)
    assert time.process_time() - began < 30  # 5 s on an idle machine
    assert len(found) == 5_000 and max(map(len, found.values())) == 5
    # the belt loses nobody: the same as looking at all
    for one in schools[:20]:
        fits = [fit(one, other, WEIGHTS) for other in hosts if suits(one, other)]
        best = sorted(fits, key=lambda each: (-each.points, each.host.id))[:5]
        assert found[one.id] == best
    back = best_schools(hosts[0], schools, WEIGHTS, most=3)
    assert [each.points for each in back] == sorted((e.points for e in back), reverse=True)


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


@settings(max_examples=150, deadline=None)
@given(instances())
def test_the_matching_is_feasible_and_stable(instance: Instance) -> None:
    found, strict = pairs_of(match(*instance, SEED, SINCE)), Strict(instance)
    assert strict.feasible(found)
    assert strict.blocking(found) == []


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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
