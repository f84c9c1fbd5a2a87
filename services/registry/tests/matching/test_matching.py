"""Suggestions over HTTP: who is suggested, to whom, and why."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from triskel.contracts.codes import Role
from triskel.registry.partnerships.jobs import expire_unanswered
from triskel.registry.responsiveness.jobs import measure_hosts
from triskel.registry.responsiveness.rules import Policy
from triskel.registry.settings import MatchingWeights

YEAR = "2025-2026"
RENNES = {"latitude": 48.117, "longitude": -1.678}
UNTIL = "2025-10-15T16:00:00Z"
TERMS = {"starts_on": "2025-11-03", "ends_on": "2026-07-03"}


async def suggested(town: Any, who: dict[str, str], **query: Any) -> Any:
    return await town.client.get(
        "/v1/matching/suggestions", params={"school_year": YEAR} | query, headers=who
    )


async def test_a_school_is_suggested_the_best_company_first_and_told_why(town: Any) -> None:
    one = await town.school()
    far = await town.company(0.4, sector="62.01", partnership_capacity=2)
    near = await town.company(0.1, sector="26.70", partnership_capacity=2)
    await town.company(2)  # too far
    await town.wait(one, subjects=["071"], sectors=["26"])
    await town.wait(near, levels=["3"], partners=1)
    answer = await suggested(town, town.who(Role.HEAD, one), school_id=one)
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
    only = await suggested(town, town.who(Role.HEAD, one), school_id=one, waiting=True)
    assert [item["company_id"] for item in only.json()["items"]] == [near]
    back = await suggested(town, town.who(Role.COMPANY, near), company_id=near)
    assert [(i["school_id"], i["points"]) for i in back.json()["items"]] == [(one, best["points"])]


async def test_who_is_suspended_closed_full_or_a_partner_already_is_never_suggested(
    town: Any,
) -> None:
    coordinator = town.who(Role.COORDINATOR)
    one, other = await town.school(), await town.school()
    partner = await town.company(0.1)
    full = await town.company(0.1, partnership_capacity=1)
    suspended = await town.company(0.1)
    applied = await town.organisation("company", town.who(Role.COMPANY, uuid4()), position=RENNES)
    known = await town.propose(town.who(Role.TEACHER, one), one, partner)
    taken = await town.propose(town.who(Role.TEACHER, other), other, full)
    assert (await town.act(town.who(Role.COMPANY, full), taken, "accept")).status_code == 200
    path = f"/v1/organisations/{suspended}/suspend"
    seen = coordinator | {"If-Match": '"1"'}
    done = await town.client.post(path, json={"reason": "no answer"}, headers=seen)
    assert done.status_code == 200, done.text
    assert applied.json()["status"] == "applied"
    assert (await suggested(town, town.who(Role.HEAD, one), school_id=one)).json()["items"] == []
    # what was declined leaves the way open again
    await town.act(town.who(Role.COMPANY, partner), known, "decline", {"reason": "no-fit"})
    again = (await suggested(town, town.who(Role.HEAD, one), school_id=one)).json()["items"]
    assert [item["company_id"] for item in again] == [partner]
    # and who takes no more is told so
    refused = await suggested(town, town.who(Role.COMPANY, full), company_id=full)
    assert town.rule(refused) == (409, "takes-no-more")
    refused = await suggested(town, coordinator, company_id=suspended)
    assert town.rule(refused) == (409, "organisation-suspended")


async def test_a_host_that_leaves_requests_unanswered_scores_less_and_is_hidden_in_the_end(
    town: Any,
) -> None:
    one, silent, polite = await town.school(), await town.company(0.1), await town.company(0.1)
    state = town.app.state
    work = (state.database, state.outbox, state.clock)
    who = town.who(Role.HEAD, one)
    for host in (silent, polite):
        asked = await town.propose(town.who(Role.TEACHER, one), one, host, answer_days=1)
        if host == polite:
            await town.act(town.who(Role.COMPANY, host), asked, "decline", {"reason": "other"})
    town.clock.advance(days=2)
    await expire_unanswered(*work)
    policy = Policy(in_a_row=2, in_all=9)
    await measure_hosts(policy)(*work)
    items = (await suggested(town, who, school_id=one)).json()["items"]
    assert [item["company_id"] for item in items] == [polite, silent]
    values = [
        next(c["value"] for c in item["criteria"] if c["criterion"] == "responsiveness")
        for item in items
    ]
    assert values == [1, 0]
    await town.propose(town.who(Role.TEACHER, one), one, silent, answer_days=1)
    town.clock.advance(days=2)
    await expire_unanswered(*work)
    await measure_hosts(policy)(*work)
    items = (await suggested(town, who, school_id=one)).json()["items"]
    assert [item["company_id"] for item in items] == [polite]
    # nor does it take part in a round; and itself it may still look for schools
    await town.wait(one, silent)
    opened = await town.client.post(
        "/v1/matching/rounds",
        json={"school_year": YEAR, "rank_until": "2025-10-15T16:00:00Z"},
        headers=town.who(Role.COORDINATOR),
    )
    assert town.rule(opened) == (409, "nobody-to-match")
    own = await suggested(town, town.who(Role.COMPANY, silent), company_id=silent)
    assert [item["school_id"] for item in own.json()["items"]] == [one]


async def test_suggestions_are_for_the_organisation_itself_and_its_coordinator(town: Any) -> None:
    one, host = await town.school(), await town.company()
    for who, query, rule in (
        (town.who(Role.HEAD, uuid4()), {"school_id": one}, (403, "organisation-not-yours")),
        (town.who(Role.TEACHER, host), {"company_id": host}, (403, "organisation-not-yours")),
        (town.who(Role.COORDINATOR), {"company_id": one}, (422, "wrong-side")),
        (town.who(Role.COORDINATOR), {}, (422, "one-organisation")),
        (
            town.who(Role.COORDINATOR),
            {"school_id": one, "company_id": host},
            (422, "one-organisation"),
        ),
        (
            town.who(Role.COORDINATOR),
            {"school_id": one, "school_year": "2020-2021"},
            (422, "school-year-not-open"),
        ),
        (town.who(Role.COORDINATOR), {"school_id": str(uuid4())}, (404, "organisation-unknown")),
    ):
        answer = await suggested(town, who, **query)
        assert town.rule(answer) == rule


async def test_a_coordinator_sees_the_waiting_schools_with_their_best_hosts(town: Any) -> None:
    schools = [await town.school() for _ in range(3)]
    host = await town.company(0.1)
    for number in schools:
        await town.wait(number)
        town.clock.advance(minutes=1)
    who = town.who(Role.COORDINATOR)
    path, query = "/v1/matching/waiting-schools", {"school_year": YEAR, "limit": 2}
    first = (await town.client.get(path, params=query, headers=who)).json()
    more = query | {"cursor": first["next"]}
    rest = (await town.client.get(path, params=more, headers=who)).json()
    listed = first["items"] + rest["items"]
    assert [item["school_id"] for item in listed] == schools
    assert all(item["suggestions"][0]["company_id"] == host for item in listed)
    denied = await town.client.get(path, params=query, headers=town.who(Role.HEAD, schools[0]))
    assert denied.status_code == 403


def test_weights_that_count_nothing_or_are_no_weights_are_refused() -> None:
    nothing = dict.fromkeys(MatchingWeights.model_fields, 0)
    for wrong in (nothing, {"distance": -1}, {"beauty": 5}):
        with pytest.raises(ValidationError):
            MatchingWeights.model_validate(wrong)
    assert MatchingWeights.model_validate({"distance": 50}).levels == 20
