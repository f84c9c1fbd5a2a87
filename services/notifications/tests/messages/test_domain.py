"""Who hears of what, and when a mail is given up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from triskel.contracts import activities as a
from triskel.contracts import registry as r
from triskel.contracts.codes import Role
from triskel.notifications.gateways.texts import LANGUAGES, compose, language_file
from triskel.notifications.messages.rules.letters import letters
from triskel.notifications.messages.rules.news import Audience, news_of, reasons
from triskel.notifications.messages.rules.retries import PAUSES, pause_after

SCHOOL, HOST = uuid4(), uuid4()
ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)


def activity(**more: Any) -> a.Activity:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 3,
        "format": "guest-lesson",
        "state": "proposed",
        "title": "Une ingénieure en classe",
        "school_year": "2025-2026",
        "host_id": HOST,
        "school_id": SCHOOL,
        "proposed_by": "school",
        "drafted_at": NOW,
    }
    return a.Activity(**(known | more))


def partnership(**more: Any) -> r.Partnership:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 2,
        "school_id": SCHOOL,
        "company_id": HOST,
        "school_year": "2025-2026",
        "state": "proposed",
        "proposed_by": Role.TEACHER,
        "proposed_at": NOW,
        "answer_by": NOW,
        "starts_on": date(2025, 9, 1),
        "ends_on": date(2026, 7, 3),
    }
    return r.Partnership(**(known | more))


def told(event: Any) -> set[UUID | None]:
    news = news_of(event)
    return {audience.organisation for audience in news.audiences} if news else set()


@pytest.mark.parametrize(
    ("by", "asked", "asking"),
    [
        ("school", {HOST}, {SCHOOL}),
        ("host", {SCHOOL}, {HOST}),
        # each of the two awaits the other's answer
        ("coordinator", {SCHOOL, HOST}, {SCHOOL, HOST, None}),
    ],
)
def test_the_asked_side_hears_of_a_request_and_the_asking_side_of_the_answer(
    by: str, asked: set[UUID], asking: set[UUID]
) -> None:
    state = activity(proposed_by=by)
    assert told(a.ActivityProposed(activity=state, by=Role.TEACHER)) == asked
    assert told(a.ActivityWithdrawn(activity=state, by=Role.TEACHER)) == asked
    assert told(a.ActivityAccepted(activity=state, by=Role.COMPANY)) == asking
    assert told(a.ActivityDeclined(activity=state, by=Role.COMPANY)) == asking


def test_both_sides_hear_of_dates() -> None:
    for event in (a.ActivityScheduled, a.ActivityConfirmed, a.ActivityCancelled):
        assert told(event(activity=activity(), by=Role.TEACHER)) == {SCHOOL, HOST}


def test_drafts_edits_and_closings_are_no_news() -> None:
    for event in (a.ActivityDrafted, a.ActivityEdited, a.ActivityClosed, a.ActivityBudgetSet):
        assert news_of(event(activity=activity(), by=Role.TEACHER)) is None


def test_only_who_has_not_evaluated_is_reminded() -> None:
    done = {
        "side": "school",
        "at": NOW,
        "purpose": True,
        "outcomes": True,
        "two_way": True,
        "reflection": False,
    }
    event = a.ActivityEvaluationRecorded(activity=activity(evaluations=(done,)), by=Role.TEACHER)
    assert told(event) == {HOST}


def test_the_last_reminder_to_report_tells_the_coordinator_too() -> None:
    first, last = (
        a.ActivityToReport(activity=activity(), by=Role.SYSTEM, after_days=14, last=each)
        for each in (False, True)
    )
    assert (told(first), told(last)) == ({SCHOOL, HOST}, {SCHOOL, HOST, None})
    news = news_of(last)
    assert news is not None
    assert news.reason == "activity-to-report-last"


def test_a_meeting_without_a_school_is_news_for_its_host_alone() -> None:
    state = activity(school_id=None, format="task-force-meeting")
    assert told(a.ActivityScheduled(activity=state, by=Role.COORDINATOR)) == {HOST}


def test_signing_is_the_heads_affair_and_the_coordinators() -> None:
    news = news_of(r.PartnershipAgreementDrafted(partnership=partnership(), by=Role.COORDINATOR))
    assert news is not None
    assert set(news.audiences) == {
        Audience(SCHOOL, frozenset({Role.HEAD})),
        Audience(HOST),
        Audience(None, frozenset({Role.COORDINATOR})),
    }


def test_who_has_signed_is_not_asked_again() -> None:
    signed = partnership(signatures={"head": NOW, "coordinator": NOW})
    assert told(r.PartnershipPartiallySigned(partnership=signed, by=Role.HEAD)) == {HOST}


def matching_round(**more: Any) -> r.MatchingRound:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 1,
        "school_year": "2025-2026",
        "state": "opened",
        "opened_at": NOW,
        "rank_until": datetime(2025, 10, 15, 16, tzinfo=UTC),
        "schools": 1,
        "companies": 1,
    }
    return r.MatchingRound(**(known | more))


def test_who_takes_part_in_a_round_hears_until_when_to_rank_and_its_result_is_no_news() -> None:
    known = matching_round()
    opened = r.MatchingRoundOpened(round=known, by=Role.COORDINATOR, participants=(SCHOOL, HOST))
    assert told(opened) == {SCHOOL, HOST}
    news = news_of(opened)
    assert news is not None
    french = compose(news.reason, news.facts, {}, "fr", ZONE)
    assert "2025-2026" in french.subject
    assert dict(french.lines)["À classer avant"].startswith("15 octobre 2025, 18:00")
    # the partnerships that a confirmed round proposes are news of their own
    assert news_of(r.MatchingRoundConfirmed(round=known, by=Role.COORDINATOR)) is None


def test_every_reason_has_a_text_in_every_language() -> None:
    for language in LANGUAGES:
        assert sorted(language_file(language)["messages"]) == sorted(reasons() + letters())


def test_every_language_has_the_same_words() -> None:
    first, second = (language_file(language) for language in LANGUAGES)
    for section in ("labels", "formats", "places", "reasons"):
        assert sorted(first[section]) == sorted(second[section])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", reasons() + letters())
def test_every_text_can_be_put_together(reason: str, language: str) -> None:
    facts = {
        "format": "company-visit",
        "title": "Visite\r\nBcc: someone",
        "school_year": "2025-2026",
        "school_id": str(SCHOOL),
        "host_id": str(HOST),
        "answer_by": NOW.isoformat(),
        "reason": "weather",
    }
    names = {str(SCHOOL): {"fr": "Lycée Émile Zola"}, str(HOST): {"fr": "Sous-marins SA"}}
    texts = compose(reason, facts, names, language, ZONE)
    assert "{" not in texts.subject + texts.body
    assert "\n" not in texts.subject


def test_dates_are_shown_as_people_there_read_them() -> None:
    slot = {
        "starts_at": "2025-11-20T08:00:00Z",
        "ends_at": "2025-11-20T10:00:00Z",
        "time_zone": "Europe/Paris",
        "place": "company",
    }
    facts = {"format": "company-visit", "title": "x", "host_id": str(HOST), "slot": slot}
    french = dict(compose("activity-scheduled", facts, {}, "fr", ZONE).lines)
    assert french["Date"] == "jeudi 20 novembre 2025, 09:00 – 11:00"
    # a language without texts gets English
    english = dict(compose("activity-scheduled", facts, {}, "eu", ZONE).lines)
    assert english["When"] == "Thursday 20 November 2025, 09:00 – 11:00"


def test_a_mail_is_tried_for_about_a_day_and_then_given_up() -> None:
    assert timedelta(hours=20) < sum(PAUSES, timedelta()) < timedelta(hours=30)
    assert pause_after(1) == PAUSES[0]
    assert pause_after(len(PAUSES)) == PAUSES[-1]
    assert pause_after(len(PAUSES) + 1) is None
