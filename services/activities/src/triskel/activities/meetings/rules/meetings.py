"""Task-force meetings: what is asked before an action, and what becomes of the activity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import DelegationUnknown, NotAParticipant
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.meeting import (
    ActionItem,
    AgendaItem,
    Approval,
    Delegation,
    Guest,
    Minutes,
    StudyVisit,
    TaskForce,
)
from triskel.activities.calendars.refusals import DateInThePast, SlotEndsBeforeItStarts
from triskel.activities.meetings.refusals import (
    ActionItemDone,
    ActionItemNotYours,
    ActionItemsTooMany,
    ActionItemUnknown,
    AgendaTooLong,
    ApprovedAlready,
    DelegatesOverCapacity,
    DelegatesOverTheirNumber,
    DelegationNotOfTheMode,
    DelegationNotYours,
    DelegationOnTheAgenda,
    DelegationsMissing,
    DelegationTwice,
    MinutesMissing,
    NoOpenItem,
    NoSuchDelegation,
    NothingToApprove,
    VisitOutsideTheSlot,
)
from triskel.chassis.actions import Actor, Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import Side
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import MeetingMode


@dataclass(frozen=True)
class NewActionItem:
    """Who does what until when. `owner_id` is an organisation: its people tick it."""

    title: str
    owner_id: UUID
    due_on: date


def with_delegations(attempt: ActivityAttempt) -> DelegationsMissing | None:
    return DelegationsMissing() if attempt.subject.task_force is None else None


def approvable(attempt: ActivityAttempt) -> MinutesMissing | NothingToApprove | None:
    if _task_force(attempt.subject).minutes is None:
        return MinutesMissing()
    return None if _may_approve(attempt) else NothingToApprove()


def finishable(attempt: ActivityAttempt) -> NoOpenItem | None:
    return None if _may_finish(attempt) else NoOpenItem()


def side_or_delegation(attempt: ActivityAttempt) -> NotAParticipant | None:
    """The sides, people of an organisation that leads a delegation, and the coordinator of its
    region."""
    if attempt.actor.sides or _of_a_delegation(attempt.subject, attempt.actor):
        return None
    return NotAParticipant()


def side_or_owner(attempt: ActivityAttempt) -> NotAParticipant | None:
    """The sides, and people of an organisation that has an action item to do."""
    owners = {item.owner_id for item in _action_items(attempt.subject)}
    if attempt.actor.sides or attempt.actor.organisation in owners:
        return None
    return NotAParticipant()


def own_delegation(
    attempt: ActivityAttempt, region: str
) -> NoSuchDelegation | DelegationNotYours | None:
    """A delegation approves for itself; the meeting's coordinator writes down what others said.
    What has no delegations at all, the guards say."""
    task_force = attempt.subject.task_force
    if task_force is None:
        return None
    sent = task_force.delegation(region)
    if not sent:
        return NoSuchDelegation(value=region)
    spoken_for = any(_speaks_for(attempt.actor, each) for each in sent)
    return None if spoken_for else DelegationNotYours()


def own_action_item(
    attempt: ActivityAttempt, item_number: int
) -> ActionItemUnknown | ActionItemNotYours | None:
    """Its owner ticks it, or the coordinator."""
    item = _action_item(attempt.subject, item_number)
    if item is None:
        return ActionItemUnknown(value=item_number)
    return None if _ticks(attempt.actor, item) else ActionItemNotYours()


def set_delegations(
    attempt: ActivityAttempt,
    host_region: str,
    mode: MeetingMode,
    delegations: Sequence[Delegation],
    guests: Sequence[Guest] = (),
    delegates_per_region: int | None = None,
) -> ActivityChange:
    """Several organisations of a region, as many delegates as the host allows, present as the mode
    of the meeting has it. Raises `Invalid`, and `Conflict` for one that the agenda names."""
    activity = attempt.subject
    known = activity.task_force or TaskForce(host_region, mode)
    task_force = replace(
        known,
        host_region=host_region,
        mode=mode,
        delegations=tuple(delegations),
        guests=tuple(guests),
        delegates_per_region=delegates_per_region,
    )
    _check_people(task_force, activity.capacity)
    regions = {each.region for each in delegations}
    if gone := sorted({item.by for item in known.agenda if item.by} - regions):
        raise DelegationOnTheAgenda(region=gone[0], value=gone[0])
    changed = becomes(activity, task_force=task_force)
    return Change(changed, contract.MeetingDelegationsSet)


def _check_people(task_force: TaskForce, capacity: int | None) -> None:
    """Each organisation once, within what the host allows, in the room or not as the mode has it.
    Raises `Invalid`."""
    named = [each.organisation_id for each in task_force.present]
    if twice := [each for each in named if named.count(each) > 1]:
        raise DelegationTwice(value=str(twice[0]))
    for each in task_force.present:
        wrong = {MeetingMode.REMOTE: not each.remote, MeetingMode.ON_SITE: each.remote}
        if wrong.get(task_force.mode):
            raise DelegationNotOfTheMode(mode=task_force.mode, value=each.remote)
    most = task_force.delegates_per_region
    for region in sorted({each.region for each in task_force.delegations}):
        sent = sum(each.delegates for each in task_force.delegation(region))
        if most is not None and sent > most:
            raise DelegatesOverTheirNumber(region=region, sent=sent, most=most, value=sent)
    if capacity is not None and task_force.people > capacity:
        people = task_force.people
        raise DelegatesOverCapacity(people=people, capacity=capacity, value=people)


def set_agenda(
    attempt: ActivityAttempt, items: Sequence[AgendaItem], visits: Sequence[StudyVisit]
) -> ActivityChange:
    """It fits into the meeting's slot, once there is one. Raises `Invalid`."""
    activity, slot = attempt.subject, attempt.subject.slot
    task_force = _task_force(activity)
    for item in items:
        if item.by is not None and not task_force.delegation(item.by):
            raise DelegationUnknown(field="agenda.by", value=item.by)
    minutes = sum(item.minutes for item in items)
    if slot is not None and timedelta(minutes=minutes) > slot.ends_at - slot.starts_at:
        raise AgendaTooLong(value=minutes)
    for visit in visits:
        if visit.ends_at <= visit.starts_at:
            raise SlotEndsBeforeItStarts(field="visits.ends_at", value=visit.ends_at.isoformat())
        if slot is not None and (visit.starts_at < slot.starts_at or visit.ends_at > slot.ends_at):
            raise VisitOutsideTheSlot(value=visit.starts_at.isoformat())
    changed = _with(activity, agenda=tuple(items), visits=tuple(visits))
    return Change(changed, contract.MeetingAgendaSet)


def publish_minutes(
    attempt: ActivityAttempt, document_url: str | None, sha256: str | None, text: str | None
) -> ActivityChange:
    """Published anew they are approved anew."""
    minutes = Minutes(attempt.now, document_url, sha256, text)
    return Change(_with(attempt.subject, minutes=minutes), contract.MeetingMinutesPublished)


def approve_minutes(attempt: ActivityAttempt, region: str) -> ActivityChange:
    """Each delegation once. Raises `Conflict`."""
    minutes = _task_force(attempt.subject).minutes
    assert minutes is not None
    if any(approval.region == region for approval in minutes.approvals):
        raise ApprovedAlready(value=region)
    approvals = (*minutes.approvals, Approval(region, attempt.now))
    approved = _with(attempt.subject, minutes=replace(minutes, approvals=approvals))
    return Change(approved, contract.MeetingMinutesApproved, {"delegation": region})


def add_action_item(attempt: ActivityAttempt, wanted: NewActionItem) -> ActivityChange:
    """Due on a day to come, where the meeting takes place. Raises `Invalid` and `Conflict`."""
    slot, items = attempt.subject.slot, _action_items(attempt.subject)
    assert slot is not None
    if wanted.due_on < day_in(attempt.now, slot.time_zone):
        raise DateInThePast(field="due_on", value=wanted.due_on.isoformat())
    most = attempt.facts.settings.meetings.action_items
    if len(items) >= most:
        raise ActionItemsTooMany(most=most)
    item = ActionItem(len(items) + 1, wanted.title, wanted.owner_id, wanted.due_on)
    return Change(
        _with(attempt.subject, action_items=(*items, item)),
        contract.MeetingActionItemAdded,
        {"number": item.number},
    )


def finish_action_item(attempt: ActivityAttempt, item_number: int) -> ActivityChange:
    """Once. Raises `Conflict`."""
    item = _action_item(attempt.subject, item_number)
    assert item is not None
    if item.done_at is not None:
        raise ActionItemDone(value=item_number)
    done = replace(item, done_at=attempt.now)
    items = tuple(done if each is item else each for each in _action_items(attempt.subject))
    return Change(
        _with(attempt.subject, action_items=items),
        contract.MeetingActionItemDone,
        {"number": item_number},
    )


def _task_force(activity: Activity) -> TaskForce:
    assert activity.task_force is not None
    return activity.task_force


def _with(activity: Activity, **changes: Any) -> Activity:
    task_force = replace(_task_force(activity), **changes)
    return becomes(activity, task_force=task_force)


def _action_items(activity: Activity) -> tuple[ActionItem, ...]:
    return activity.task_force.action_items if activity.task_force is not None else ()


def _action_item(activity: Activity, item_number: int) -> ActionItem | None:
    return next((each for each in _action_items(activity) if each.number == item_number), None)


def _speaks_for(actor: Actor, delegation: Delegation) -> bool:
    return (
        Side.COORDINATOR in actor.sides
        or actor.organisation == delegation.organisation_id
        or actor.coordinates == delegation.region
    )


def _of_a_delegation(activity: Activity, actor: Actor) -> bool:
    return activity.task_force is not None and any(
        actor.organisation == each.organisation_id or actor.coordinates == each.region
        for each in activity.task_force.delegations
    )


def _may_approve(attempt: ActivityAttempt) -> bool:
    """Whether this actor may speak for a delegation whose approval is missing."""
    task_force = _task_force(attempt.subject)
    assert task_force.minutes is not None
    approved = {approval.region for approval in task_force.minutes.approvals}
    return any(
        each.region not in approved and _speaks_for(attempt.actor, each)
        for each in task_force.delegations
    )


def _ticks(actor: Actor, item: ActionItem) -> bool:
    return Side.COORDINATOR in actor.sides or actor.organisation == item.owner_id


def _may_finish(attempt: ActivityAttempt) -> bool:
    """Whether there is an open action item that is this actor's to tick."""
    return any(
        item.done_at is None and _ticks(attempt.actor, item)
        for item in _action_items(attempt.subject)
    )
