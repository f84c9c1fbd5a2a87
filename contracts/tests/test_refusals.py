"""Refusals: one class for each rule, said in every language with the same facts."""

import pytest

from triskel.contracts.refusals import LANGUAGES, Conflict, Invalid, Refusal, rules_of


class VisitIsFull(Conflict):
    """All places are taken."""

    field = "size"
    en = "{free} places are free."
    fr = "Il reste {free} places."


class NotAPartner(Conflict):
    """A name with a word of one letter."""

    en = "No."
    fr = "Non."


def test_the_name_of_its_class_is_the_code_of_a_rule() -> None:
    assert VisitIsFull.code() == "visit-is-full"
    assert NotAPartner.code() == "not-a-partner"


def test_a_refusal_says_the_rule_the_field_the_value_and_a_sentence_in_each_language() -> None:
    refused = VisitIsFull(free=3, value=12)
    assert (refused.rule, refused.field, refused.value) == ("visit-is-full", "size", 12)
    assert {language: refused.said_in(language) for language in LANGUAGES} == {
        "en": "3 places are free.",
        "fr": "Il reste 3 places.",
    }
    assert str(refused) == refused.sentence
    assert VisitIsFull(free=0, field="bookings.size").field == "bookings.size"


def test_a_fact_that_the_sentence_needs_cannot_be_forgotten() -> None:
    with pytest.raises(KeyError, match="free"):
        VisitIsFull()


def test_rules_are_found_by_the_package_that_declares_them() -> None:
    found = {rule.code() for rule in rules_of(__name__)}
    assert found == {"visit-is-full", "not-a-partner"}
    assert Invalid not in set(rules_of("triskel.contracts"))
    assert {"version-stale", "if-match-missing"} <= {
        rule.code() for rule in rules_of("triskel.contracts")
    }


def test_a_kind_is_no_rule() -> None:
    assert Refusal.code() == "refusal"
    assert not Conflict.en
