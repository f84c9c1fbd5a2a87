"""Ranked rounds over HTTP: who ranks, when, what comes out and why."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.registry.matching.jobs import close_rankings

YEAR = "2025-2026"
RENNES = {"latitude": 48.117, "longitude": -1.678}
UNTIL = "2025-10-15T16:00:00Z"
TERMS = {"starts_on": "2025-11-03", "ends_on": "2026-07-03"}


class Round:
    """Two schools and two companies on the waiting list, and a round of them."""

    def __init__(self, platform: Any) -> None:
        self.platform, self.coordinator = platform, platform.who(Role.COORDINATOR)

    async def begin(self) -> "Round":
        self.schools = [await self.platform.school() for _ in range(2)]
        self.companies = [
            await self.platform.company(0.1 * n, partnership_capacity=1) for n in (1, 2)
        ]
        await self.platform.wait(*self.schools, *self.companies)
        self.known = await self.open()
        assert self.known.status_code == 201, self.known.text
        self.path = f"/v1/matching/rounds/{self.known.json()['id']}"
        return self

    async def open(self) -> Any:
        body = {"school_year": YEAR, "rank_until": UNTIL}
        return await self.platform.client.post(
            "/v1/matching/rounds", json=body, headers=self.coordinator
        )

    def people(self, number: str) -> dict[str, str]:
        role = Role.HEAD if number in self.schools else Role.COMPANY
        headers: dict[str, str] = self.platform.who(role, number)
        return headers

    async def rank(self, number: str, *groups: list[str], seen: str | None = None) -> Any:
        who = self.people(number) | ({"If-Match": seen} if seen else {})
        return await self.platform.client.put(
            f"{self.path}/rankings/{number}", json={"groups": list(groups)}, headers=who
        )

    async def act(self, action: str, body: Any = None) -> Any:
        seen = self.coordinator | {"If-Match": self.known.headers["ETag"]}
        done = await self.platform.client.post(f"{self.path}/{action}", json=body, headers=seen)
        if done.status_code == 200:
            self.known = done
        return done

    async def get(self, path: str = "", who: Any = None) -> Any:
        answer = await self.platform.client.get(self.path + path, headers=who or self.coordinator)
        return answer.json()

    async def rank_all(self) -> None:
        """Both schools want the first company, which likes them the same; it has one place. The
        second company ranks both, but only the second school ranks it back."""
        (first, second), (wanted, other) = self.schools, self.companies
        for number, *groups in (
            (first, [wanted]),
            (second, [wanted], [other]),
            (wanted, [first], [second]),
            (other, [first, second]),
        ):
            done = await self.rank(number, *groups)
            assert done.status_code == 200, done.text


async def test_a_round_goes_from_opening_to_proposed_partnerships_and_each_step_is_said(
    platform: Any,
) -> None:
    a = await Round(platform).begin()
    assert a.known.json()["allowed_actions"] == ["close-ranking", "cancel"]
    assert (a.known.json()["schools"], a.known.json()["companies"]) == (2, 2)
    await a.rank_all()
    await a.act("close-ranking")
    assert (a.known.json()["schools_ranked"], a.known.json()["companies_ranked"]) == (2, 2)
    await a.act("match")
    assert (a.known.json()["state"], a.known.json()["matched"]) == ("matched", 2)
    (first, second), (wanted, other) = a.schools, a.companies
    pairs = (await a.get("/pairs"))["items"]
    got = {p["school_id"]: (p["company_id"], p["school_rank"], p["company_rank"]) for p in pairs}
    assert got == {first: (wanted, 1, 1), second: (other, 2, 1)}
    assert all(p["criteria"][0]["sentence"]["fr"].startswith("À ") for p in pairs)
    outcomes = {o["organisation_id"]: o for o in (await a.get("/outcomes"))["items"]}
    refusal = outcomes[second]["refusals"][0]
    assert (refusal["company_id"], refusal["rank"]) == (wanted, 1)
    assert refusal["reason"] == "host-full-with-schools-it-ranked-higher"
    assert outcomes[second]["partners"] == [other] and outcomes[second]["reason"] is None
    done = await a.act("confirm", TERMS | {"goals": "Une année ensemble", "answer_days": 14})
    assert done.json()["state"] == "confirmed" and done.json()["allowed_actions"] == []
    confirmed = {(p["school_id"], p["company_id"]) for p in done.json()["pairs"]}
    assert confirmed == {(first, wanted), (second, other)}
    found = (await platform.client.get("/v1/partnerships", headers=a.coordinator)).json()["items"]
    assert {(p["school_id"], p["company_id"]) for p in found} == confirmed
    assert {(p["state"], p["proposed_by"]) for p in found} == {("proposed", "coordinator")}
    events = await outbox_events(platform.app.state.database)
    rounds = [e for e in events if e.topic == "registry.matching-rounds"]
    names = [e.name_and_version()[0].removeprefix("matching-round-") for e in rounds]
    assert names == ["opened", "ranking-closed", "matched", "confirmed"]
    assert [e.aggregate.version for e in rounds] == [1, 2, 3, 4]
    assert set(rounds[0].participants) == {UUID(n) for n in a.schools + a.companies}  # type: ignore[attr-defined]
    assert not any("rank" in name for e in rounds for name in e.model_dump()["round"]["pairs"])
    proposed = [e for e in events if e.name_and_version()[0] == "partnership-proposed"]
    assert len(proposed) == 2
    # both partners say yes, and the waiting is over
    one = await platform.client.get(f"/v1/partnerships/{found[0]['id']}", headers=a.coordinator)
    half = await platform.act(a.people(found[0]["company_id"]), one, "accept")
    assert (half.json()["state"], half.json()["accepted_at"]) == ("proposed", None)
    both = await platform.act(a.people(found[0]["school_id"]), half, "accept")
    assert both.json()["state"] == "accepted"
    waiting = await platform.client.get("/v1/waiting-list?state=matched", headers=a.coordinator)
    assert len(waiting.json()["items"]) == 2


async def test_a_ranking_is_seen_by_its_own_people_and_the_coordinator_alone(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank_all()
    own, other = a.schools
    path = f"{a.path}/rankings/{own}"
    assert (await platform.client.get(path, headers=a.people(own))).json()["version"] == 1
    assert (await platform.client.get(path, headers=a.coordinator)).status_code == 200
    for who in (a.people(other), a.people(a.companies[0]), platform.who(Role.COMPANY, own)):
        answer = await platform.client.get(path, headers=who)
        assert platform.rule(answer) == (403, "ranking-confidential")
    await a.act("close-ranking")
    await a.act("match")
    # results are the coordinator's until they are confirmed, and then each sees its own side
    hidden = await platform.client.get(f"{a.path}/pairs", headers=a.people(own))
    assert platform.rule(hidden) == (409, "no-result-yet")
    await a.act("confirm", TERMS)
    pairs = (await a.get("/pairs", a.people(own)))["items"]
    assert [(p["school_rank"], p["company_rank"]) for p in pairs] == [(1, None)]
    theirs = (await a.get("/pairs", a.people(a.companies[1])))["items"]
    assert [(p["school_rank"], p["company_rank"]) for p in theirs] == [(None, 1)]
    outcomes = (await a.get("/outcomes", a.people(other)))["items"]
    assert [o["organisation_id"] for o in outcomes] == [other]
    stranger = await platform.client.get(
        f"{a.path}/outcomes", headers=platform.who(Role.HEAD, uuid4())
    )
    assert platform.rule(stranger) == (403, "not-a-participant")
    events = await outbox_events(platform.app.state.database)
    said = "".join(e.model_dump_json() for e in events if e.topic == "registry.matching-rounds")
    assert "groups" not in said and '_rank"' not in said


async def test_a_ranking_lists_the_other_side_once_in_time_and_by_who_has_seen_it(
    platform: Any,
) -> None:
    a = await Round(platform).begin()
    own, (wanted, other) = a.schools[0], a.companies
    for groups, rule, field in (
        ([[wanted], [other, wanted]], "ranked-twice", "groups.1.1"),
        ([[a.schools[1]]], "not-of-the-other-side", "groups.0.0"),
        ([[str(uuid4())]], "not-of-the-other-side", "groups.0.0"),
        ([[str(uuid4()) for _ in range(60)] for _ in range(2)], "ranking-too-long", "groups"),
        ([[]], "request-invalid", "groups.0"),
    ):
        refused = await a.rank(own, *groups)
        assert platform.rule(refused) == (422, rule)
        assert refused.json()["errors"][0]["field"] == field
    first = await a.rank(own, [wanted])
    assert platform.rule(await a.rank(own, [other])) == (428, "if-match-missing")
    second = await a.rank(own, [other, wanted], seen=first.headers["ETag"])
    assert (second.json()["version"], second.json()["groups"]) == (2, [[other, wanted]])
    assert platform.rule(await a.rank(own, [other], seen=first.headers["ETag"]))[0] == 412
    # nobody ranks for others, not even the coordinator
    path, body = f"{a.path}/rankings/{own}", {"groups": [[wanted]]}
    for who in (a.people(a.schools[1]), a.coordinator, platform.who(Role.COMPANY, own)):
        seen = who | {"If-Match": second.headers["ETag"]}
        assert (await platform.client.put(path, json=body, headers=seen)).status_code == 403
    assert "rank" in (await a.get(who=a.people(own)))["allowed_actions"]
    platform.clock.advance(days=15)
    assert "rank" not in (await a.get(who=a.people(own)))["allowed_actions"]
    late = await a.rank(own, [wanted], seen=second.headers["ETag"])
    assert platform.rule(late) == (409, "ranking-deadline-passed")


async def test_the_deadline_closes_the_ranking_once_whoever_looks(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank(a.schools[0], [a.companies[0]])
    state = platform.app.state
    work = (state.database, state.outbox, state.clock)
    assert await close_rankings(*work) == 0
    platform.clock.advance(days=15)
    done = await asyncio.gather(*(close_rankings(*work) for _ in range(4)))
    assert sum(done) == 1
    shown = await a.get()
    assert (shown["state"], shown["schools_ranked"], shown["companies_ranked"]) == (
        *("ranking-closed", 1),
        0,
    )
    assert (await platform.said()).count("matching-round-ranking-closed") == 1


async def test_who_is_unmatched_is_named_with_the_reason(platform: Any) -> None:
    a = await Round(platform).begin()
    (first, second), (wanted, other) = a.schools, a.companies
    third = await platform.school()  # it came too late for this round
    await platform.wait(third)
    await a.rank(first, [wanted], [other])
    await a.rank(wanted, [second])
    await a.act("close-ranking")
    path = "/v1/waiting-list"
    listed = await platform.client.get(path, headers=a.people(second))
    entry = listed.json()["items"][0]
    gone = a.people(second) | {"If-Match": f'"{entry["version"]}"'}
    await platform.client.post(f"{path}/{entry['id']}/withdraw", headers=gone)
    await a.act("match")
    outcomes = {o["organisation_id"]: o for o in (await a.get("/outcomes"))["items"]}
    reasons = {number: outcome["reason"] for number, outcome in outcomes.items()}
    assert reasons == {
        first: "nobody-ranked-it-back",
        second: "left-the-waiting-list",
        wanted: "nobody-ranked-it-back",
        other: "did-not-rank",
    }
    assert [r["reason"] for r in outcomes[first]["refusals"]] == ["host-did-not-rank-it"] * 2
    assert all(o["sentence"]["fr"] and o["sentence"]["en"] for o in outcomes.values())
    refused = await a.act("confirm", TERMS)
    assert platform.rule(refused) == (409, "nobody-matched")
    assert a.known.json()["allowed_actions"] == ["match", "cancel"]
    assert (await a.act("cancel")).json()["state"] == "cancelled"
    # what was cancelled makes way for another
    assert (await a.open()).status_code == 201


async def test_a_confirmation_proposes_all_that_is_not_left_out_or_nothing(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank_all()
    await a.act("close-ranking")
    await a.act("match")
    (first, second), (wanted, other) = a.schools, a.companies
    before = await platform.said()
    left = {"school_id": first, "company_id": wanted}
    for body, rule in (
        (TERMS | {"left_out": [{"school_id": first, "company_id": other}]}, "not-a-pair"),
        (TERMS | {"ends_on": "2026-10-01"}, "dates-outside-school-year"),
        (TERMS | {"goals": "a\u0000b"}, "request-invalid"),
    ):
        assert platform.rule(await a.act("confirm", body)) == (422, rule)
    both = [left, {"school_id": second, "company_id": other}]
    refused = await a.act("confirm", TERMS | {"left_out": both})
    assert platform.rule(refused) == (409, "nothing-left-to-confirm")
    # two found each other meanwhile: nothing is proposed, for nobody
    own = await platform.propose(platform.who(Role.TEACHER, first), first, wanted)
    assert platform.rule(await a.act("confirm", TERMS)) == (409, "partnership-exists")
    assert await platform.said() == [*before, "partnership-proposed"]
    done = await a.act("confirm", TERMS | {"left_out": [left]})
    assert done.json()["pairs"] == [{"school_id": second, "company_id": other}]
    found = (await platform.client.get("/v1/partnerships", headers=a.coordinator)).json()["items"]
    assert {p["id"] for p in found} > {own.json()["id"]} and len(found) == 2
    shown = {p["school_id"]: p["left_out"] for p in (await a.get("/pairs"))["items"]}
    assert shown == {first: True, second: False}
    assert (await a.get("/pairs", a.people(first)))["items"] == []


async def test_of_two_who_confirm_at_once_one_proposes_and_the_other_is_told(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank_all()
    await a.act("close-ranking")
    await a.act("match")
    seen = a.coordinator | {"If-Match": a.known.headers["ETag"]}
    answers = await asyncio.gather(
        *(platform.client.post(f"{a.path}/confirm", json=TERMS, headers=seen) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    said = await platform.said()
    assert said.count("partnership-proposed") == 2
    assert said.count("matching-round-confirmed") == 1


async def test_matching_again_counts_what_changed_since(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank_all()
    await a.act("close-ranking")
    await a.act("match")
    assert a.known.json()["matched"] == 2
    # the wanted company accepts somebody else: it has no place now
    outsider = await platform.school()
    known = await platform.propose(platform.who(Role.TEACHER, outsider), outsider, a.companies[0])
    await platform.act(platform.who(Role.COMPANY, a.companies[0]), known, "accept")
    await a.act("match")
    assert a.known.json()["matched"] == 1
    outcomes = {o["organisation_id"]: o for o in (await a.get("/outcomes"))["items"]}
    assert outcomes[a.schools[0]]["refusals"][0]["reason"] == "host-takes-no-more"


async def test_a_round_needs_both_sides_a_deadline_and_no_other_round(platform: Any) -> None:
    a = Round(platform)
    assert platform.rule(await a.open()) == (409, "nobody-to-match")
    await a.begin()
    assert platform.rule(await a.open()) == (409, "round-exists")
    for until, rule in (
        ("2025-10-01T08:30:00Z", "deadline-out-of-range"),
        ("2026-10-01T08:30:00Z", "deadline-out-of-range"),
        ("2025-10-15T16:00:00", "request-invalid"),
    ):
        body = {"school_year": YEAR, "rank_until": until}
        answer = await platform.client.post("/v1/matching/rounds", json=body, headers=a.coordinator)
        assert platform.rule(answer) == (422, rule)
    denied = await platform.client.post(
        "/v1/matching/rounds",
        json={"school_year": YEAR, "rank_until": UNTIL},
        headers=a.people(a.schools[0]),
    )
    assert denied.status_code == 403
    listed = await platform.client.get(
        f"/v1/matching/rounds?state=opened&school_year={YEAR}", headers=a.people(a.schools[0])
    )
    assert [r["allowed_actions"] for r in listed.json()["items"]] == [["rank"]]
    part = await a.get("/participants?side=host&limit=1")
    rest = await a.get(f"/participants?side=host&limit=1&cursor={part['next']}")
    sides = [p["organisation_id"] for p in part["items"] + rest["items"]]
    assert sorted(sides) == sorted(a.companies)


async def test_what_a_round_allows_is_what_it_then_accepts(platform: Any) -> None:
    a = await Round(platform).begin()
    await a.rank_all()
    bodies = {"confirm": TERMS}
    for following in ("close-ranking", "match", "confirm"):
        allowed = (await a.get())["allowed_actions"]
        for action in ("close-ranking", "match", "confirm", "cancel"):
            if action not in allowed:
                refused = await a.act(action, bodies.get(action))
                assert platform.rule(refused) == (409, "state-does-not-allow")
        assert following in allowed
        assert (await a.act(following, bodies.get(following))).status_code == 200
    assert (await a.get())["allowed_actions"] == []
