"""What may be done in a task-force meeting: when, and by whom."""

from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.guards import Action, only
from triskel.activities.activities.rules.meeting import ActionItem, Delegation
from triskel.contracts.codes import ActivityFormat, ActivityState, Side
from triskel.contracts.refusals import Conflict, Refusal

_S = ActivityState
_FORMATS = frozenset({ActivityFormat.TASK_FORCE_MEETING})
_COMING = frozenset({_S.DRAFT, _S.PROPOSED, _S.ACCEPTED, _S.SCHEDULED, _S.CONFIRMED})
_BEGUN = frozenset({_S.IN_PROGRESS})
_DATED = frozenset({_S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS})
_AFTER = _BEGUN | {_S.DELIVERED, _S.EVALUATED}


def with_delegations(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.task_force is not None:
        return None
    return Conflict("delegations-missing", "Set mode and delegations first.", field="task_force")


def may_approve(a: Activity, actor: Actor) -> tuple[Delegation, ...]:
    """The delegations that this actor may speak for, whose approval is missing: one's own, or as
    the region's coordinator; the meeting's coordinator writes down what others said."""
    if a.task_force is None or a.task_force.minutes is None:
        return ()
    approved = {approval.region for approval in a.task_force.minutes.approvals}
    return tuple(
        each
        for each in a.task_force.delegations
        if each.region not in approved and _speaks_for(actor, each)
    )


def _speaks_for(actor: Actor, delegation: Delegation) -> bool:
    return (
        Side.COORDINATOR in actor.sides
        or actor.organisation == delegation.organisation_id
        or actor.coordinates == delegation.region
    )


def approvable(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    assert a.task_force is not None
    if a.task_force.minutes is None:
        return Conflict("minutes-missing", "There are no minutes yet.", field="task_force.minutes")
    if may_approve(a, actor):
        return None
    return Conflict(
        "nothing-to-approve",
        "You speak for no delegation whose approval is missing.",
        field="task_force.minutes.approvals",
    )


def may_finish(a: Activity, actor: Actor) -> tuple[ActionItem, ...]:
    """The open action items that are this actor's to tick."""
    if a.task_force is None:
        return ()
    return tuple(
        item
        for item in a.task_force.action_items
        if item.done_at is None
        and (Side.COORDINATOR in actor.sides or actor.organisation == item.owner_id)
    )


def finishable(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if may_finish(a, actor):
        return None
    return Conflict(
        "no-open-item", "You have no open action item here.", field="task_force.action_items"
    )


def of_a_delegation(a: Activity, actor: Actor) -> bool:
    """People of an organisation that leads a delegation, or the coordinator of its region."""
    return a.task_force is not None and any(
        actor.organisation == each.organisation_id or actor.coordinates == each.region
        for each in a.task_force.delegations
    )


def owner(a: Activity, actor: Actor) -> bool:
    return a.task_force is not None and any(
        actor.organisation == item.owner_id for item in a.task_force.action_items
    )


_COMPANY = only(Side.HOST)

TASK_FORCE: dict[str, Action] = {
    "meeting-delegations": Action(_COMING | _BEGUN, (_COMPANY,), _FORMATS),
    "meeting-agenda": Action(_COMING | _BEGUN, (_COMPANY, with_delegations), _FORMATS),
    "meeting-minutes": Action(_AFTER, (_COMPANY, with_delegations), _FORMATS),
    "meeting-approve-minutes": Action(
        _AFTER | {_S.CLOSED}, (with_delegations, approvable), _FORMATS, others=of_a_delegation
    ),
    "meeting-action-item": Action(_DATED | _AFTER, (_COMPANY, with_delegations), _FORMATS),
    "meeting-action-item-done": Action(
        _DATED | _AFTER | {_S.CLOSED}, (finishable,), _FORMATS, others=owner
    ),
}
"""Who receives the others and the coordinator prepare and write down. Delegations approve, and
owners tick, after the meeting is closed too: what was agreed lives longer than the meeting."""
