"""Random people at random times on partnerships over HTTP, on the real database: what is listed as
allowed is what is accepted, versions rise by one, and the events replayed give the same state."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import ApiClient, Tokens, deliver, outbox_events
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.walks import WALKS, on_its_own_loop
from triskel.contracts import activities
from triskel.contracts.codes import Role
from triskel.registry.main import SPEC
from triskel.registry.partnerships.actions import ACTIONS
from triskel.registry.partnerships.jobs import expire_unanswered, finish_past, lapse_unsigned

FIRST_DAY = datetime(2025, 9, 2, 8, tzinfo=UTC)
PEOPLE = ("head", "teacher", "company", "coordinator", "stranger")
AGREED = {"agreement-draft", "partially-signed", "signed", "active", "suspended"}
UNSIGNED = {"accepted", "agreement-draft", "partially-signed"}
ENDABLE = {"signed", "active", "suspended"}
# what follows what, written down anew: the code under test is not asked
FOLLOWS: dict[str, tuple[set[str], set[str]]] = {
    # action: (states afterwards, states before)
    "accept": ({"proposed", "accepted"}, {"proposed"}),
    "decline": ({"declined"}, {"proposed"}),
    "withdraw": ({"withdrawn"}, {"proposed"}),
    "leave": ({"withdrawn"}, UNSIGNED),
    "draft-agreement": ({"agreement-draft"}, UNSIGNED),
    "sign": ({"partially-signed", "signed"}, {"agreement-draft", "partially-signed"}),
    "amend": ({"agreement-draft"}, AGREED),
    "activate": ({"active"}, {"signed"}),
    "suspend": ({"suspended"}, {"active"}),
    "resume": ({"active"}, {"suspended"}),
    "end": ({"ended"}, ENDABLE),
    "terminate": ({"terminated"}, AGREED),
    "renew": (set(), AGREED | {"ended", "renewed"}),
}
SIDEWAYS = {"decline", "withdraw", "leave", "end", "terminate", "amend", "renew"}
BY_TIME = {"proposed": {"expired"}}
BY_TIME |= {state: {"ended", "renewed"} for state in AGREED | {"accepted"}}
BY_TIME |= {state: BY_TIME[state] | {"expired"} for state in UNSIGNED}


class Stage:
    def __init__(self, client: ApiClient, app: Any, tokens: Tokens, clock: FixedClock) -> None:
        self.client, self.app, self.tokens, self.clock = client, app, tokens, clock
        self.school = self.company = ""

    async def furnish(self) -> None:
        """A school and a company of its own for each walk."""
        self.school = await self._organisation("school", levels=["3"])
        self.company = await self._organisation("company", partnership_capacity=2)

    async def _organisation(self, kind: str, **more: Any) -> str:
        body = {"kind": kind, "names": {"fr": f"Un {kind}"}} | more
        answer = await self.client.post(
            "/v1/organisations", json=body, headers=self.who("coordinator")
        )
        found: str = answer.json()["id"]
        return found

    def who(self, person: str) -> dict[str, str]:
        role, of = {
            "head": (Role.HEAD, self.school),
            "teacher": (Role.TEACHER, self.school),
            "company": (Role.COMPANY, self.company),
            "coordinator": (Role.COORDINATOR, None),
            "stranger": (Role.COMPANY, str(UUID(int=7))),
        }[person]
        return self.tokens.bearer(role, organisation=of, subject=f"{person}-{of}")

    async def plan(self, partnership: str) -> None:
        """The activities service says that something is planned."""
        planned = activities.Activity(
            id=uuid4(),
            region="FRH0",
            version=4,
            format="guest-lesson",
            state="scheduled",
            title="Une ingénieure en classe",
            school_year="2025-2026",
            host_id=UUID(self.company),
            school_id=UUID(self.school),
            partnership_id=UUID(partnership),
            proposed_by="school",
            drafted_at=self.clock.now(),
        )
        event = activities.ActivityScheduled(activity=planned, by=Role.COMPANY)
        await deliver(self.app.state.database, self.app.state.consumers, event)


def body(action: str, known: dict[str, Any]) -> Any:
    """What goes with an action so that nothing but the rules can refuse it."""
    return {
        "amend": {"goals": f"Autre chose {known['version']}"},
        "draft-agreement": {},
        "sign": {"digest": known["agreement"]["digest"] or "0" * 64},
        "renew": {"starts_on": "2026-09-15", "ends_on": "2027-07-02"},
    }.get(action, {"reason": "other"})


class People(RuleBasedStateMachine):
    """Commands from anybody at any time; each is looked up as allowed, then tried."""

    stage: Stage
    runner: asyncio.Runner
    seen: ClassVar[set[str]] = set()

    @initialize(by=st.sampled_from(PEOPLE[:4]))
    def propose(self, by: str) -> None:
        stage = self.stage
        stage.clock.time = FIRST_DAY
        self.run(stage.furnish())
        new = {
            "school_id": stage.school,
            "company_id": stage.company,
            "school_year": "2025-2026",
            "starts_on": "2025-09-03",
            "ends_on": "2026-07-03",
        }
        answer = self.run(stage.client.post("/v1/partnerships", json=new, headers=stage.who(by)))
        assert answer.status_code == 201, answer.text
        self.path = f"/v1/partnerships/{answer.json()['id']}"
        self.known = answer.json()

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    def ask(self, person: str) -> dict[str, Any]:
        answer = self.run(self.stage.client.get(self.path, headers=self.stage.who(person)))
        found: dict[str, Any] = answer.json()
        return found

    @rule()
    def something_is_planned(self) -> None:
        self.run(self.stage.plan(self.known["id"]))

    @rule(days=st.sampled_from([0.5, 2, 10, 31, 120]))
    def time_passes(self, days: float) -> None:
        self.stage.clock.advance(days=days)
        state = self.stage.app.state
        work = (state.database, state.outbox, state.clock)
        self.run(expire_unanswered(*work))
        self.run(lapse_unsigned(*work))
        self.run(finish_past(*work))
        before, self.known = self.known, self.ask("coordinator")
        if self.known["version"] != before["version"]:
            assert self.known["version"] == before["version"] + 1
            assert self.known["state"] in BY_TIME[before["state"]]

    @rule(number=st.integers(0, 11), person=st.sampled_from(PEOPLE[:4]))
    def somebody_does_what_is_allowed(self, number: int, person: str) -> None:
        """Onward, so that the walk gets somewhere."""
        drafted = {"draft-agreement"} if self.known["agreement"]["number"] else set()
        aside = SIDEWAYS | drafted
        listed = [a for a in self.ask(person)["allowed_actions"] if a not in aside]
        if listed:
            self.somebody_tries(listed[number % len(listed)], person)

    @rule(action=st.sampled_from(ACTIONS.by_people()), person=st.sampled_from(PEOPLE))
    def somebody_tries(self, action: str, person: str) -> None:
        allowed = self.ask(person).get("allowed_actions", [])
        answer = self.run(
            self.stage.client.post(
                f"{self.path}/{action}",
                json=body(action, self.known),
                headers=self.stage.who(person) | {"If-Match": f'"{self.known["version"]}"'},
            )
        )
        assert answer.status_code < 500
        accepted = answer.status_code in (200, 201)
        assert accepted == (action in allowed), (action, person, answer.text)
        before, self.known = self.known, self.ask("coordinator")
        if not accepted or action == "renew":
            assert self.known["version"] == before["version"]
            return
        becomes, sources = FOLLOWS[action]
        assert before["state"] in sources
        assert self.known["version"] == before["version"] + 1
        assert self.known["state"] in becomes
        self.seen.add(self.known["state"])
        if self.known["accepted_at"]:
            assert all(self.known["approvals"].values())
        signed = all(self.known["signatures"].values())
        assert signed or self.known["state"] not in ENDABLE

    def teardown(self) -> None:
        """What was said, replayed, is what is there."""
        events = [
            e
            for e in self.run(outbox_events(self.stage.app.state.database))
            if str(e.aggregate.id) == self.known["id"]
        ]
        versions = [event.aggregate.version for event in events]
        assert versions == list(range(1, self.known["version"] + 1))
        replayed = events[-1].aggregate.model_dump(mode="json")
        now = self.ask("coordinator")
        assert {name: now[name] for name in replayed} == replayed


@pytest.fixture
def stage_and_runner(
    fresh_database: FreshDatabase, tokens: Tokens
) -> Iterator[tuple[Stage, asyncio.Runner]]:
    clock = FixedClock(FIRST_DAY)
    place = on_its_own_loop(SPEC, fresh_database, tokens, clock)
    with place as (runner, client, app):
        yield Stage(client, app, tokens, clock), runner


def test_whoever_tries_whatever_whenever_only_what_is_allowed_happens_and_all_of_it_is_said(
    stage_and_runner: tuple[Stage, asyncio.Runner],
) -> None:
    class Here(People):
        stage, runner = stage_and_runner
        seen: ClassVar[set[str]] = set()

    run_state_machine_as_test(
        Here, settings=settings(**WALKS, suppress_health_check=list(HealthCheck))
    )
    # the walk went far enough to mean something
    assert {"signed", "active"} <= Here.seen


def test_every_action_is_in_the_table_of_what_follows_what() -> None:
    assert set(FOLLOWS) == set(ACTIONS.by_people())
