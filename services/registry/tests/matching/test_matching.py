"""Suggestions over HTTP: who is suggested, to whom, and why."""

from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts.codes import Role
from triskel.registry.partnerships.jobs import expire_unanswered
from triskel.registry.responsiveness.jobs import measure_hosts

YEAR = "2025-2026"
RENNES = {"latitude": 48.117, "longitude": -1.678}
UNTIL = "2025-10-15T16:00:00Z"
TERMS = {"starts_on": "2025-11-03", "ends_on": "2026-07-03"}


async def suggested(platform: Any, who: dict[str, str], **query: Any) -> Any:
    return await platform.client.get(
        "/v1/matching/suggestions", params={"school_year": YEAR} | query, headers=who
    )


async def test_a_school_is_suggested_the_best_company_first_and_told_why(platform: Any) -> None:
    one = await platform.school()
    far = await platform.company(0.4, sector="62.01", partnership_capacity=2)
    near = await platform.company(0.1, sector="26.70", partnership_capacity=2)
    await platform.company(2)  # too far
    await platform.wait(one, subjects=["071"], sectors=["26"])
    await platform.wait(near, levels=["3"], partners=1)
    answer = await suggested(platform, platform.who(Role.HEAD, one), school_id=one)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["company_id"] for item in items] == [near, far]
    best = items[0]
    assert best["waiting_since"] and items[1]["waiting_since"] is None
    criteria = {each["criterion"]: each for each in best["criteria"]}
    assert sum(c["contribution"] for c in best["criteria"]) == pytest.approx(
        best["points"], abs=0.05
    )
    assert {name: c["weight"] for name, c in criteria.items()} == answer.json()["weights"]
    assert criteria["levels"]["share"] == criteria["subjects"]["share"] == 1
    assert criteria["distance"]["sentence"]["en"] == "11 km away, within the limit of 60 km."
    # the one place that it waits for, of the two that it could carry
    assert criteria["capacity"]["value"] == 1
    only = await suggested(platform, platform.who(Role.HEAD, one), school_id=one, waiting=True)
    assert [item["company_id"] for item in only.json()["items"]] == [near]
    back = await suggested(platform, platform.who(Role.COMPANY, near), company_id=near)
    assert [(i["school_id"], i["points"]) for i in back.json()["items"]] == [(one, best["points"])]


async def test_a_company_is_suggested_to_a_school_that_is_near_one_of_its_sites(
    platform: Any,
) -> None:
    one = await platform.school()
    label, near = "Atelier de Cesson", {"latitude": 48.12, "longitude": -1.62}
    sites = [{"label": label, "position": near}]
    found = await platform.company(3, sites=sites)
    await platform.company(3)
    answer = await suggested(platform, platform.who(Role.HEAD, one), school_id=one)
    (item,) = answer.json()["items"]
    assert item["company_id"] == found
    back = await suggested(platform, platform.who(Role.COMPANY, found), company_id=found)
    assert [each["school_id"] for each in back.json()["items"]] == [one]


async def test_who_is_suspended_closed_full_or_a_partner_already_is_never_suggested(
    platform: Any,
) -> None:
    coordinator = platform.who(Role.COORDINATOR)
    one, other = await platform.school(), await platform.school()
    partner = await platform.company(0.1)
    full = await platform.company(0.1, partnership_capacity=1)
    suspended = await platform.company(0.1)
    applied = await platform.organisation(
        "company", platform.who(Role.COMPANY, uuid4()), position=RENNES
    )
    known = await platform.propose(platform.who(Role.TEACHER, one), one, partner)
    taken = await platform.propose(platform.who(Role.TEACHER, other), other, full)
    assert (
        await platform.act(platform.who(Role.COMPANY, full), taken, "accept")
    ).status_code == 200
    path = f"/v1/organisations/{suspended}/suspend"
    seen = coordinator | {"If-Match": '"1"'}
    done = await platform.client.post(path, json={"reason": "no answer"}, headers=seen)
    assert done.status_code == 200, done.text
    assert applied.json()["status"] == "applied"
    assert (await suggested(platform, platform.who(Role.HEAD, one), school_id=one)).json()[
        "items"
    ] == []
    # what was declined leaves the way open again
    await platform.act(platform.who(Role.COMPANY, partner), known, "decline", {"reason": "no-fit"})
    again = (await suggested(platform, platform.who(Role.HEAD, one), school_id=one)).json()["items"]
    assert [item["company_id"] for item in again] == [partner]
    # and who takes no more is told so
    refused = await suggested(platform, platform.who(Role.COMPANY, full), company_id=full)
    assert platform.rule(refused) == (409, "takes-no-more")
    refused = await suggested(platform, coordinator, company_id=suspended)
    assert platform.rule(refused) == (409, "organisation-suspended")


async def test_a_host_that_leaves_requests_unanswered_scores_less_and_is_hidden_in_the_end(
    platform: Any,
) -> None:
    one, silent, polite = (
        await platform.school(),
        await platform.company(0.1),
        await platform.company(0.1),
    )
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    who = platform.who(Role.HEAD, one)
    for host in (silent, polite):
        asked = await platform.propose(platform.who(Role.TEACHER, one), one, host, answer_days=1)
        if host == polite:
            await platform.act(
                platform.who(Role.COMPANY, host), asked, "decline", {"reason": "other"}
            )
    platform.clock.advance(days=2)
    await expire_unanswered(*work)
    await platform.decide(answers={"hidden_after_in_a_row": 2, "least_school_days": 0})
    await measure_hosts(*work)
    items = (await suggested(platform, who, school_id=one)).json()["items"]
    assert [item["company_id"] for item in items] == [polite, silent]
    values = [
        next(c["value"] for c in item["criteria"] if c["criterion"] == "responsiveness")
        for item in items
    ]
    assert values == [1, 0]
    two = await platform.school()
    asked = await platform.propose(platform.who(Role.TEACHER, two), two, silent, answer_days=1)
    assert asked.status_code == 201, asked.text
    platform.clock.advance(days=2)
    await expire_unanswered(*work)
    await measure_hosts(*work)
    items = (await suggested(platform, who, school_id=one)).json()["items"]
    assert [item["company_id"] for item in items] == [polite]
    # nor does it take part in a round; and itself it may still look for schools
    await platform.wait(one, silent)
    opened = await platform.client.post(
        "/v1/matching/rounds",
        json={"school_year": YEAR, "rank_until": "2025-10-15T16:00:00Z"},
        headers=platform.who(Role.COORDINATOR),
    )
    assert platform.rule(opened) == (409, "nobody-to-match")
    own = await suggested(platform, platform.who(Role.COMPANY, silent), company_id=silent)
    assert {item["school_id"] for item in own.json()["items"]} == {one, two}


async def test_suggestions_are_for_the_organisation_itself_and_its_coordinator(
    platform: Any,
) -> None:
    one, host = await platform.school(), await platform.company()
    for who, query, rule in (
        (platform.who(Role.HEAD, uuid4()), {"school_id": one}, (403, "organisation-not-yours")),
        (platform.who(Role.TEACHER, host), {"company_id": host}, (403, "organisation-not-yours")),
        (platform.who(Role.COORDINATOR), {"company_id": one}, (422, "wrong-side")),
        (platform.who(Role.COORDINATOR), {}, (422, "one-organisation")),
        (
            platform.who(Role.COORDINATOR),
            {"school_id": one, "company_id": host},
            (422, "one-organisation"),
        ),
        (
            platform.who(Role.COORDINATOR),
            {"school_id": one, "school_year": "2020-2021"},
            (422, "school-year-not-open"),
        ),
        (
            platform.who(Role.COORDINATOR),
            {"school_id": str(uuid4())},
            (404, "organisation-unknown"),
        ),
    ):
        answer = await suggested(platform, who, **query)
        assert platform.rule(answer) == rule


async def test_a_coordinator_sees_the_waiting_schools_with_their_best_hosts(platform: Any) -> None:
    schools = [await platform.school() for _ in range(3)]
    host = await platform.company(0.1)
    for number in schools:
        await platform.wait(number)
        platform.clock.advance(minutes=1)
    who = platform.who(Role.COORDINATOR)
    path, query = "/v1/matching/waiting-schools", {"school_year": YEAR, "limit": 2}
    first = (await platform.client.get(path, params=query, headers=who)).json()
    more = query | {"cursor": first["next"]}
    rest = (await platform.client.get(path, params=more, headers=who)).json()
    listed = first["items"] + rest["items"]
    assert [item["school_id"] for item in listed] == schools
    assert all(item["suggestions"][0]["company_id"] == host for item in listed)
    denied = await platform.client.get(
        path, params=query, headers=platform.who(Role.HEAD, schools[0])
    )
    assert denied.status_code == 403


async def test_a_region_decides_what_counts_how_far_is_too_far_and_how_long_a_round_is(
    platform: Any,
) -> None:
    one, host = await platform.school(), await platform.company(0.1)
    who = platform.who(Role.HEAD, one)
    await platform.decide(matching={"weights": {"distance": 50}})
    found = (await suggested(platform, who, school_id=one)).json()
    assert [item["company_id"] for item in found["items"]] == [host]
    assert (found["weights"]["distance"], found["weights"]["levels"]) == (50, 20)
    # it is eleven kilometres away
    await platform.decide(matching={"reach_km": 10, "ranking_days": 10})
    assert (await suggested(platform, who, school_id=one)).json()["items"] == []
    await platform.wait(one, host)
    opened = await platform.client.post(
        "/v1/matching/rounds",
        json={"school_year": YEAR, "rank_until": "2025-10-15T16:00:00Z"},
        headers=platform.who(Role.COORDINATOR),
    )
    assert platform.rule(opened) == (422, "deadline-out-of-range")
