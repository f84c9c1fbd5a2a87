"""What a task-force meeting becomes: one function per action, each one version on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.meeting import (
    ActionItem,
    AgendaItem,
    Approval,
    Delegation,
    Minutes,
    StudyVisit,
    TaskForce,
)
from triskel.activities.meetings.actions import may_approve, may_finish
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import MeetingMode
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound

MOST_ACTION_ITEMS = 50


def _of(a: Activity) -> TaskForce:
    assert a.task_force is not None
    return a.task_force


def _with(a: Activity, **changes: Any) -> Activity:
    return replace(a, task_force=replace(_of(a), **changes))


def set_delegations(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    host_region: str,
    mode: MeetingMode,
    delegations: Sequence[Delegation],
) -> Activity:
    """One delegation per region, present as the mode of the meeting has it."""
    following = begin("meeting-delegations", a, actor, facts, now)
    regions = {each.region for each in delegations}
    if len(regions) < len(delegations):
        raise Invalid(
            "delegation-twice", "A region sends one delegation.", field="delegations.region"
        )
    for each in delegations:
        wrong = {MeetingMode.REMOTE: not each.remote, MeetingMode.ON_SITE: each.remote}
        if wrong.get(mode):
            raise Invalid(
                "delegation-not-of-the-mode",
                f"The meeting is {mode}: a hybrid one takes both.",
                field="delegations.remote",
                value=each.remote,
            )
    people = sum(each.delegates for each in delegations)
    if a.capacity is not None and people > a.capacity:
        raise Invalid(
            "delegates-over-capacity",
            f"{people} delegates are more than {a.capacity}.",
            field="delegations.delegates",
            value=people,
        )
    known = a.task_force or TaskForce(host_region, mode)
    if gone := sorted({item.by for item in known.agenda if item.by} - regions):
        raise Conflict(
            "delegation-on-the-agenda",
            f"{gone[0]} leads an item of the agenda: change that first.",
            field="delegations.region",
            value=gone[0],
        )
    return replace(
        following,
        task_force=replace(
            known, host_region=host_region, mode=mode, delegations=tuple(delegations)
        ),
    )


def set_agenda(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    items: Sequence[AgendaItem],
    visits: Sequence[StudyVisit],
) -> Activity:
    """It fits into the meeting's slot, once there is one."""
    following = begin("meeting-agenda", a, actor, facts, now)
    for item in items:
        if item.by is not None and _of(a).delegation(item.by) is None:
            raise Invalid(
                "delegation-unknown",
                "One of the delegations leads an item.",
                field="agenda.by",
                value=item.by,
            )
    minutes = timedelta(minutes=sum(item.minutes for item in items))
    if a.slot is not None and minutes > a.slot.ends_at - a.slot.starts_at:
        raise Invalid(
            "agenda-too-long",
            "The agenda lasts longer than the meeting.",
            field="agenda.minutes",
            value=int(minutes.total_seconds() // 60),
        )
    for visit in visits:
        if visit.ends_at <= visit.starts_at:
            raise Invalid(
                "slot-ends-before-it-starts",
                "A visit ends after it starts.",
                field="visits.ends_at",
                value=visit.ends_at.isoformat(),
            )
        if a.slot is not None and (
            visit.starts_at < a.slot.starts_at or visit.ends_at > a.slot.ends_at
        ):
            raise Invalid(
                "visit-outside-the-slot",
                "Study visits lie within the meeting's slot.",
                field="visits.starts_at",
                value=visit.starts_at.isoformat(),
            )
    return _with(following, agenda=tuple(items), visits=tuple(visits))


def publish_minutes(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    document_url: str | None,
    sha256: str | None,
    text: str | None,
) -> Activity:
    following = begin("meeting-minutes", a, actor, facts, now)
    return _with(following, minutes=Minutes(now, document_url, sha256, text))


def approve_minutes(
    a: Activity, actor: Actor, facts: Facts, now: datetime, region: str
) -> Activity:
    following = begin("meeting-approve-minutes", a, actor, facts, now)
    if _of(a).delegation(region) is None:
        raise NotFound(
            "delegation-unknown", "There is no such delegation.", field="region", value=region
        )
    minutes = _of(a).minutes
    assert minutes is not None
    if any(approval.region == region for approval in minutes.approvals):
        raise Conflict("approved-already", "It has approved.", field="region", value=region)
    if region not in {each.region for each in may_approve(a, actor)}:
        raise Forbidden("delegation-not-yours", "A delegation approves for itself.", field="region")
    approvals = (*minutes.approvals, Approval(region, now))
    return _with(following, minutes=replace(minutes, approvals=approvals))


def add_action_item(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    title: str,
    owner_id: UUID,
    due_on: date,
) -> Activity:
    following = begin("meeting-action-item", a, actor, facts, now)
    assert a.slot is not None
    if due_on < day_in(now, a.slot.time_zone):
        raise Invalid(
            "date-in-the-past",
            "An action item is due on a day to come.",
            field="due_on",
            value=due_on.isoformat(),
        )
    items = _of(a).action_items
    if len(items) >= MOST_ACTION_ITEMS:
        raise Conflict(
            "action-items-too-many",
            f"A meeting has {MOST_ACTION_ITEMS} action items at most.",
            field="task_force.action_items",
        )
    return _with(
        following, action_items=(*items, ActionItem(len(items) + 1, title, owner_id, due_on))
    )


def finish_action_item(
    a: Activity, actor: Actor, facts: Facts, now: datetime, number: int
) -> Activity:
    """By its owner or the coordinator, until it is done."""
    following = begin("meeting-action-item-done", a, actor, facts, now)
    found = next((each for each in _of(a).action_items if each.number == number), None)
    if found is None:
        raise NotFound(
            "action-item-unknown", "There is no such action item.", field="number", value=number
        )
    if found.done_at is not None:
        raise Conflict("action-item-done", "It was done before.", field="number", value=number)
    if found not in may_finish(a, actor):
        raise Forbidden("action-item-not-yours", "Its owner ticks it.", field="number")
    done = replace(found, done_at=now)
    items = tuple(done if each is found else each for each in _of(a).action_items)
    return _with(following, action_items=items)
