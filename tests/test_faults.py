"""Faults of all kinds in one short seeded run; and the checker, which must find what is planted."""

import pytest

from faults import checker
from faults.injector import FAULTS, NEEDS_A_DISK
from faults.records import READERS, SPOILT_RECORDS
from faults.run import run

OWNED = {"a": 3, "b": 2}
LOG = [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)]


def test_the_checker_is_silent_where_nothing_is_wrong() -> None:
    assert not [*checker.lost_answers(LOG, OWNED)]
    assert not [*checker.missing_events(OWNED, LOG)]
    assert not [*checker.invented_events(OWNED, LOG)]
    assert not [*checker.out_of_order([*LOG, *LOG, ("a", 1)])]
    assert not [*checker.stale_projections(OWNED, OWNED)]
    assert not [*checker.told_twice([("p", "news", "1"), ("p", "other", "2"), ("p", "news", "1")])]
    assert not [*checker.unequal_figures([{"v": 1}], [{"v": 1}])]
    assert not [*checker.wrong_dead_letters({(0, 7)}, {"metrics": {(0, 7)}})]


def test_the_checker_finds_each_planted_defect() -> None:
    assert [*checker.lost_answers([("a", 4)], OWNED)]
    assert [*checker.lost_answers([("c", 1)], OWNED)]
    assert [*checker.missing_events(OWNED, LOG[:-1])] == ["a version 3"]
    assert [*checker.invented_events({"a": 2, "b": 2}, LOG)] == ["a version 3"]
    assert [*checker.out_of_order([("a", 2), ("a", 1)])] == ["a version 1 after 2"]
    assert [*checker.stale_projections(OWNED, {"a": 3})]
    assert [*checker.stale_projections({"a": 3}, OWNED)]
    assert [*checker.told_twice([("p", "news", "1"), ("p", "news", "2")])]
    assert checker.repeated_mails([("p", "news", "1"), ("p", "news", "1")]) == 1
    assert [*checker.unequal_figures([{"v": 1}], [{"v": 2}])]
    lost = checker.wrong_dead_letters({(0, 7), (1, 3)}, {"metrics": {(0, 7)}, "registry": set()})
    assert [*lost] == [
        *("metrics has lost 1/3", "registry has lost 0/7", "registry has lost 1/3"),
    ]
    taken = checker.wrong_dead_letters({(0, 7)}, {"metrics": {(0, 7), (0, 8)}})
    assert [*taken] == ["metrics has 0/8, which can be read"]


@pytest.mark.connected
def test_faults_of_all_kinds_lose_nothing_double_nothing_and_disorder_nothing() -> None:
    report = run(seed=20251124, seconds=60)
    assert str(report.findings) == ""
    assert report.events > 200  # in a minute of a busy machine
    assert report.dead_letters > len(READERS) * SPOILT_RECORDS
    assert FAULTS.keys() - report.faults.keys() <= {NEEDS_A_DISK}
