"""Indicator 8's French definition: which choices count as science and technology."""

from collections.abc import Mapping
from dataclasses import dataclass

from triskel.contracts.metrics import SexCount

STEM_SPECIALITIES = frozenset({"0613", "0623", "0629", "0673", "0747", "3045"})
"""Mathematics, physics-chemistry, life and earth sciences, engineering sciences, digital and
computer sciences, biology-ecology (codes of the ministry's file, MEFSTAT4 of the speciality)."""


@dataclass(frozen=True)
class Chosen:
    """Choices counted, not pupils: a pupil of première générale makes three."""

    stem_girls: int
    stem_boys: int
    all_girls: int
    all_boys: int


def chosen(choices: Mapping[str, SexCount]) -> Chosen:
    """Counts by the definition of indicator 8."""
    stem = [count for code, count in choices.items() if code in STEM_SPECIALITIES]
    return Chosen(
        stem_girls=sum(count.girls for count in stem),
        stem_boys=sum(count.boys for count in stem),
        all_girls=sum(count.girls for count in choices.values()),
        all_boys=sum(count.boys for count in choices.values()),
    )
