"""What is due on a day: milestones of research works, action items of meetings."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED
from triskel.activities.activities.rules.meeting import ActionItem
from triskel.activities.activities.rules.research import Milestone
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


def dues_of(a: Activity) -> tuple[Due, ...]:
    """Milestones count until the delivery, action items after it too; nothing of what is called
    off is due."""
    if a.slot is None or a.state is ActivityState.CANCELLED:
        return ()
    zone = ZoneInfo(a.slot.time_zone)
    found: list[Milestone | ActionItem] = []
    if a.research is not None and a.state in BEFORE_DELIVERED:
        found += a.research.milestones
    if a.task_force is not None:
        found += a.task_force.action_items
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


def miss(a: Activity, now: datetime) -> Activity:
    """The activity with what is overdue marked as said; the very same one if nothing is."""
    late = tuple(due for due in dues_of(a) if due.overdue(now) and due.missed_at is None)
    if not late:
        return a
    marked = {(due.kind, due.number) for due in late}
    following = replace(a, version=a.version + 1)
    if a.research is not None:
        milestones = tuple(
            replace(each, missed_at=now) if (DueKind.MILESTONE, each.number) in marked else each
            for each in a.research.milestones
        )
        following = replace(following, research=replace(a.research, milestones=milestones))
    if a.task_force is not None:
        items = tuple(
            replace(each, missed_at=now) if (DueKind.ACTION_ITEM, each.number) in marked else each
            for each in a.task_force.action_items
        )
        following = replace(following, task_force=replace(a.task_force, action_items=items))
    return following
