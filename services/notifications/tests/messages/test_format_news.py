"""Who hears of challenges, research works and meetings: those who must act, or wait for it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from triskel.contracts import activities as a
from triskel.contracts import event_class
from triskel.notifications.messages.rules.news import News, news_of

EXAMPLES = Path(__file__).parents[4] / "contracts/examples"
SCHOOL = UUID("0199a1b2-0001-7000-8000-000000000001")
HOST = UUID("0199a1b2-0002-7000-8000-000000000002")
GUEST = UUID("0199a1b2-0005-7000-8000-000000000005")


def example(name: str, **more: Any) -> Any:
    """The contract's own message."""
    kind = f"triskel.activities.{name}.v1"
    value = json.loads((EXAMPLES / kind / "0001.json").read_text(encoding="utf-8"))["value"]
    found = event_class(kind)
    assert found is not None
    return found.model_validate(value | more)


def news(name: str, **more: Any) -> News:
    found = news_of(example(name, **more))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("challenge-phase-reached", {SCHOOL}),
        ("challenge-awarded", {SCHOOL, HOST}),
        ("challenge-teams-advanced", {SCHOOL}),
        ("research-report-submitted", {HOST}),
        ("meeting-action-item-added", {GUEST}),
        ("meeting-minutes-published", {HOST, GUEST}),
        ("activity-deadlines-missed", {SCHOOL, HOST}),
    ],
)
def test_who_must_act_or_waits_for_it_hears_of_it(name: str, told: set[UUID]) -> None:
    assert {audience.organisation for audience in news(name).audiences} == told


@pytest.mark.parametrize(
    "name", ["challenge-scored", "challenge-teams-set", "meeting-agenda-set", "research-planned"]
)
def test_what_asks_nothing_of_anybody_is_no_news(name: str) -> None:
    assert news_of(example(name)) is None


def test_of_the_phases_only_the_briefing_is_news() -> None:
    assert news_of(example("challenge-phase-reached", phase="working")) is None


def test_an_overdue_action_item_is_its_owners_affair_and_says_what_and_when() -> None:
    added = example("meeting-action-item-added")
    late = a.ActivityDeadlinesMissed(
        activity=added.activity, by="system", missed=[{"kind": "action-item", "number": 1}]
    )
    found = news_of(late)
    assert found is not None
    assert [audience.organisation for audience in found.audiences] == [GUEST]
    assert found.facts["items"] == "Partager la grille d'évaluation"
    assert found.facts["due_on"] == "2026-05-15"
