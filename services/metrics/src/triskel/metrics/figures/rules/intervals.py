"""Ratios over schools, their difference, and a 95 % interval that knows that pupils of one school
resemble each other: the linearised variance of a ratio with schools as clusters (Särndal, Swensson
& Wretman, Model Assisted Survey Sampling, 1992, 5.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class School:
    """One school's part: `part` of `whole` choices."""

    part: int
    whole: int


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def ratio(schools: Sequence[School]) -> float | None:
    """Σ part / Σ whole; null without any choice."""
    whole = sum(school.whole for school in schools)
    return sum(school.part for school in schools) / whole if whole else None


def ratio_interval(schools: Sequence[School]) -> Interval | None:
    """Of the ratio; null for fewer than two schools, for one school tells no spread."""
    value = ratio(schools)
    if value is None:
        return None
    half = _half_width(_influence(schools, value))
    if half is None:
        return None
    return Interval(max(value - half, 0.0), min(value + half, 1.0))


def gap_interval(all_: Sequence[School], chosen: Sequence[bool]) -> Interval | None:
    """Of the ratio of the chosen schools less the ratio of all, which hold the chosen too: the
    shared schools count in both, so the two are not taken as independent."""
    some = [school for school, mine in zip(all_, chosen, strict=True) if mine]
    of_some, of_all = ratio(some), ratio(all_)
    if of_some is None or of_all is None or len(some) < 2:
        return None
    mine = iter(_influence(some, of_some))
    influence = [
        (next(mine) if is_mine else 0.0) - theirs
        for is_mine, theirs in zip(chosen, _influence(all_, of_all), strict=True)
    ]
    return _around(of_some - of_all, influence)


def change_interval(before: Sequence[School], after: Sequence[School]) -> Interval | None:
    """Of the ratio after less the ratio before, of the same schools in the same order."""
    first, second = ratio(before), ratio(after)
    if first is None or second is None or len(before) < 2:
        return None
    influence = [
        late - early
        for early, late in zip(_influence(before, first), _influence(after, second), strict=True)
    ]
    return _around(second - first, influence)


def _influence(schools: Sequence[School], value: float) -> list[float]:
    whole = sum(school.whole for school in schools)
    return [(school.part - value * school.whole) / whole for school in schools]


def _half_width(influence: Sequence[float]) -> float | None:
    if len(influence) < 2:
        return None
    count = len(influence)
    return Z_95 * sqrt(count / (count - 1) * sum(each * each for each in influence))


def _around(value: float, influence: Sequence[float]) -> Interval | None:
    half = _half_width(influence)
    return None if half is None else Interval(value - half, value + half)
