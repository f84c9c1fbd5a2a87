"""A figure: one row that says what was counted, for whom, when, and by which definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from triskel.metrics.figures.rules.definitions import Definition
from triskel.metrics.figures.rules.intervals import Interval


@dataclass(frozen=True)
class Ratio:
    """Two counts; the value is null when there is nothing to divide by."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        return 100 * self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Figure:
    """`value` is in the definition's unit. A suppressed figure has neither counts nor value.
    `against` is what a gap is measured from. `schools` is n where an interval is given."""

    definition: Definition
    region: str
    school_year: str
    as_of: date
    breakdown: Mapping[str, str] = field(default_factory=dict)
    numerator: int | None = None
    denominator: int | None = None
    value: float | None = None
    suppressed: bool = False
    low: float | None = None
    high: float | None = None
    schools: int | None = None
    against: Ratio | None = None


Split = Mapping[str, str]
ALL: Split = MappingProxyType({})
"""What a row is of: nothing in particular, or one format, level, sex, …"""


@dataclass(frozen=True)
class Frame:
    """Where and when: what the figures of one computation share."""

    region: str
    school_year: str
    as_of: date

    def count(
        self, definition: Definition, number: int, split: Split = ALL, *, hide: bool = False
    ) -> Figure:
        if hide:
            return self._hidden(definition, split)
        return self._row(
            definition,
            split,
            numerator=number,
            value=float(number),
        )

    def quotient(self, definition: Definition, ratio: Ratio, split: Split = ALL) -> Figure:
        """A plain quotient, not in percent."""
        value = ratio.numerator / ratio.denominator if ratio.denominator else None
        return self._row(
            definition,
            split,
            numerator=ratio.numerator,
            denominator=ratio.denominator,
            value=_rounded(value),
        )

    def percent(
        self,
        definition: Definition,
        ratio: Ratio,
        split: Split = ALL,
        *,
        hide: bool = False,
        interval: Interval | None = None,
        schools: int | None = None,
    ) -> Figure:
        """`interval` is of the ratio, from 0 to 1."""
        if hide:
            return self._hidden(definition, split)
        return self._row(
            definition,
            split,
            numerator=ratio.numerator,
            denominator=ratio.denominator,
            value=_rounded(ratio.percent),
            low=_rounded(100 * interval.low) if interval else None,
            high=_rounded(100 * interval.high) if interval else None,
            schools=schools,
        )

    def points(
        self,
        definition: Definition,
        ratio: Ratio,
        against: Ratio,
        split: Split = ALL,
        *,
        hide: bool = False,
        interval: Interval | None = None,
        schools: int | None = None,
    ) -> Figure:
        """The first ratio less the second, in points of percent."""
        if hide:
            return self._hidden(definition, split)
        one, other = ratio.percent, against.percent
        return self._row(
            definition,
            split,
            numerator=ratio.numerator,
            denominator=ratio.denominator,
            value=_rounded(one - other) if one is not None and other is not None else None,
            low=_rounded(100 * interval.low) if interval else None,
            high=_rounded(100 * interval.high) if interval else None,
            schools=schools,
            against=against,
        )

    def _hidden(self, definition: Definition, split: Split) -> Figure:
        return self._row(definition, split, suppressed=True)

    def _row(self, definition: Definition, split: Split, **more: Any) -> Figure:
        return Figure(definition, self.region, self.school_year, self.as_of, split, **more)


def _rounded(value: float | None) -> float | None:
    """Six decimals: more would only show the machine."""
    return None if value is None else round(value, 6)
