"""Indicators 4 and 5: pupils reached, and the share of girls among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triskel.metrics.figures.rules import definitions
from triskel.metrics.figures.rules.figures import Figure, Frame, Ratio, Split
from triskel.metrics.figures.rules.suppression import hidden, too_small


@dataclass(frozen=True)
class Counts:
    """Attendances by sex, and the estimate of distinct pupils where one is made."""

    girls: int = 0
    boys: int = 0
    undeclared: int = 0
    distinct: int = 0

    @property
    def contacts(self) -> int:
        return self.girls + self.boys + self.undeclared

    def columns(self) -> tuple[int, ...]:
        return (self.girls, self.boys, self.undeclared, self.distinct)


@dataclass(frozen=True)
class Reference:
    """The newest published enrolment of one level, by sex."""

    school_year: str
    girls: int
    boys: int


def figures(
    frame: Frame,
    total: Counts,
    by_format: Mapping[str, Counts],
    by_level: Mapping[str, Counts],
    enrolment: int,
    references: Mapping[str, Reference],
) -> Iterable[Figure]:
    """One mask for each way of splitting, for all indicators: what one hides, no other shows."""
    away = too_small(total.columns())
    yield from _split(frame, total, {}, away)
    yield frame.count(definitions.DISTINCT_PUPILS, total.distinct, hide=away)
    yield frame.percent(definitions.PUPIL_REACH, Ratio(total.distinct, enrolment), hide=away)
    for sex in ("girls", "boys", "undeclared"):
        yield frame.count(definitions.PUPILS_REACHED, getattr(total, sex), {"sex": sex}, hide=away)
    for dimension, groups in (("format", by_format), ("level", by_level)):
        mask = hidden({group: counts.columns() for group, counts in groups.items()})
        for group, counts in sorted(groups.items()):
            hide = away or group in mask
            yield from _split(frame, counts, {dimension: group}, hide)
            if dimension == "level":
                yield frame.count(
                    definitions.DISTINCT_PUPILS, counts.distinct, {"level": group}, hide=hide
                )
                yield from _gap(frame, counts, references.get(group), hide, group)


def _split(frame: Frame, counts: Counts, group: Split, hide: bool) -> Iterable[Figure]:
    declared = counts.girls + counts.boys
    yield frame.count(definitions.PUPILS_REACHED, counts.contacts, group, hide=hide)
    yield frame.percent(definitions.GIRLS_SHARE, Ratio(counts.girls, declared), group, hide=hide)
    undeclared = Ratio(counts.undeclared, counts.contacts)
    yield frame.percent(definitions.UNDECLARED_SHARE, undeclared, group, hide=hide)


def _gap(
    frame: Frame, counts: Counts, reference: Reference | None, hide: bool, level: str
) -> Iterable[Figure]:
    if reference is not None:
        yield frame.points(
            definitions.GIRLS_GAP,
            Ratio(counts.girls, counts.girls + counts.boys),
            Ratio(reference.girls, reference.girls + reference.boys),
            {"level": level, "enrolment_year": reference.school_year},
            hide=hide,
        )
