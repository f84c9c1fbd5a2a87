"""Scores that explain themselves: without a database."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from math import degrees
from random import Random
from uuid import UUID

import pytest

from triskel.contracts.codes import IscedField
from triskel.contracts.distances import EARTH_KM
from triskel.contracts.registry import MatchingWeights
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
    assert [found for _, found in nearby([one], [farthest], 60.0)] == [[farthest]]


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
        ((_, looked_at),) = nearby([one], hosts, 60.0)
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
    looked_at = sum(len(near) for _, near in nearby(schools, hosts, 60.0))
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
