"""How hosts answer: what is counted, when one is hidden and shown again, and who sees it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text as sql

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.contracts.registry import AnswerLimits, RegionSettings
from triskel.registry.calendars.rules import Calendar, Holiday, SchoolYear
from triskel.registry.partnerships.jobs import expire_unanswered
from triskel.registry.responsiveness.jobs import measure_hosts
from triskel.registry.responsiveness.rules import (
    HIDDEN_RANK,
    Answers,
    Request,
    count,
    hidden_since,
    in_words,
    rank,
)

NOW = datetime(2025, 11, 3, 8, tzinfo=UTC)
LIMITS = AnswerLimits(hidden_after_in_a_row=2, hidden_after_in_all=4)


@pytest.mark.parametrize(
    ("answers", "hidden"),
    [
        (Answers(), False),
        (Answers(answered=0, unanswered=1, in_a_row=1), False),
        (Answers(answered=9, unanswered=2, in_a_row=2), True),
        # four in all, and the newest of them later than the last answer
        (Answers(answered=9, unanswered=4, in_a_row=1), True),
        (Answers(answered=9, unanswered=4, in_a_row=0), False),
    ],
)
def test_a_host_is_hidden_after_so_many_unanswered_in_a_row_or_in_all_and_an_answer_shows_it(
    answers: Answers, hidden: bool
) -> None:
    assert (hidden_since(answers, LIMITS, None, NOW) is not None) == hidden


def test_a_host_stays_hidden_since_it_first_was() -> None:
    silent = Answers(unanswered=3, in_a_row=3)
    before = NOW - timedelta(days=9)
    assert hidden_since(silent, LIMITS, before, NOW) == before


def test_who_leaves_more_unanswered_ranks_lower_and_the_never_asked_with_the_best() -> None:
    good, bad = Answers(answered=9, unanswered=1), Answers(answered=1, unanswered=3)
    assert rank(Answers(), hidden=False) == rank(Answers(answered=3), hidden=False) == 0
    assert 0 < rank(good, hidden=False) < rank(bad, hidden=False) < HIDDEN_RANK
    assert rank(bad, hidden=True) == HIDDEN_RANK


def test_the_rule_in_words_has_the_numbers_of_the_policy_in_both_languages() -> None:
    for text in in_words(AnswerLimits(hidden_after_in_a_row=17, hidden_after_in_all=91)).values():
        assert "17" in text
        assert "91" in text


AUTUMN = SchoolYear(
    "2025-2026",
    "Europe/Paris",
    date(2025, 9, 1),
    date(2026, 7, 3),
    (Holiday("Toussaint", date(2025, 10, 18), date(2025, 11, 2)),),
    (),
    "",
)
CALENDAR = Calendar((AUTUMN,), RegionSettings(time_zone="Europe/Paris"))
SCHOOL, OTHER_SCHOOL = uuid4(), uuid4()


def at(day: int, month: int = 10, hour: int = 8) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=UTC)


def silent(school: UUID, asked: datetime, until: datetime) -> Request:
    return Request(uuid4(), school, asked, until, True, None)


def test_unanswered_requests_of_one_school_count_once() -> None:
    asked = [silent(SCHOOL, at(1, hour=hour), at(13)) for hour in (7, 8, 9)]
    counted = count([*asked, silent(OTHER_SCHOOL, at(1), at(13))], CALENDAR, NOW)
    assert (counted.unanswered, counted.in_a_row) == (2, 2)
    answered = Request(uuid4(), SCHOOL, at(1), at(13), False, at(14))
    counted = count([*asked, answered], CALENDAR, NOW)
    assert (counted.answered, counted.unanswered, counted.in_a_row) == (1, 1, 0)


def test_days_of_holidays_are_no_part_of_the_time_that_an_answer_took() -> None:
    # asked on Friday at ten there, answered on Monday two weeks later at nine, in winter time
    answered = Request(uuid4(), SCHOOL, at(17), at(15, 11), False, at(3, 11))
    assert count([answered], CALENDAR, NOW).median_hours == 14 + 9
    without = Calendar((), CALENDAR.settings)
    assert count([answered], without, NOW).median_hours == 17 * 24


def test_what_left_too_few_days_of_school_for_an_answer_counts_against_nobody() -> None:
    in_holidays = silent(SCHOOL, at(17), at(31))
    assert count([in_holidays], CALENDAR, NOW).unanswered == 0
    assert count([in_holidays], Calendar((), CALENDAR.settings), NOW).unanswered == 1
    assert count([silent(SCHOOL, at(15), at(17))], CALENDAR, NOW).unanswered == 1


async def measure(platform: Any, times: int = 1) -> int:
    """As many replicas at once as `times`; the region hides who left two in a row, four in all."""
    state = platform.app.state
    await platform.decide(answers={"hidden_after_in_a_row": 2, "hidden_after_in_all": 4})
    done = await asyncio.gather(
        *(measure_hosts(state.database, state.outbox, state.clock) for _ in range(times))
    )
    return sum(done)


async def measured(platform: Any) -> list[Any]:
    found = await outbox_events(platform.app.state.database)
    return [e.aggregate for e in found if e.topic == "registry.responsiveness"]


async def shown(platform: Any, company: str, who: dict[str, str] | None = None) -> Any:
    path = f"/v1/organisations/{company}/responsiveness"
    return await platform.client.get(path, headers=who or platform.who(Role.COMPANY, company))


async def ask_and_leave_unanswered(platform: Any, company: str) -> str:
    """A school of its own proposes a partnership, and the deadline passes."""
    school = (await platform.organisation("school", levels=["3"])).json()["id"]
    await platform.propose(platform.who(Role.TEACHER, school), school, company, answer_days=5)
    platform.clock.advance(days=6)
    state = platform.app.state
    assert await expire_unanswered(state.database, state.outbox, state.clock) == 1
    return school


async def found_by(platform: Any, who: dict[str, str], **query: Any) -> list[str]:
    answer = await platform.client.get(
        "/v1/organisations", params={"kind": "company"} | query, headers=who
    )
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_answers_to_partnerships_and_to_activities_are_counted_together(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    teacher, host = platform.who(Role.TEACHER, school), platform.who(Role.COMPANY, company)
    known = await platform.propose(teacher, school, company)
    platform.clock.advance(hours=10)
    await platform.act(host, known, "accept")
    asked = {
        "proposed_at": platform.clock.now(),
        "answer_by": platform.clock.now() + timedelta(days=9),
    }
    declined = asked | {
        "state": "declined",
        "answered_at": platform.clock.now() + timedelta(hours=20),
    }
    await platform.hear(
        platform.activity(school, company, **declined),
        platform.activity(school, company, **asked, state="expired"),
        # still waiting, taken back, or asked by the host itself: none of these counts
        platform.activity(school, company, **asked, state="proposed"),
        platform.activity(school, company, **asked, state="withdrawn"),
        platform.activity(school, company, **(declined | {"proposed_by": "host"})),
    )
    assert await measure(platform) == 1
    assert await measure(platform) == 0
    body = (await shown(platform, company)).json()
    assert (body["answered"], body["unanswered"], body["answer_rate"]) == (2, 1, 0.6667)
    assert (body["median_hours"], body["unanswered_in_a_row"]) == (15.0, 1)
    assert body["hidden_since"] is None
    assert set(body["rule"]) == {"fr", "en"}
    (said,) = await measured(platform)
    assert (said.version, said.id, said.answer_rate) == (1, UUID(company), 0.6667)


async def test_what_changed_nothing_is_not_said_again(platform: Any) -> None:
    school, company = await platform.pair()
    await platform.propose(platform.who(Role.TEACHER, school), school, company)
    assert await measure(platform) == 1  # asked, but neither answered nor overdue
    assert await measured(platform) == []
    assert (await shown(platform, company)).json()["version"] == 0


async def test_a_host_that_leaves_schools_unanswered_is_hidden_once_and_shown_when_it_answers(
    platform: Any,
) -> None:
    company = (await platform.organisation("company")).json()["id"]
    await ask_and_leave_unanswered(platform, company)
    school = await ask_and_leave_unanswered(platform, company)
    assert await measure(platform, times=4) == 1
    assert [state.hidden_since is not None for state in await measured(platform)] == [True]
    teacher, coordinator = platform.who(Role.TEACHER, school), platform.who(Role.COORDINATOR)
    assert await found_by(platform, teacher) == []
    assert await found_by(platform, coordinator) == [company]
    assert await found_by(platform, coordinator, hidden=True) == [company]
    assert await found_by(platform, coordinator, hidden=False) == []
    asked = await platform.client.get("/v1/organisations?hidden=true", headers=teacher)
    assert platform.rule(asked) == (403, "coordinator-only")
    # a school that knows it may still ask; any answer will do
    other = (await platform.organisation("school", levels=["3"])).json()["id"]
    known = await platform.propose(platform.who(Role.TEACHER, other), other, company)
    await platform.act(
        platform.who(Role.COMPANY, company), known, "decline", {"reason": "no-capacity"}
    )
    assert await measure(platform) == 1
    assert await found_by(platform, teacher) == [company]
    assert (await shown(platform, company)).json()["hidden_since"] is None


async def test_hosts_that_answer_come_first(platform: Any) -> None:
    names = {}
    for name in ("Atelier Aber", "Brasserie Brec'h"):
        names[name] = (await platform.organisation("company", names={"fr": name})).json()["id"]
    teacher = platform.who(Role.TEACHER, uuid4())
    assert await found_by(platform, teacher) == list(names.values())
    await ask_and_leave_unanswered(platform, names["Atelier Aber"])
    await measure(platform)
    assert await found_by(platform, teacher) == list(names.values())[::-1]
    coordinator = platform.who(Role.COORDINATOR)
    assert await found_by(platform, coordinator) == list(names.values())
    assert await found_by(platform, coordinator, sort="answers") == list(names.values())[::-1]


async def test_what_was_asked_more_than_a_year_ago_counts_no_more(platform: Any) -> None:
    company = (await platform.organisation("company")).json()["id"]
    for _ in range(2):
        await ask_and_leave_unanswered(platform, company)
    await measure(platform)
    platform.clock.advance(days=366)
    assert await measure(platform) == 1
    last = (await measured(platform))[-1]
    assert (last.version, last.unanswered, last.hidden_since) == (2, 0, None)


async def test_only_the_host_itself_and_its_coordinator_see_how_it_answers(platform: Any) -> None:
    school, company = await platform.pair()
    assert (await shown(platform, company)).status_code == 200
    assert (await shown(platform, company, platform.who(Role.COORDINATOR))).status_code == 200
    for who in (
        platform.who(Role.COMPANY, uuid4()),
        platform.who(Role.TEACHER, school),
        platform.who(Role.AUTHORITY),
    ):
        assert (await shown(platform, company, who)).status_code == 403
    assert platform.rule(await shown(platform, school, platform.who(Role.COORDINATOR))) == (
        404,
        "not-a-host",
    )


async def test_a_coordinator_asks_how_the_hosts_of_the_own_region_answer(platform: Any) -> None:
    company = (await platform.organisation("company")).json()["id"]
    await ask_and_leave_unanswered(platform, company)
    await measure(platform)
    # as another deployment's host is known where several regions share one
    async with platform.app.state.database.transaction() as session:
        await session.execute(sql("update organisations set region = 'NL'"))
    coordinator = platform.who(Role.COORDINATOR)
    assert await found_by(platform, coordinator) == [company]
    for asked in ({"hidden": "false"}, {"hidden": "true"}, {"sort": "answers"}):
        assert await found_by(platform, coordinator, **asked) == []
        path = "/v1/organisations"
        answer = await platform.client.get(
            path, params=asked | {"region": "NL"}, headers=coordinator
        )
        assert platform.rule(answer) == (403, "region-not-yours")


async def test_the_order_by_answers_is_for_schools_and_coordinators_alone(platform: Any) -> None:
    """Nobody learns from an order, or from a cursor in it, how a competitor answers."""
    path = "/v1/organisations?sort=answers"
    for role, status in (
        *((Role.COMPANY, 403), (Role.AUTHORITY, 403), (Role.OPS, 403)),
        *((Role.COORDINATOR, 200), (Role.TEACHER, 200)),
    ):
        answer = await platform.client.get(path, headers=platform.who(role))
        assert answer.status_code == status, role
