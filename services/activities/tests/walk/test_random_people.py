"""Random people at random times on activities over HTTP, on the real database: what is listed as
allowed is what is accepted, versions rise by one, and the events replayed give the same state."""

import asyncio
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.jobs import close_unevaluated, expire_unanswered, lapse_dates
from triskel.activities.places.jobs import lapse_offers
from triskel.chassis.testing import outbox_events
from triskel.chassis.testing.walks import WALKS
from triskel.contracts.codes import ActivityFormat

FIRST_DAY = datetime(2025, 9, 2, 8, tzinfo=UTC)
PEOPLE = ("head", "teacher", "company", "coordinator", "stranger")
# what follows what, written down anew: the code under test is not asked
FOLLOWS: dict[str, tuple[str, set[str]]] = {
    # action: (state afterwards, states before)
    "edit": ("=", {"draft", "proposed"}),
    "propose": ("proposed", {"draft"}),
    "accept": ("+", {"proposed"}),
    "decline": ("declined", {"proposed"}),
    "withdraw": ("withdrawn", {"proposed"}),
    "schedule": ("scheduled", {"accepted"}),
    # back to scheduled where nobody else need agree
    "propose-date": ("?", {"scheduled", "confirmed"}),
    "agree-date": ("?", {"scheduled", "confirmed"}),
    "decline-date": ("=", {"scheduled", "confirmed"}),
    "withdraw-date": ("=", {"scheduled", "confirmed"}),
    "leave-activity": ("cancelled", {"accepted", "scheduled", "confirmed"}),
    "confirm": ("confirmed", {"scheduled"}),
    "start": ("in-progress", {"confirmed"}),
    "deliver": ("delivered", {"confirmed", "in-progress"}),
    "correct": ("=", {"delivered", "evaluated"}),
    "report-late": ("=", {"delivered", "evaluated", "closed"}),
    "evaluate": ("*", {"delivered"}),
    "close": ("closed", {"evaluated"}),
    "cancel": (
        "cancelled",
        {"draft", "proposed", "accepted", "scheduled", "confirmed", "in-progress"},
    ),
    "budget": (
        "=",
        {"draft", "proposed", "accepted", "scheduled", "confirmed", "in-progress", "delivered"}
        | {"evaluated"},
    ),
}
PREPARING = {"draft", "proposed", "accepted", "scheduled", "confirmed"}
DATED = {"scheduled", "confirmed"}
RUNNING = {"in-progress"}
FOLLOWS |= {
    "set-places": ("=", PREPARING),
    "set-lesson": ("=", PREPARING),
    "set-visit": ("=", PREPARING),
    "set-masterclass": ("=", PREPARING),
    "book": ("=", DATED),
    "change-booking": ("=", DATED),
    "leave": ("=", DATED),
    "publish": ("accepted", {"draft", "proposed"}),
    "accept-place": ("=", DATED),
    "open-registration": ("=", DATED),
    "change-registration": ("=", DATED),
    "close-registration": ("=", DATED),
    "challenge-describe": ("=", PREPARING | RUNNING),
    "challenge-people": ("=", PREPARING | RUNNING),
    "challenge-brief": ("=", DATED | RUNNING),
    "challenge-teams": ("=", DATED | RUNNING),
    "challenge-form-teams": ("=", DATED | RUNNING),
    "challenge-work": ("=", RUNNING),
    "challenge-deliverable": ("=", RUNNING),
    "challenge-submit": ("=", RUNNING),
    "challenge-judge": ("=", RUNNING),
    "challenge-score": ("=", RUNNING),
    "challenge-award": ("=", RUNNING),
    "meeting-delegations": ("=", PREPARING | RUNNING),
    "meeting-agenda": ("=", PREPARING | RUNNING),
    "meeting-minutes": ("=", RUNNING | {"delivered", "evaluated"}),
    "meeting-action-item": ("=", DATED | RUNNING | {"delivered", "evaluated"}),
}
# these hang on a second activity, on whose turn it is, or on dates inside the slot: they are held
# by tests of their own
HELD_ELSEWHERE = {
    *("challenge-final", "challenge-advance", "meeting-approve-minutes", "meeting-next-part"),
    *("set-schools", "archive", "unarchive", "hide", "show"),
    *("meeting-action-item-done", "research-plan", "research-session", "research-milestone"),
    *("research-report", "research-report-missing", "research-report-accept"),
}
TICKS = ("purpose", "outcomes", "two_way", "reflection")
PRECONDITIONS = {
    "guest-lesson": ["room-booked"],
    "company-visit": ["transport-booked", "adults-named", "consents-collected", "safety-briefed"],
    "innovation-challenge": ["scenario-received", "mentors-named"],
    "research-work": ["tutor-named"],
    "teacher-masterclass": ["programme-sent"],
    "parents-day": ["room-booked"],
    "task-force-meeting": ["agenda-sent"],
}


def body(action: str, known: dict[str, Any], stage: Any) -> Any:
    """What goes with an action so that nothing but the rules can refuse it."""
    form, version = known["format"], known["version"]
    audience = {
        "teacher-masterclass": "teachers",
        "parents-day": "parents",
        "task-force-meeting": "delegates",
    }.get(form, "pupils")
    counted = {"audience": audience, "girls": version % 20 + 1, "boys": 9}
    report = [counted | ({"level": "3"} if audience == "pupils" else {})]
    return {
        "edit": {"title": f"Un autre titre {version}"},
        "propose": {"answer_days": 10},
        "decline": {"reason": "other"},
        "withdraw": {"reason": "other"},
        "cancel": {"reason": "other"},
        "schedule": stage.slot(form),
        "propose-date": stage.slot(form) | {"place_name": f"Salle {version}"},
        "decline-date": {"reason": "date-unsuitable"},
        "leave-activity": {"reason": "staff-absent"},
        "confirm": {"preconditions": PRECONDITIONS[form]},
        "deliver": {"outcome": "full", "attendance": report},
        "correct": {"outcome": "partial", "attendance": report},
        "report-late": {"outcome": "partial", "attendance": report, "reason": "other"},
        "evaluate": dict.fromkeys(TICKS, True),
        "budget": {"lines": []},
    }.get(action)


SIDEWAYS = {
    *("cancel", "edit", "budget", "decline", "withdraw", "close-registration", "propose-date"),
    *("decline-date", "withdraw-date", "leave-activity"),
}
METHODS = {
    "edit": ("PATCH", ""),
    "budget": ("PUT", "/budget"),
    "set-places": ("PUT", "/places"),
    "set-lesson": ("PUT", "/lesson"),
    "set-visit": ("PUT", "/visit"),
    "set-masterclass": ("PUT", "/masterclass"),
    "book": ("POST", "/bookings"),
    "change-booking": ("PATCH", "/bookings/{booking}"),
    "leave": ("POST", "/bookings/{booking}/leave"),
    "accept-place": ("POST", "/bookings/{booking}/accept"),
    "open-registration": ("PUT", "/registration"),
    "change-registration": ("PATCH", "/registration"),
    "close-registration": ("DELETE", "/registration"),
    "challenge-describe": ("PUT", "/challenge"),
    "challenge-people": ("PUT", "/challenge/people"),
    "challenge-teams": ("PUT", "/challenge/teams"),
    "challenge-deliverable": ("POST", "/challenge/deliverables"),
    "challenge-score": ("POST", "/challenge/marks"),
    "challenge-award": ("POST", "/challenge/award"),
    **dict.fromkeys(
        [f"challenge-{step}" for step in ("brief", "form-teams", "work", "submit", "judge")],
        ("POST", "/challenge/phase"),
    ),
    "meeting-delegations": ("PUT", "/task-force/delegations"),
    "meeting-agenda": ("PUT", "/task-force/agenda"),
    "meeting-minutes": ("PUT", "/task-force/minutes"),
    "meeting-action-item": ("POST", "/task-force/action-items"),
}


def details(action: str, known: dict[str, Any], stage: Any) -> Any:
    """The same for what the formats add; each changes something."""
    version = known["version"]
    begins = (known["slot"] or {}).get("starts_at")
    team = {"label": "Les Méduses", "level": "3", "girls": 3, "boys": 1 + version % 4}
    delegation = {"region": "NL", "organisation_id": str(stage.school)}
    pupils = known["format"] != "teacher-masterclass"
    booking = {"label": f"2nde {version}", "size": 20, "adults": 3, "consents": 20}
    return {
        "set-places": {"places": 25 + version % 30},
        "set-lesson": {"expert_id": str(uuid4()), "subject": "physique-chimie"},
        "set-visit": {"transport": "coach", "pupils_per_adult": 10 + version % 5},
        "set-masterclass": {"hours": 1 + version % 7},
        "book": booking if pupils else {"contact_id": str(uuid4())},
        "change-booking": {"size": 18 + version % 5, "adults": 4, "consents": 18 + version % 5},
        "open-registration": {"quota": 100 + version, "until": begins},
        "change-registration": {"quota": 100 + version},
        "challenge-describe": {
            "scenario": f"Faites flotter un capteur, essai {version}.",
            "criteria": [{"label": "idée", "weight": 100}],
        },
        "challenge-people": {"mentors": [str(uuid4())], "jury_seats": 1},
        "challenge-brief": {"phase": "briefed"},
        "challenge-teams": {"teams": [team]},
        "challenge-form-teams": {"phase": "teams-formed"},
        "challenge-work": {"phase": "working"},
        "challenge-deliverable": {
            "team": 1,
            "title": f"Dossier {version}",
            "kind": "report",
            "url": f"https://lycee.example/{version}.pdf",
        },
        "challenge-submit": {"phase": "submitted"},
        "challenge-judge": {"phase": "jury"},
        "challenge-score": {"seat": 1, "marks": [{"team": 1, "points": [version % 20]}]},
        "challenge-award": {"places": 1},
        "meeting-delegations": {
            "host_region": "FRH0",
            "mode": "hybrid",
            "delegations": [delegation | {"delegates": 1 + version % 9}],
        },
        "meeting-agenda": {"items": [{"title": f"Point {version}", "minutes": 30}]},
        "meeting-minutes": {"text": f"Compte rendu, version {version}."},
        "meeting-action-item": {
            "title": f"Partager la grille {version}",
            "owner_id": str(stage.school),
            "due_on": "2026-08-15",
        },
    }.get(action)


class People(RuleBasedStateMachine):
    """Commands from anybody at any time; each is looked up as allowed, then tried."""

    stage: Any
    runner: asyncio.Runner
    seen: ClassVar[set[str]] = set()

    @initialize(form=st.sampled_from(sorted(ActivityFormat)), by=st.sampled_from(PEOPLE[:4]))
    def draft(self, form: str, by: str) -> None:
        stage = self.stage
        stage.clock.time = FIRST_DAY
        partnership = {"partnership_id": str(stage.partnership)}
        new = {
            "format": form,
            "title": "Une rencontre",
            "school_year": "2025-2026",
            "host_id": str(stage.host),
            "school_id": str(stage.school),
            **(partnership if form not in ("teacher-masterclass", "task-force-meeting") else {}),
        }
        answer = self.run(stage.client.post("/v1/activities", json=new, headers=stage.who(by)))
        assert answer.status_code == 201, answer.text
        self.path = f"/v1/activities/{answer.json()['id']}"
        self.known = answer.json()

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @rule(days=st.sampled_from([0.1, 1, 3, 8, 40]))
    def time_passes(self, days: float) -> None:
        self.stage.clock.advance(days=days)
        state = self.stage.app.state
        work = (state.database, state.outbox, state.clock)
        self.run(expire_unanswered(*work))
        self.run(lapse_dates(*work))
        self.run(close_unevaluated(*work))
        self.run(lapse_offers(*work))
        self.look()

    def look(self) -> None:
        """What time did to it: it expired or was closed, or nothing."""
        before, self.known = self.known, self.ask("coordinator")
        by_time = {"proposed": "expired", "delivered": "closed", "evaluated": "closed"}
        if self.known["state"] != before["state"]:
            assert self.known["state"] == by_time[before["state"]]

    def ask(self, person: str) -> dict[str, Any]:
        answer = self.run(self.stage.client.get(self.path, headers=self.stage.who(person)))
        found: dict[str, Any] = answer.json()
        return found

    @rule(number=st.integers(0, 11), person=st.sampled_from(PEOPLE[:4]))
    def somebody_does_what_is_allowed(self, number: int, person: str) -> None:
        """Onward, so that the walk gets somewhere."""
        listed = [
            a for a in self.ask(person)["allowed_actions"] if a in FOLLOWS and a not in SIDEWAYS
        ]
        if listed:
            self.somebody_tries(listed[number % len(listed)], person)

    @rule()
    def its_hour_comes(self) -> None:
        if self.known["slot"] and self.known["state"] in ("confirmed", "in-progress"):
            end = datetime.fromisoformat(self.known["slot"]["ends_at"])
            self.stage.clock.time = max(self.stage.clock.time, end)

    @rule(action=st.sampled_from(sorted(FOLLOWS)), person=st.sampled_from(PEOPLE))
    def somebody_tries(self, action: str, person: str) -> None:
        allowed = self.ask(person).get("allowed_actions", [])
        method, suffix = METHODS.get(action, ("POST", f"/{action}"))
        if "{booking}" in suffix:
            suffix = suffix.format(booking=self.booking(action))
        sent = details(action, self.known, self.stage) or body(action, self.known, self.stage)
        answer = self.run(
            self.stage.client.request(
                method,
                self.path + suffix,
                json=sent,
                headers=self.stage.who(person) | {"If-Match": f'"{self.known["version"]}"'},
            )
        )
        assert answer.status_code < 500
        assert answer.is_success == (action in allowed), (action, person, answer.text)
        before, self.known = self.known, self.ask("coordinator")
        if not answer.is_success:
            assert self.known["version"] == before["version"]
            return
        becomes, sources = FOLLOWS[action]
        assert before["state"] in sources
        # places that become free are offered in the same breath, one version each
        assert self.known["version"] == before["version"] + 1 or "bookings" in self.known
        self.seen.add(self.known["state"])
        assert self.known["state"] in {
            "=": {before["state"]},
            "*": {"delivered", "evaluated"},
            "+": {"proposed", "accepted"},
            "?": {before["state"], "scheduled"},
        }.get(becomes, {becomes})

    def booking(self, action: str) -> str:
        """One that the action is for, or none that there is."""
        states = {"accept-place": ("offered",)}.get(action, ("booked", "waiting", "offered"))
        mine = [booking["id"] for booking in self.known["bookings"] if booking["state"] in states]
        return mine[0] if mine else str(UUID(int=3))

    def teardown(self) -> None:
        """What was said, replayed, is what is there."""
        number = self.known["id"]
        said_of_it = [
            event
            for event in self.run(outbox_events(self.stage.app.state.database))
            if str(event.aggregate.id) == number
        ]
        versions = [event.aggregate.version for event in said_of_it]
        assert versions == list(range(1, self.known["version"] + 1))
        replayed = said_of_it[-1].aggregate.model_dump(mode="json")
        now = self.ask("coordinator")
        assert {name: now[name] for name in replayed} == replayed


def test_whoever_tries_whatever_whenever_only_what_is_allowed_happens_and_all_of_it_is_said(
    stage_and_runner: tuple[Any, asyncio.Runner],
) -> None:
    class Here(People):
        stage, runner = stage_and_runner
        seen: ClassVar[set[str]] = set()

    run_state_machine_as_test(
        Here,
        settings=settings(**WALKS, suppress_health_check=list(HealthCheck)),
    )
    # the walk went far enough to mean something
    assert {"in-progress", "delivered", "cancelled"} <= Here.seen


def test_every_action_is_walked_or_held_elsewhere() -> None:
    assert set(FOLLOWS) | HELD_ELSEWHERE == set(ACTIVITIES.actions.by_people())
    assert not set(FOLLOWS) & HELD_ELSEWHERE
