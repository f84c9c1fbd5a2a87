"""Waiting lists over HTTP: who waits, who sees it, how the waiting ends, and what is said."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.waiting_entries.jobs import expire_past

YEAR = "2025-2026"


async def wait(platform: Any, who: dict[str, str], organisation: str, **wishes: Any) -> Any:
    body = {"organisation_id": organisation, "school_year": YEAR, "wishes": wishes}
    return await platform.client.post("/v1/waiting-list", json=body, headers=who)


async def partner(platform: Any, school: str, company: str) -> None:
    known = await platform.propose(platform.who(Role.TEACHER, school), school, company)
    done = await platform.act(platform.who(Role.COMPANY, company), known, "accept")
    assert done.status_code == 200, done.text


async def shown(platform: Any, answer: Any) -> Any:
    path = f"/v1/waiting-list/{answer.json()['id']}"
    return await platform.client.get(path, headers=platform.who(Role.COORDINATOR))


async def test_an_organisation_waits_once_a_year_with_its_wishes(platform: Any) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school)
    known = await wait(
        platform, head, school, levels=["3", "3"], subjects=["071"], sectors=["26", "C"]
    )
    assert known.status_code == 201, known.text
    entry = known.json()
    assert entry["side"] == "school" and entry["state"] == "open"
    assert entry["wishes"]["levels"] == ["3"]
    assert entry["allowed_actions"] == ["change", "withdraw"]
    again = await wait(platform, platform.who(Role.COORDINATOR), school)
    assert platform.rule(again) == (409, "already-waiting")
    later = await platform.client.post(
        "/v1/waiting-list",
        json={"organisation_id": school, "school_year": "2026-2027"},
        headers=head,
    )
    assert later.status_code == 201
    assert (await platform.said()).count("waiting-entry-opened") == 2


async def test_nobody_waits_for_a_year_that_is_over_or_too_far(platform: Any) -> None:
    school, _ = await platform.pair()
    for year in ("2024-2025", "2027-2028", "2025-2027"):
        answer = await platform.client.post(
            "/v1/waiting-list",
            json={"organisation_id": school, "school_year": year},
            headers=platform.who(Role.HEAD, school),
        )
        assert platform.rule(answer) == (422, "school-year-not-open")


async def test_only_an_approved_organisation_waits_and_only_its_people_open_its_entry(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    stranger = await wait(platform, platform.who(Role.HEAD, company), school)
    assert platform.rule(stranger) == (403, "organisation-not-yours")
    # a company's entry is opened by its people, not by a teacher with the same organisation
    teacher = await wait(platform, platform.who(Role.TEACHER, company), company)
    assert platform.rule(teacher) == (403, "organisation-not-yours")
    applied = await platform.organisation("company", platform.who(Role.COMPANY, uuid4()))
    number = applied.json()["id"]
    asks = await wait(platform, platform.who(Role.COMPANY, number), number)
    assert platform.rule(asks) == (409, "organisation-not-approved")
    assert "waiting-entry-opened" not in await platform.said()


async def test_wishes_outside_the_code_lists_and_limits_are_refused(platform: Any) -> None:
    school, _ = await platform.pair()
    for field, value in (
        ("subjects", ["999"]),
        ("sectors", ["26.7"]),
        ("languages", ["french"]),
        ("max_distance_km", 0),
        ("partners", 0),
        ("partners", 10**30),
        ("somebody", "else"),
    ):
        refused = await wait(platform, platform.who(Role.HEAD, school), school, **{field: value})
        assert refused.status_code == 422
        assert field in refused.json()["errors"][0]["field"]


async def test_wishes_change_for_who_has_seen_them(platform: Any) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school)
    known = await wait(platform, head, school, levels=["3"])
    path = f"/v1/waiting-list/{known.json()['id']}/wishes"
    body = {"levels": ["2", "3"], "partners": 3}
    assert (await platform.client.put(path, json=body, headers=head)).status_code == 428
    stale = head | {"If-Match": '"7"'}
    assert platform.rule(await platform.client.put(path, json=body, headers=stale))[0] == 412
    seen = head | {"If-Match": known.headers["ETag"]}
    done = await platform.client.put(path, json=body, headers=seen)
    assert done.json()["remaining"] == 3 and done.json()["version"] == 2
    same = head | {"If-Match": done.headers["ETag"]}
    nothing = await platform.client.put(path, json=body, headers=same)
    assert platform.rule(nothing) == (422, "change-changes-nothing")
    stranger = platform.who(Role.HEAD, uuid4()) | {"If-Match": done.headers["ETag"]}
    assert (await platform.client.put(path, json=body, headers=stranger)).status_code == 403
    assert (await platform.said()).count("waiting-entry-changed") == 1


async def test_an_accepted_partnership_closes_both_sides_entries_in_its_transaction(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    own = await wait(platform, platform.who(Role.TEACHER, school), school)
    theirs = await wait(platform, platform.who(Role.COMPANY, company), company, partners=2)
    await partner(platform, school, company)
    matched, found = (await shown(platform, own)).json(), (await shown(platform, theirs)).json()
    assert (matched["state"], matched["remaining"]) == ("matched", 0)
    assert matched["closed_at"] is not None and matched["allowed_actions"] == []
    assert (found["state"], found["remaining"]) == ("open", 1)
    # one wish less than what was found already cannot be wished
    path = f"/v1/waiting-list/{found['id']}/wishes"
    seen = platform.who(Role.COMPANY, company) | {"If-Match": '"2"'}
    fewer = await platform.client.put(path, json={"partners": 1}, headers=seen)
    assert platform.rule(fewer) == (409, "partners-found-already")
    second = (await platform.organisation("school", levels=["2"])).json()["id"]
    await partner(platform, second, company)
    assert (await shown(platform, theirs)).json()["state"] == "matched"
    entries = [
        event
        for event in await outbox_events(platform.app.state.database)
        if event.topic == "registry.waiting-entries"
    ]
    names = [event.name_and_version()[0].removeprefix("waiting-entry-") for event in entries]
    assert sorted(names) == ["matched", "matched", "opened", "opened", "partner-found"]


async def test_a_partnership_of_another_year_leaves_the_entry_open(platform: Any) -> None:
    school, company = await platform.pair()
    known = await wait(platform, platform.who(Role.TEACHER, school), school)
    proposal = await platform.propose(
        platform.who(Role.TEACHER, school),
        *(school, company),
        school_year="2026-2027",
        starts_on="2026-09-15",
        ends_on="2027-07-02",
    )
    done = await platform.act(platform.who(Role.COMPANY, company), proposal, "accept")
    assert done.json()["state"] == "accepted"
    assert (await shown(platform, known)).json()["state"] == "open"


async def test_who_withdraws_may_wait_again(platform: Any) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school)
    known = await wait(platform, head, school)
    path = f"/v1/waiting-list/{known.json()['id']}/withdraw"
    seen = head | {"If-Match": known.headers["ETag"]}
    done = await platform.client.post(path, headers=seen)
    assert (done.json()["state"], done.json()["allowed_actions"]) == ("withdrawn", [])
    again = await platform.client.post(path, headers=head | {"If-Match": done.headers["ETag"]})
    assert platform.rule(again) == (409, "state-does-not-allow")
    assert (await wait(platform, head, school)).status_code == 201


async def test_an_organisation_that_leaves_the_platform_waits_no_longer(platform: Any) -> None:
    school, _ = await platform.pair()
    known = await wait(platform, platform.who(Role.HEAD, school), school)
    path = f"/v1/organisations/{school}/withdraw"
    seen = platform.who(Role.HEAD, school) | {"If-Match": '"1"'}
    done = await platform.client.post(path, headers=seen)
    assert done.json()["status"] == "withdrawn", done.text
    assert (await shown(platform, known)).json()["state"] == "withdrawn"


async def test_the_end_of_the_school_year_closes_the_waiting_once_whoever_looks(
    platform: Any,
) -> None:
    school, company = await platform.pair()
    known = await wait(platform, platform.who(Role.HEAD, school), school)
    await wait(platform, platform.who(Role.COMPANY, company), company)
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    platform.clock.advance(days=333)  # 30 August
    assert await expire_past(*work) == 0
    platform.clock.advance(days=3)
    done = await asyncio.gather(*(expire_past(*work) for _ in range(4)))
    assert sum(done) == 2
    assert (await platform.said()).count("waiting-entry-expired") == 2
    assert (await shown(platform, known)).json()["state"] == "expired"


async def test_the_list_shows_the_longest_waiting_first_and_others_only_their_own(
    platform: Any,
) -> None:
    schools = []
    for _ in range(3):
        school, company = await platform.pair()
        await wait(platform, platform.who(Role.HEAD, school), school)
        schools.append(school)
        platform.clock.advance(hours=1)
    await wait(platform, platform.who(Role.COMPANY, company), company)

    async def found(who: dict[str, str], **query: Any) -> Any:
        answer = await platform.client.get("/v1/waiting-list", params=query, headers=who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    query = {"side": "school", "school_year": YEAR, "state": "open", "limit": 2}
    coordinator = platform.who(Role.COORDINATOR)
    first = await found(coordinator, **query)
    rest = await found(coordinator, **query, cursor=first["next"])
    listed = [item["organisation_id"] for item in first["items"] + rest["items"]]
    assert listed == schools and rest["next"] is None
    own = await found(platform.who(Role.COMPANY, company))
    assert [item["organisation_id"] for item in own["items"]] == [company]
    assert (await found(platform.who(Role.AUTHORITY, region="FRH0")))["items"]
    entry = first["items"][0]["id"]
    stranger = platform.who(Role.COMPANY, company)
    denied = await platform.client.get(f"/v1/waiting-list/{entry}", headers=stranger)
    assert denied.status_code == 403


@pytest.mark.parametrize(
    ("starts", "expired"), [("09-01", [0, 0]), ("08-15", [0, 1]), ("08-01", [1, 0])]
)
async def test_an_entry_expires_when_the_school_year_of_its_region_is_over(
    platform: Any, starts: str, expired: list[int]
) -> None:
    await platform.decide(school_year_starts=starts, sign_within_days=61)
    await platform.wait(await platform.school())
    state, found = platform.app.state, []
    # a minute before the fifteenth of August in Paris, and then
    for platform.clock.time in (
        datetime(2026, 8, 14, 21, 59, tzinfo=UTC),
        datetime(2026, 8, 14, 22, 0, tzinfo=UTC),
    ):
        found.append(await expire_past(state.database, state.outbox, platform.clock))
    assert found == expired
