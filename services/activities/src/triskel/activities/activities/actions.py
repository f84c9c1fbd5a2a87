"""The transition table: from which states, by whom, under which conditions.

One function, `refusal`, is asked by the actions themselves and by the list of allowed actions, so
they cannot differ.
"""

from dataclasses import replace
from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.coherence import reported
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.activities.rules.guards import (
    Action,
    asked_side,
    asking_side,
    before_confirmation_limit,
    begun,
    can_evaluate,
    head,
    in_time,
    over,
    taking_part,
    took_place,
    within_correction_window,
)
from triskel.activities.activities.rules.places import PLACES, visit_ready
from triskel.activities.challenges.actions import CHALLENGE
from triskel.activities.meetings.actions import TASK_FORCE
from triskel.activities.research.actions import RESEARCH
from triskel.contracts.codes import ActivityState
from triskel.contracts.refusals import Conflict, Forbidden, Refusal

_S = ActivityState

SPINE: dict[str, Action] = {
    "edit": Action(frozenset({_S.DRAFT, _S.PROPOSED}), (asking_side,)),
    "propose": Action(frozenset({_S.DRAFT}), (asking_side, taking_part)),
    "accept": Action(frozenset({_S.PROPOSED}), (asked_side, in_time, taking_part)),
    "decline": Action(frozenset({_S.PROPOSED}), (asked_side, in_time)),
    "withdraw": Action(frozenset({_S.PROPOSED}), (asking_side,)),
    "schedule": Action(frozenset({_S.ACCEPTED}), ()),
    "confirm": Action(frozenset({_S.SCHEDULED}), (head, before_confirmation_limit, visit_ready)),
    "start": Action(frozenset({_S.CONFIRMED}), (begun,)),
    "deliver": Action(frozenset({_S.IN_PROGRESS}), (over, reported)),
    "correct": Action(frozenset({_S.DELIVERED, _S.EVALUATED}), (within_correction_window,)),
    "evaluate": Action(frozenset({_S.DELIVERED}), (took_place, can_evaluate)),
    "close": Action(frozenset({_S.EVALUATED}), ()),
    "cancel": Action(BEFORE_DELIVERED, ()),
    "postpone": Action(frozenset({_S.SCHEDULED, _S.CONFIRMED}), ()),
    "budget": Action(
        BEFORE_DELIVERED | {_S.DELIVERED, _S.EVALUATED},
        (),
    ),
}
"""What every activity has, whatever its format."""
ACTIONS: dict[str, Action] = SPINE | PLACES | CHALLENGE | RESEARCH | TASK_FORCE


def refusal(action: str, a: Activity, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    """Why an action is not allowed; None when it is."""
    rule = ACTIONS[action]
    if not actor.sides and not rule.others(a, actor):
        return Forbidden("not-a-participant", "Only the two sides and the coordinator may do this.")
    if rule.formats and a.format not in rule.formats:
        return Conflict(
            "format-does-not-allow",
            f"{action!r} is of {' and '.join(sorted(rule.formats))}; this is a {a.format}.",
            field="format",
            value=a.format,
        )
    if a.state not in rule.sources:
        return Conflict(
            "state-does-not-allow",
            f"An activity that is {a.state} does not allow {action!r}: it must be "
            f"{' or '.join(sorted(rule.sources))}.",
            field="state",
            value=a.state,
        )
    for guard in rule.guards:
        if refused := guard(a, actor, facts, now):
            return refused
    return None


def allowed_actions(a: Activity, actor: Actor, facts: Facts, now: datetime) -> list[str]:
    return [name for name in ACTIONS if refusal(name, a, actor, facts, now) is None]


def begin(action: str, a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
    """The activity one version on, for an action that is allowed. Raises its refusal."""
    if refused := refusal(action, a, actor, facts, now):
        raise refused
    return replace(a, version=a.version + 1)
