"""Every action as a plain call: what is known, who acts, the facts, when, and what is given.

Rules are tested without a database: `doing.spine.accept(activity, HOST, FACTS, NOW)` is the
activity afterwards, or raises the refusal.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from triskel.activities.activities.actions import EXPIRE, MISS
from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt, Facts
from triskel.activities.activities.rules.transitions import Report
from triskel.activities.calendars.rules import Calendar
from triskel.activities.challenges.actions import PHASES, RECEIVE_TEAMS
from triskel.activities.challenges.rules import finals as final_rules
from triskel.activities.challenges.rules.transitions import Description, Marks, TeamCount
from triskel.activities.meetings.rules.meetings import NewActionItem
from triskel.activities.places.actions import LAPSE_PLACE
from triskel.activities.research.rules import ResearchPlan, SessionRecord
from triskel.activities.routers import ROUTERS
from triskel.chassis.actions import CLOCK, Action, Actor
from triskel.contracts.refusals import Refusal

assert ROUTERS, "the whole table of actions"
CALENDAR = Calendar("Europe/Paris")
"""Of which only weekends are known."""
ACTIONS = ACTIVITIES.actions
BY_PEOPLE = ACTIONS.by_people()
Step = Callable[..., Activity]


def attempt(activity: Activity, actor: Actor, facts: Facts, now: datetime) -> ActivityAttempt:
    return ActivityAttempt(activity, actor, facts, now)


def allowed_actions(activity: Activity, actor: Actor, facts: Facts, now: datetime) -> list[str]:
    return list(ACTIONS.allowed(attempt(activity, actor, facts, now)))


def refusal(
    name: str, activity: Activity, actor: Actor, facts: Facts, now: datetime
) -> Refusal | None:
    return ACTIONS[name].refusal(attempt(activity, actor, facts, now))


def do(
    action: str | Action[Activity, Facts, ...],
    activity: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    *args: Any,
    **given: Any,
) -> Activity:
    """The activity after the action's own change; what that brings about at once is left out."""
    row = ACTIONS[action] if isinstance(action, str) else action
    changes = row.decide(attempt(activity, actor, facts, now), *args, **given)
    return changes[0].subject if changes else activity


def _plain(name: str, *more: Any) -> Step:
    def step(
        activity: Activity, actor: Actor, facts: Facts, now: datetime, *args: Any, **given: Any
    ) -> Activity:
        return do(name, activity, actor, facts, now, *args, *more, **given)

    return step


def _report(name: str) -> Step:
    def step(
        activity: Activity,
        actor: Actor,
        facts: Facts,
        now: datetime,
        outcome: Any,
        attendance: Sequence[Any],
        present: Collection[Any] | None = None,
        **more: Any,
    ) -> Activity:
        report = Report(outcome, tuple(attendance), present)
        return do(name, activity, actor, facts, now, report, **more)

    return step


def _built(name: str, build: Callable[..., Any]) -> Step:
    """With what is given made into one value."""

    def step(
        activity: Activity, actor: Actor, facts: Facts, now: datetime, *args: Any, **given: Any
    ) -> Activity:
        return do(name, activity, actor, facts, now, *build(*args, **given))

    return step


spine = SimpleNamespace(
    **{
        name: _plain(name)
        for name in (
            *("edit", "propose", "accept", "decline", "withdraw", "schedule", "confirm"),
            *("start", "evaluate", "close", "cancel"),
        )
    },
    propose_date=_plain("propose-date"),
    agree_date=_plain("agree-date"),
    decline_date=_plain("decline-date"),
    withdraw_date=_plain("withdraw-date"),
    leave_activity=_plain("leave-activity"),
    deliver=_report("deliver"),
    correct=_report("correct"),
    report_late=_report("report-late"),
    set_budget=_plain("budget"),
)
places = SimpleNamespace(
    book=_plain("book"),
    leave=_plain("leave", CALENDAR),
    accept_place=_plain("accept-place"),
    change_booking=_plain("change-booking", CALENDAR),
    set_places=_plain("set-places", CALENDAR),
    set_visit=_built(
        "set-visit", lambda visit: (visit.pupils_per_adult, visit.transport, visit.safety_equipment)
    ),
)
challenge = SimpleNamespace(
    Marks=Marks,
    describe=_built(
        "challenge-describe",
        lambda scenario, document_url, criteria, prizes, submit_by: (
            Description(scenario, document_url, tuple(criteria), tuple(prizes), submit_by),
        ),
    ),
    set_teams=_built(
        "challenge-teams",
        lambda teams: (
            [
                TeamCount(team.label, team.level, team.girls, team.boys, team.undeclared)
                for team in teams
            ],
        ),
    ),
    reach=lambda activity, actor, facts, now, phase: do(PHASES[phase], activity, actor, facts, now),
    hand_in=_built("challenge-deliverable", lambda team, what: (team, what)),
    score=_plain("challenge-score"),
    award=_plain("challenge-award"),
)
research = SimpleNamespace(
    plan=_built(
        "research-plan",
        lambda group, tutor_id, sessions, milestones, calendar: (
            ResearchPlan(group, tutor_id, sessions, milestones),
            calendar,
        ),
    ),
    record_session=_built(
        "research-session", lambda number, **record: (number, SessionRecord(**record))
    ),
    reach_milestone=_built("research-milestone", lambda number: (number,)),
    submit_report=_plain("research-report"),
    accept_report=_plain("research-report-accept"),
    miss_report=_built("research-report-missing", lambda why: (why,)),
)
meetings = SimpleNamespace(
    set_delegations=_plain("meeting-delegations"),
    set_agenda=_plain("meeting-agenda"),
    publish_minutes=_plain("meeting-minutes"),
    approve_minutes=_plain("meeting-approve-minutes"),
    add_action_item=_built("meeting-action-item", lambda **item: (NewActionItem(**item),)),
    finish_action_item=_built("meeting-action-item-done", lambda number: (number,)),
)


def receive(final: Activity, source: Activity, arriving: Sequence[Any], now: datetime) -> Activity:
    """A final that winners of another challenge join."""
    return do(RECEIVE_TEAMS, final, CLOCK, Facts(), now, source.id, arriving)


def opened_final(
    source: Activity, actor: Actor, facts: Facts, now: datetime, wanted: final_rules.NewFinal
) -> tuple[Activity, Activity]:
    """The challenge whose winners went on, and the final that they went to."""
    final_id = uuid4()
    after = do("challenge-final", source, actor, facts, now, final_id, wanted.stage)
    return after, final_rules.opened(attempt(after, actor, facts, now), final_id, wanted).subject


def lapse(activity: Activity, now: datetime) -> Activity:
    """What time does to offered places: nobody took them, so others are offered them."""
    changes = LAPSE_PLACE.changes(attempt(activity, CLOCK, Facts(), now), CALENDAR)
    return changes[-1].subject if changes else activity


def expire(activity: Activity, now: datetime) -> Activity:
    (change,) = EXPIRE.changes(attempt(activity, CLOCK, Facts(), now))
    return change.subject


def miss(activity: Activity, now: datetime) -> Activity:
    changes = MISS.changes(attempt(activity, CLOCK, Facts(), now))
    return changes[-1].subject if changes else activity
