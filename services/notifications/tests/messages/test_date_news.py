"""Who hears of another date that is proposed, and what the mail says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from triskel.contracts import activities as a
from triskel.contracts.codes import ActivityReason, Role
from triskel.notifications.gateways.invitations import method_of
from triskel.notifications.gateways.texts import compose
from triskel.notifications.messages.rules.news import Audience, News, news_of

SCHOOL, HOST = uuid4(), uuid4()
NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
COORDINATOR = Audience(None, frozenset({Role.COORDINATOR}))


def slot(days: int) -> a.Slot:
    start = NOW + timedelta(days=days)
    return a.Slot(
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        time_zone="Europe/Paris",
        place="school",
    )


def proposal(by: str, **yes: datetime) -> a.DateProposal:
    return a.DateProposal(
        slot=slot(20),
        proposed_by=by,
        proposed_at=NOW,
        answer_by=NOW + timedelta(days=9),
        approvals=yes,
    )


def lesson(of: a.DateProposal | None, **more: Any) -> a.Activity:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 7,
        "format": "guest-lesson",
        "state": "confirmed",
        "title": "Une ingénieure en classe",
        "school_year": "2025-2026",
        "host_id": HOST,
        "school_id": SCHOOL,
        "proposed_by": "school",
        "drafted_at": NOW,
        "slot": slot(10),
        "date_proposal": of,
    }
    return a.Activity(**(known | more))


def told(event: a.ActivityEvent) -> News:
    news = news_of(event)
    assert news is not None
    return news


def test_who_is_asked_for_another_date_reads_both_and_until_when_and_keeps_the_first() -> None:
    news = told(
        a.ActivityDateProposed(activity=lesson(proposal("host", host=NOW)), by=Role.COMPANY)
    )
    assert news.audiences == (Audience(SCHOOL),)
    assert method_of(news.reason, news.facts) is None
    lines = dict(compose(news.reason, news.facts, {}, "fr", ZoneInfo("Europe/Paris")).lines)
    assert lines["Date"].startswith("samedi 11 octobre")
    assert lines["Autre date proposée"].startswith("mardi 21 octobre")
    assert lines["Réponse avant"].startswith("10 octobre")


def test_of_a_date_that_the_coordinator_proposes_who_has_not_answered_hears_of_the_others_yes() -> (
    None
):
    activity = lesson(proposal("coordinator", host=NOW))
    news = told(a.ActivityDatePartiallyAgreed(activity=activity, by=Role.COMPANY))
    assert news.audiences == (Audience(SCHOOL),)


@pytest.mark.parametrize(
    ("by", "event", "more", "audiences"),
    [
        ("host", a.ActivityDateDeclined, {"reason": ActivityReason.TRANSPORT}, (HOST,)),
        ("host", a.ActivityDateWithdrawn, {}, (SCHOOL,)),
        ("host", a.ActivityDateLapsed, {}, (SCHOOL, HOST)),
        ("coordinator", a.ActivityDateDeclined, {"reason": "other"}, (SCHOOL, HOST, None)),
    ],
)
def test_who_waits_for_an_answer_hears_that_the_date_stands(
    by: str, event: Any, more: dict[str, Any], audiences: tuple[Any, ...]
) -> None:
    news = told(event(activity=lesson(None), by=Role.TEACHER, refused=proposal(by), **more))
    wanted = tuple(COORDINATOR if each is None else Audience(each) for each in audiences)
    assert news.audiences == wanted
    assert news.facts.get("reason") == more.get("reason")


def test_of_what_a_side_has_left_both_hear_why_and_calendars_lose_it() -> None:
    left = lesson(None, state="cancelled", reason="staff-absent", ended_by="school")
    news = told(a.ActivityLeft(activity=left, by=Role.TEACHER))
    assert news.audiences == (Audience(SCHOOL), Audience(HOST))
    assert method_of(news.reason, news.facts) == "CANCEL"
    assert "personnel absent" in compose(news.reason, news.facts, {}, "fr", ZoneInfo("UTC")).body
