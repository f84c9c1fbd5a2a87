"""Indicator 8: STEM uptake of partner schools, of the region and of the country."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from triskel.metrics.figures.rules import definitions
from triskel.metrics.figures.rules.figures import Figure, Frame, Ratio, Split
from triskel.metrics.figures.rules.intervals import (
    School,
    change_interval,
    gap_interval,
    ratio_interval,
)
from triskel.metrics.figures.rules.stem import Chosen
from triskel.metrics.figures.rules.suppression import hidden, too_small

LEVEL = "3"
"""Première générale is upper secondary; figures never go across levels."""


@dataclass(frozen=True)
class Lycee:
    """One school's choices in one year. `partner_since` is the school year of its first active
    partnership, if any; `before` its choices in the last published year before that."""

    code: str
    chosen: Chosen
    in_region: bool
    partner_since: str | None = None
    before: Chosen | None = None


_Take = Callable[[Chosen], School]


def _all(chosen: Chosen) -> School:
    return School(chosen.stem_girls + chosen.stem_boys, chosen.all_girls + chosen.all_boys)


def _girls(chosen: Chosen) -> School:
    return School(chosen.stem_girls, chosen.all_girls)


def _boys(chosen: Chosen) -> School:
    return School(chosen.stem_boys, chosen.all_boys)


_BY_SEX: tuple[tuple[str | None, _Take], ...] = ((None, _all), ("girls", _girls), ("boys", _boys))


def figures(frame: Frame, lycees: Sequence[Lycee]) -> Iterable[Figure]:
    """`lycees` are all of the country in one school year."""
    region = [school for school in lycees if school.in_region]
    partners = [school for school in region if school.partner_since is not None]
    hide_region = _small(region) or _small([s for s in lycees if not s.in_region])
    hide_partners = (
        hide_region or _small(partners) or _small([s for s in region if s.partner_since is None])
    )
    after = [s for s in partners if (s.partner_since or "") <= frame.school_year]
    period = {"after": after, "before": [s for s in partners if s not in after]}
    for sex, take in _BY_SEX:
        by_sex = _by_sex(sex)
        yield _uptake(frame, lycees, take, False, by_sex | {"scope": "country"})
        yield _uptake(frame, region, take, hide_region, by_sex | {"scope": "region"})
        yield _uptake(frame, partners, take, hide_partners, by_sex | {"scope": "partners"})
        if all(period.values()):
            mask = hidden({name: _columns(some) for name, some in period.items()})
            for name, some in period.items():
                away = hide_partners or name in mask
                yield _uptake(
                    frame, some, take, away, by_sex | {"scope": "partners", "period": name}
                )
        if partners:
            for name, others in (("country", lycees), ("region", region)):
                yield _gap(frame, others, take, hide_partners, by_sex | {"against": name})
            yield _change(frame, after, take, hide_partners, by_sex)


def by_school(frame: Frame, lycees: Sequence[Lycee]) -> Iterable[Figure]:
    """One row a school of the region; its small numbers are hidden though the ministry shows them.
    Partners and others are masked apart, because the sum of each is shown."""
    region = [school for school in lycees if school.in_region]
    for partner in (True, False):
        some = {s.code: s for s in region if (s.partner_since is not None) is partner}
        mask = hidden({code: _columns([school]) for code, school in some.items()})
        for code, school in sorted(some.items()):
            for sex, take in _BY_SEX:
                counted = take(school.chosen)
                yield frame.percent(
                    definitions.STEM_UPTAKE,
                    Ratio(counted.part, counted.whole),
                    {"school": code, "partner": "yes" if partner else "no", **_by_sex(sex)},
                    hide=code in mask,
                )


def _by_sex(sex: str | None) -> dict[str, str]:
    return {"level": LEVEL} | ({"sex": sex} if sex else {})


def _uptake(
    frame: Frame, schools: Sequence[Lycee], take: _Take, hide: bool, split: Split
) -> Figure:
    counted = [take(school.chosen) for school in schools]
    return frame.percent(
        definitions.STEM_UPTAKE,
        _sum(counted),
        split,
        hide=hide,
        interval=ratio_interval(counted),
        schools=len(counted),
    )


def _gap(frame: Frame, others: Sequence[Lycee], take: _Take, hide: bool, split: Split) -> Figure:
    counted = [take(school.chosen) for school in others]
    mine = [s.in_region and s.partner_since is not None for s in others]
    partners = [school for school, is_mine in zip(counted, mine, strict=True) if is_mine]
    return frame.points(
        definitions.STEM_GAP,
        _sum(partners),
        _sum(counted),
        split,
        hide=hide,
        interval=gap_interval(counted, mine),
        schools=len(partners),
    )


def _change(frame: Frame, after: Sequence[Lycee], take: _Take, hide: bool, split: Split) -> Figure:
    """Of the schools that have figures on both sides; there may be none yet."""
    both = [(s.before, s.chosen) for s in after if s.before is not None]
    early = [take(before) for before, _ in both]
    late = [take(now) for _, now in both]
    hide = hide or (len(both) < len(after) and _small([s for s in after if s.before is None]))
    return frame.points(
        definitions.STEM_CHANGE,
        _sum(late),
        _sum(early),
        split,
        hide=hide,
        interval=change_interval(early, late),
        schools=len(both),
    )


def _sum(schools: Sequence[School]) -> Ratio:
    return Ratio(sum(s.part for s in schools), sum(s.whole for s in schools))


def _columns(schools: Sequence[Lycee]) -> tuple[int, ...]:
    """STEM and other choices by sex, so that neither can be worked out of the other."""
    chosen = [school.chosen for school in schools]
    stem_girls, stem_boys = sum(c.stem_girls for c in chosen), sum(c.stem_boys for c in chosen)
    return (
        stem_girls,
        stem_boys,
        sum(c.all_girls for c in chosen) - stem_girls,
        sum(c.all_boys for c in chosen) - stem_boys,
    )


def _small(schools: Sequence[Lycee]) -> bool:
    return too_small(_columns(schools))
