"""Every rule that any service refuses by is said in every language, and stands in the reference."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from triskel.cli import reference
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.refusals import LANGUAGES, Conflict, Refusal, rules_of

ROOT = Path(__file__).parents[1]


def all_rules() -> list[type[Refusal]]:
    for service in SERVICES:
        reference.aggregates_of(service)
    packages = ("contracts", "chassis", *SERVICES)
    return [rule for package in packages for rule in rules_of(f"triskel.{package}.")]


def facts_of(sentence: str) -> frozenset[str]:
    """The names that are filled in."""
    names = (name for _, name, _, _ in Formatter().parse(sentence) if name is not None)
    return frozenset(re.split(r"[.\[]", name)[0] for name in names)


def faults_of(rule: type[Refusal]) -> list[str]:
    """What is wrong with a rule's words."""
    found = []
    sentences = {language: getattr(rule, language) for language in LANGUAGES}
    if not all(sentences.values()):
        found.append("a language is missing")
    if len({facts_of(sentence) for sentence in sentences.values()}) > 1:
        found.append("the languages need different facts")
    if len(set(sentences.values())) < len(LANGUAGES) and "{" not in rule.en:
        found.append("a text is left in another language")
    if not (rule.__doc__ or "").strip():
        found.append("it does not say what the rule is")
    return found


def test_each_rule_is_said_in_every_language_with_the_same_facts() -> None:
    rules = all_rules()
    assert len(rules) > 150
    assert {rule.__qualname__: faults for rule in rules if (faults := faults_of(rule))} == {}

    class PlantedWithoutFrench(Conflict):
        en = "It is {size} long."

    assert faults_of(PlantedWithoutFrench) == [
        "a language is missing",
        "the languages need different facts",
        "it does not say what the rule is",
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_code_is_one_rule_of_a_service(service: str) -> None:
    reference.aggregates_of(service)
    counted = Counter(rule.code() for rule in rules_of(f"triskel.{service}."))
    assert [code for code, times in counted.items() if times > 1] == []


def test_the_reference_pages_are_what_the_code_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert reference.main(["--check"]) == 0
    # the control: a page that was edited by hand
    (tmp_path / reference.PAGES).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert reference.main([]) == 0
    page = tmp_path / reference.PAGES / "actions" / "offers.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    assert reference.main(["--check"]) == 1
