"""One rule by which texts are compared, whatever keyboard wrote them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.contracts.folding import compared, folded

SEPARATORS = (
    *"'’‘‛ʼʹ`´′ꞌ＇",
    *"-‐‑‒–—−",
    *"./·•,_",
    *" \t\n\u00a0\u2009\u202f\u3000\u2028",
)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Cœur", "coeur"),
        ("Ærø", "aero"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Łódź", "lodz"),
        ("Đurđa", "durda"),
        ("E\u0301cole", "ecole"),
        ("ÉCOLE", "ecole"),
        ("Saint\u00adMalo", "saintmalo"),
        ("2ⁿᵈᵉ", "2nde"),
        ("İzmir", "izmir"),
        ("ﬁlière", "filiere"),
    ],
)
def test_a_text_is_folded_to_what_any_keyboard_writes(written: str, found: str) -> None:
    assert folded(written) == found


@pytest.mark.parametrize("separator", SEPARATORS, ids=lambda c: f"U+{ord(c):04X}")
def test_every_apostrophe_hyphen_dot_slash_and_space_separates_words(separator: str) -> None:
    assert folded(f"L{separator}Hermitage{separator}{separator}") == "l hermitage"


@given(st.text())
def test_folding_again_changes_nothing_and_leaves_words_of_letters_and_digits(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert all(word.isalnum() for word in once.split())
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)) == once


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_are_folded_by_the_same_rule_as_all_others(text: str) -> None:
    assert f"{folded(text)} e".strip() == folded(f"{text} é")


def test_labels_without_letters_are_the_same_only_when_they_are_equal() -> None:
    assert compared("Tle Générale") == compared("TLE\u00a0 GENERALE")
    assert compared("2nde 4") != compared("2nde 5")
    assert compared("★") != compared("☆")
