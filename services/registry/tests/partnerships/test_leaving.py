"""What both said yes to and nobody signs: it is left or lapses, and everything is as before."""

from typing import Any
from uuid import UUID

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.calendars.queries import calendar_of
from triskel.registry.partnerships.jobs import lapse_unsigned
from triskel.registry.responsiveness.queries import answers_of


async def accepted(platform: Any) -> tuple[str, str, Any]:
    """Both wait for a partner; the company carries one."""
    school, company = await platform.school(), await platform.company(partnership_capacity=1)
    await platform.wait(school, company)
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    return school, company, await platform.act(platform.who(Role.COMPANY, company), known, "accept")


async def lapse(platform: Any) -> int:
    state = platform.app.state
    return await lapse_unsigned(state.database, state.outbox, platform.clock)


async def waiting(platform: Any) -> list[tuple[str, str, int]]:
    """State, since when and for how many, of every entry."""
    answer = await platform.client.get("/v1/waiting-list", headers=platform.who(Role.COORDINATOR))
    return sorted((e["state"], e["since"], e["remaining"]) for e in answer.json()["items"])


async def test_what_is_left_before_it_is_signed_frees_the_company_and_reopens_the_waiting(
    platform: Any,
) -> None:
    before_acceptance = platform.clock.now()
    school, company, known = await accepted(platform)
    assert {state for state, *_ in await waiting(platform)} == {"matched"}
    platform.clock.advance(days=2)
    host = platform.who(Role.COMPANY, company)
    left = await platform.act(host, known, "leave", {"reason": "no-capacity", "note": "Travaux"})
    assert (left.json()["state"], left.json()["reason"]) == ("withdrawn", "no-capacity")
    assert left.json()["carried"] == 0
    since = before_acceptance.isoformat().replace("+00:00", "Z")
    assert await waiting(platform) == [("open", since, 1)] * 2
    names = await platform.said()
    assert (names.count("partnership-left"), names.count("waiting-entry-reopened")) == (1, 2)
    # the two may try again, and a yes is counted as before
    again = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    await platform.act(host, again, "accept")
    assert {state for state, *_ in await waiting(platform)} == {"matched"}


async def test_what_nobody_signs_lapses_by_the_deadline_of_the_region_once(platform: Any) -> None:
    await platform.decide(sign_within_days=10)
    await accepted(platform)
    platform.clock.advance(days=10)
    assert await lapse(platform) == 0
    platform.clock.advance(seconds=1)
    assert [await lapse(platform), await lapse(platform)] == [1, 0]
    events = await outbox_events(platform.app.state.database)
    (lapsed,) = [e for e in events if e.name_and_version()[0] == "partnership-lapsed"]
    assert (lapsed.partnership.state, lapsed.by) == ("expired", "system")
    assert {state for state, *_ in await waiting(platform)} == {"open"}


async def test_who_waits_anew_already_is_not_reopened_twice(platform: Any) -> None:
    school, company, known = await accepted(platform)
    platform.clock.advance(days=1)
    await platform.wait(school)
    host = platform.who(Role.COMPANY, company)
    assert (await platform.act(host, known, "leave", {"reason": "no-fit"})).status_code == 200
    assert [state for state, *_ in await waiting(platform)] == ["matched", "open", "open"]


async def test_a_host_that_said_yes_has_answered_though_it_lapsed(platform: Any) -> None:
    _, company, _ = await accepted(platform)
    platform.clock.advance(days=61)
    assert await lapse(platform) == 1
    state = platform.app.state
    async with state.database.reading() as session:
        host, calendar = UUID(company), await calendar_of(session, "FRH0")
        answers = (await answers_of(session, {host: calendar}, platform.clock.now()))[host]
    assert (answers.answered, answers.unanswered) == (1, 0)
