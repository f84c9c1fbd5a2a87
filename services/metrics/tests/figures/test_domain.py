"""The rules of the figures."""

from datetime import date
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from triskel.contracts.metrics import SexCount
from triskel.metrics.figures.rules import definitions as d
from triskel.metrics.figures.rules.figures import Frame, Ratio
from triskel.metrics.figures.rules.intervals import (
    School,
    change_interval,
    gap_interval,
    ratio_interval,
)
from triskel.metrics.figures.rules.participation import format_figures
from triskel.metrics.figures.rules.pupils import Counts, Reference, figures
from triskel.metrics.figures.rules.stem import Chosen, chosen
from triskel.metrics.figures.rules.suppression import SMALLEST_GROUP, hidden
from triskel.metrics.figures.rules.uptake import Lycee
from triskel.metrics.figures.rules.uptake import figures as uptake_figures

FRAME = Frame("FRH0", "2025-2026", date(2026, 3, 31))
groups = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(*[st.integers(0, 40)] * 3),
    max_size=8,
)


@given(groups)
def test_a_group_of_one_to_four_persons_is_hidden(table: dict[str, tuple[int, ...]]) -> None:
    for group, counts in table.items():
        if any(0 < count < SMALLEST_GROUP for count in counts):
            assert group in hidden(table)


@given(groups)
def test_the_total_less_what_is_shown_gives_no_small_group_away(
    table: dict[str, tuple[int, ...]],
) -> None:
    away = hidden(table)
    for column in range(3):
        rest = sum(counts[column] for counts in table.values()) - sum(
            counts[column] for group, counts in table.items() if group not in away
        )
        # what remains is told by the total itself, when nothing else is shown
        assert rest == 0 or rest >= SMALLEST_GROUP or away == frozenset(table)
    assert len(away) != 1 or len(table) == 1


@given(groups)
def test_nothing_is_hidden_without_need(table: dict[str, tuple[int, ...]]) -> None:
    assume(not any(0 < c < SMALLEST_GROUP for counts in table.values() for c in counts))
    assert hidden(table) == frozenset()


def test_the_next_smallest_group_is_hidden_with_a_small_one() -> None:
    table = {"visit": (3, 9), "lesson": (20, 22), "challenge": (90, 80), "parents": (0, 0)}
    assert hidden(table) == {"visit", "lesson"}


def test_a_choice_counts_as_stem_by_its_code() -> None:
    counted = chosen(
        {
            "0613": SexCount(girls=10, boys=20),
            "3045": SexCount(girls=1, boys=2),
            "0507": SexCount(girls=30, boys=5),
        }
    )
    assert counted == Chosen(stem_girls=11, stem_boys=22, all_girls=41, all_boys=27)


def test_an_interval_over_schools_is_that_of_the_textbook() -> None:
    # three schools; residuals part - 0.5 * whole = -2, 0, 2; whole 60 in all
    found = ratio_interval([School(8, 20), School(10, 20), School(12, 20)])
    assert found is not None
    half = 1.959963984540054 * (3 / 2 * 2 * (2 / 60) ** 2) ** 0.5
    assert found.high == pytest.approx(0.5 + half)
    assert found.low == pytest.approx(0.5 - half)


def test_one_school_has_no_interval() -> None:
    assert ratio_interval([School(5, 20)]) is None
    assert gap_interval([School(5, 20), School(9, 20)], [True, False]) is None


def test_all_schools_against_themselves_are_no_gap() -> None:
    schools = [School(a, b) for a, b in product((5, 9), (20, 31))]
    found = gap_interval(schools, [True] * 4)
    assert found is not None
    assert found.low == found.high == 0


def test_a_change_is_measured_on_the_same_schools() -> None:
    # each school rose by five points: no spread between schools, so no doubt
    found = change_interval([School(50, 100), School(60, 100)], [School(55, 100), School(65, 100)])
    assert found is not None
    assert found.low == pytest.approx(0.05)
    assert found.high == pytest.approx(0.05)


def lycee(code: str, stem: int, *, region: bool = True, **more: object) -> Lycee:
    counted = Chosen(stem, stem + 5, 100, 100)
    return Lycee(code, counted, region, **more)  # type: ignore[arg-type]


def test_partner_schools_are_compared_with_all_schools_of_the_country_and_year() -> None:
    schools = [
        lycee("a", 60, partner_since="2025-2026"),
        lycee("b", 50, partner_since="2025-2026"),
        lycee("c", 40),
        lycee("e", 45),
        lycee("d", 30, region=False),
    ]
    found = list(uptake_figures(Frame("FRH0", "2023-2024", date(2026, 3, 31)), schools))
    gap = next(
        f
        for f in found
        if f.definition is d.STEM_GAP and f.breakdown == {"level": "3", "against": "country"}
    )
    assert (gap.numerator, gap.denominator) == (60 + 65 + 50 + 55, 400)
    assert gap.against == Ratio(60 + 65 + 50 + 55 + 40 + 45 + 45 + 50 + 30 + 35, 1000)
    assert gap.value == pytest.approx(100 * (230 / 400 - 475 / 1000))
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < gap.value < gap.high
    assert gap.schools == 2


def test_before_and_after_are_of_the_same_schools() -> None:
    before = Chosen(40, 40, 100, 100)
    schools = [
        lycee("a", 60, partner_since="2022-2023", before=before),
        lycee("b", 50, partner_since="2022-2023", before=before),
        lycee("c", 70, partner_since="2022-2023"),  # no figures from before
        lycee("d", 30, region=False),
    ]
    found = list(uptake_figures(Frame("FRH0", "2023-2024", date(2026, 3, 31)), schools))
    change = next(
        f for f in found if f.definition is d.STEM_CHANGE and f.breakdown == {"level": "3"}
    )
    assert (change.numerator, change.denominator) == (60 + 65 + 50 + 55, 400)
    assert change.against == Ratio(160, 400)
    assert change.schools == 2


def test_what_one_pupil_indicator_hides_no_other_shows() -> None:
    by_format = {
        "guest-lesson": Counts(60, 58, 2),
        "company-visit": Counts(3, 21, 0),
        "research-work": Counts(30, 30, 10),
    }
    # two of undeclared sex in the first and three boys too few in the second: all three go
    total = Counts(93, 109, 12, 200)
    found = list(figures(FRAME, total, by_format, {}, 10_000, {}))
    shown = {f.breakdown.get("format") for f in found if not f.suppressed}
    assert "company-visit" not in shown
    assert "guest-lesson" not in shown
    assert all(f.value is None and f.numerator is None for f in found if f.suppressed)


def test_girls_share_stands_beside_the_undeclared_and_against_enrolment() -> None:
    counts = Counts(40, 60, 20, 110)
    found = {
        (f.definition.id, f.breakdown.get("level")): f
        for f in figures(
            FRAME, counts, {}, {"3": counts}, 1_000, {"3": Reference("2023-2024", 550, 450)}
        )
        if not f.breakdown.get("sex")
    }
    assert found["girls-share", None].value == 40
    assert found["undeclared-share", None].value == pytest.approx(100 * 20 / 120, abs=1e-6)
    assert found["girls-share-gap", "3"].value == pytest.approx(40 - 55)
    assert found["pupil-reach", None].value == 11


def test_diversity_is_one_for_a_single_format_and_seven_for_all_equally() -> None:
    def diversity(delivered: dict[str, int]) -> float | None:
        return next(
            f.value for f in format_figures(FRAME, delivered) if f.definition is d.FORMAT_DIVERSITY
        )

    assert diversity({"guest-lesson": 12}) == 1
    assert diversity(dict.fromkeys("abcdefg", 3)) == 7
    assert diversity({}) is None


def test_every_definition_is_told_in_french_and_in_english() -> None:
    for definition in d.DEFINITIONS.values():
        for texts in (definition.names, definition.formula, definition.caveat):
            assert {"en", "fr"} <= set(texts)
            assert all(texts.values())
