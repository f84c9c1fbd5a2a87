"""What is due on a day: milestones of research works, action items of meetings."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.activities.rules.meeting import ActionItem
from triskel.activities.activities.rules.research import Milestone
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityState
from triskel.contracts.format_codes import DueKind


@dataclass(frozen=True)
class Due:
    """`due_at` is the end of `due_on` where the activity takes place; `missed_at` is when it was
    said to be overdue. An action item has an owner."""

    kind: DueKind
    number: int
    title: str
    owner_id: UUID | None
    due_on: date
    due_at: datetime
    done_at: datetime | None
    missed_at: datetime | None

    def overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due_at <= now


def dues_of(activity: Activity) -> tuple[Due, ...]:
    """Milestones count until the delivery, action items after it too; nothing of what is called
    off is due."""
    if activity.slot is None or activity.state is ActivityState.CANCELLED:
        return ()
    zone = ZoneInfo(activity.slot.time_zone)
    found: list[Milestone | ActionItem] = []
    if activity.research is not None and activity.state in BEFORE_DELIVERED:
        found += activity.research.milestones
    if activity.task_force is not None:
        found += activity.task_force.action_items
    return tuple(_due(each, zone) for each in found)


def _due(each: Milestone | ActionItem, zone: ZoneInfo) -> Due:
    item = isinstance(each, ActionItem)
    return Due(
        kind=DueKind.ACTION_ITEM if item else DueKind.MILESTONE,
        number=each.number,
        title=each.title,
        owner_id=each.owner_id if isinstance(each, ActionItem) else None,
        due_on=each.due_on,
        due_at=datetime.combine(each.due_on + timedelta(days=1), time(), zone),
        done_at=each.done_at,
        missed_at=each.missed_at,
    )


def miss(attempt: ActivityAttempt) -> list[ActivityChange]:
    """What is overdue is marked as said, once; nothing changes if nothing is."""
    activity, now = attempt.subject, attempt.now
    late = tuple(due for due in dues_of(activity) if due.overdue(now) and due.missed_at is None)
    if not late:
        return []
    marked = {(due.kind, due.number) for due in late}
    following = becomes(activity)
    if activity.research is not None:
        milestones = tuple(
            replace(each, missed_at=now) if (DueKind.MILESTONE, each.number) in marked else each
            for each in activity.research.milestones
        )
        research = replace(activity.research, milestones=milestones)
        following = replace(following, research=research)
    if activity.task_force is not None:
        items = tuple(
            replace(each, missed_at=now) if (DueKind.ACTION_ITEM, each.number) in marked else each
            for each in activity.task_force.action_items
        )
        task_force = replace(activity.task_force, action_items=items)
        following = replace(following, task_force=task_force)
    missed = [contract.Due(kind=due.kind, number=due.number) for due in late]
    return [Change(following, contract.ActivityDeadlinesMissed, {"missed": missed})]
