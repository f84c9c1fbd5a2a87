"""An agreement that is edited is signed again; one that ends is renewed or over."""

from typing import Any
from uuid import uuid4

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.partnerships.jobs import finish_past

NEXT = {"starts_on": "2026-09-14", "ends_on": "2027-07-02"}


async def active(platform: Any) -> tuple[str, str, Any]:
    school, company, known = await platform.signed()
    await platform.plan(school, company, known)
    return school, company, await platform.act(platform.who(Role.COORDINATOR), known, "activate")


async def said_of_partnerships(platform: Any) -> list[Any]:
    found = await outbox_events(platform.app.state.database)
    return [event for event in found if event.topic == "registry.partnerships"]


async def finish(platform: Any) -> int:
    state = platform.app.state
    return await finish_past(state.database, state.outbox, platform.clock)


async def test_editing_a_signed_agreement_is_an_amendment_and_resets_the_signatures(
    platform: Any,
) -> None:
    school, company, known = await platform.signed()
    head = platform.who(Role.HEAD, school)
    amended = await platform.act(
        head, known, "amend", {"goals": "Plus de filles en spécialité NSI"}
    )
    assert amended.status_code == 200, amended.text
    body = amended.json()
    assert body["state"] == "agreement-draft"
    assert len(body["signatures"]) == 6 and not any(body["signatures"].values())
    assert body["goals"] == "Plus de filles en spécialité NSI"
    assert body["version"] == known.json()["version"] + 1
    last = (await said_of_partnerships(platform))[-1]
    assert (last.name_and_version()[0], last.changed) == ("partnership-amended", ("goals",))
    await platform.sign(amended, school, company)


async def test_an_amendment_of_an_active_partnership_keeps_the_day_on_which_it_became_active(
    platform: Any,
) -> None:
    school, company, known = await active(platform)
    began = known.json()["activated_at"]
    host = platform.who(Role.COMPANY, company)
    amended = await platform.act(host, known, "amend", {"ends_on": "2026-06-12"})
    platform.clock.advance(days=3)
    again = await platform.sign(amended, school, company)
    again = await platform.act(platform.who(Role.COORDINATOR), again, "activate")
    assert (again.json()["state"], again.json()["activated_at"]) == ("active", began)


async def test_an_amendment_must_change_something_within_the_school_year(platform: Any) -> None:
    school, _, known = await platform.signed()
    head = platform.who(Role.HEAD, school)
    same = await platform.act(head, known, "amend", {"ends_on": known.json()["ends_on"]})
    assert platform.rule(same) == (422, "amendment-changes-nothing")
    late = await platform.act(head, known, "amend", {"ends_on": "2026-10-01"})
    assert platform.rule(late) == (422, "dates-outside-school-year")
    stranger = platform.who(Role.HEAD, uuid4())
    assert (await platform.act(stranger, known, "amend", {"goals": "x"})).status_code == 403


async def test_what_has_no_agreement_yet_cannot_be_amended_or_renewed(platform: Any) -> None:
    school, company = await platform.pair()
    head = platform.who(Role.HEAD, school)
    known = await platform.propose(head, school, company)
    amended = await platform.act(head, known, "amend", {"goals": "x"})
    assert platform.rule(amended) == (409, "state-does-not-allow")
    renewed = await platform.act(head, known, "renew", NEXT)
    assert platform.rule(renewed) == (409, "state-does-not-allow")


async def test_a_renewal_is_a_proposal_for_the_next_school_year_that_is_linked(
    platform: Any,
) -> None:
    school, company, known = await active(platform)
    assert "renew" in known.json()["allowed_actions"]
    renewed = await platform.act(platform.who(Role.HEAD, school), known, "renew", NEXT)
    assert renewed.status_code == 201, renewed.text
    body = renewed.json()
    assert (body["school_year"], body["state"]) == ("2026-2027", "proposed")
    assert body["renewal_of"] == known.json()["id"]
    assert renewed.headers["Location"].endswith(body["id"])
    # the company answers, as with any proposal; and one renewal is enough
    assert "accept" not in body["allowed_actions"]
    again = await platform.act(platform.who(Role.COMPANY, company), known, "renew", NEXT)
    assert platform.rule(again) == (409, "renewed-already")
    path = f"/v1/partnerships/{known.json()['id']}"
    shown = await platform.client.get(path, headers=platform.who(Role.HEAD, school))
    assert "renew" not in shown.json()["allowed_actions"]


async def test_a_renewal_that_was_declined_may_be_asked_for_again(platform: Any) -> None:
    school, company, known = await active(platform)
    head, host = platform.who(Role.HEAD, school), platform.who(Role.COMPANY, company)
    renewed = await platform.act(head, known, "renew", NEXT)
    await platform.act(host, renewed, "decline", {"reason": "no-capacity"})
    assert (await platform.act(head, known, "renew", NEXT)).status_code == 201


async def test_after_its_last_day_a_partnership_is_renewed_if_the_next_is_agreed_on(
    platform: Any,
) -> None:
    school, company, known = await active(platform)
    renewed = await platform.act(platform.who(Role.HEAD, school), known, "renew", NEXT)
    await platform.act(platform.who(Role.COMPANY, company), renewed, "accept")
    platform.clock.time = platform.clock.time.replace(year=2026, month=7, day=3)
    assert await finish(platform) == 0  # its last day is a day of it
    platform.clock.advance(days=1)
    assert await finish(platform) == 1
    assert await finish(platform) == 0
    last = (await said_of_partnerships(platform))[-1]
    assert last.name_and_version()[0] == "partnership-renewed"
    assert (last.partnership.state, last.partnership.reason, last.by) == ("renewed", None, "system")


async def test_after_its_last_day_a_partnership_that_nobody_renewed_has_ended(
    platform: Any,
) -> None:
    school, _, known = await active(platform)
    # a proposal that nobody answered renews nothing
    await platform.act(platform.who(Role.HEAD, school), known, "renew", NEXT)
    platform.clock.time = platform.clock.time.replace(year=2026, month=7, day=4)
    assert await finish(platform) == 1
    last = (await said_of_partnerships(platform))[-1]
    assert last.name_and_version()[0] == "partnership-ended"
    assert (last.partnership.state, last.partnership.reason) == ("ended", "completed")


async def test_a_partnership_that_never_became_active_is_over_and_not_completed(
    platform: Any,
) -> None:
    await platform.signed()
    platform.clock.time = platform.clock.time.replace(year=2026, month=7, day=4)
    assert await finish(platform) == 1
    last = (await said_of_partnerships(platform))[-1]
    assert (last.partnership.state, last.partnership.reason) == ("ended", "other")
