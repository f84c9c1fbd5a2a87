"""What an activity becomes: one function per action, each one version on."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.actions import begin
from triskel.activities.activities.rules.activity import (
    Activity,
    Actor,
    Attendance,
    BudgetLine,
    Evaluation,
    Facts,
    Slot,
)
from triskel.activities.activities.rules.coherence import check_outcome, moved, proposed_attendance
from triskel.activities.activities.rules.deadlines import cancel_by
from triskel.activities.activities.rules.guards import evaluating_side
from triskel.activities.activities.rules.places import preconditions
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.activities.places.rules import mark
from triskel.contracts.codes import ActivityReason, ActivityState, Audience, DeliveryOutcome
from triskel.contracts.days import days_later
from triskel.contracts.refusals import Conflict, Invalid

_S = ActivityState


def edit(
    a: Activity, actor: Actor, facts: Facts, now: datetime, changes: dict[str, Any]
) -> Activity:
    return replace(begin("edit", a, actor, facts, now), **changes)


def propose(a: Activity, actor: Actor, facts: Facts, now: datetime, days: int) -> Activity:
    following = begin("propose", a, actor, facts, now)
    return replace(
        following, state=_S.PROPOSED, proposed_at=now, answer_by=days_later(now, days, a.time_zone)
    )


def accept(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
    return replace(begin("accept", a, actor, facts, now), state=_S.ACCEPTED, answered_at=now)


def decline(
    a: Activity, actor: Actor, facts: Facts, now: datetime, reason: ActivityReason
) -> Activity:
    return replace(
        begin("decline", a, actor, facts, now),
        state=_S.DECLINED,
        answered_at=now,
        reason=reason,
        ended_by=actor.side,
    )


def withdraw(
    a: Activity, actor: Actor, facts: Facts, now: datetime, reason: ActivityReason
) -> Activity:
    following = begin("withdraw", a, actor, facts, now)
    return replace(following, state=_S.WITHDRAWN, reason=reason, ended_by=actor.side)


def schedule(
    a: Activity, actor: Actor, facts: Facts, now: datetime, slot: Slot, calendar: Calendar
) -> Activity:
    following = begin("schedule", a, actor, facts, now)
    check_slot(a.form, calendar, slot.starts_at, slot.ends_at, now, a.school_year)
    return replace(moved(following, slot), state=_S.SCHEDULED, slot=slot)


def postpone(
    a: Activity, actor: Actor, facts: Facts, now: datetime, slot: Slot, calendar: Calendar
) -> Activity:
    """Back to scheduled with another slot; events and history keep the one it had."""
    following = begin("postpone", a, actor, facts, now)
    check_slot(a.form, calendar, slot.starts_at, slot.ends_at, now, a.school_year)
    if slot == a.slot:
        raise Conflict("slot-unchanged", "That is the slot it has.", field="slot.starts_at")
    return replace(
        moved(following, slot),
        state=_S.SCHEDULED,
        slot=slot,
        slot_changes=a.slot_changes + 1,
        postponements=a.postponements + 1,
        confirmed_at=None,
    )


def confirm(
    a: Activity, actor: Actor, facts: Facts, now: datetime, ticked: Sequence[str]
) -> Activity:
    following = begin("confirm", a, actor, facts, now)
    missing = [name for name in preconditions(a) if name not in ticked]
    if missing:
        raise Invalid(
            "precondition-missing",
            f"Before this format is confirmed: {', '.join(missing)}.",
            field="preconditions",
            value=missing[0],
        )
    return replace(following, state=_S.CONFIRMED, confirmed_at=now)


def start(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
    return replace(begin("start", a, actor, facts, now), state=_S.IN_PROGRESS, started_at=now)


def deliver(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    outcome: DeliveryOutcome,
    attendance: Sequence[Attendance],
    present: Collection[UUID] | None = None,
) -> Activity:
    """`present` are the bookings that came; null where nobody is marked."""
    following = begin("deliver", a, actor, facts, now)
    check_outcome(a, outcome)
    if outcome is not DeliveryOutcome.NO_SHOW:
        attendance = attendance or proposed_attendance(a)
    check_attendance(a, outcome, attendance)
    return replace(
        following,
        state=_S.DELIVERED,
        delivered_at=now,
        outcome=outcome,
        attendance=tuple(attendance),
        bookings=mark(a, outcome, attendance, present, now),
    )


def correct(
    a: Activity,
    actor: Actor,
    facts: Facts,
    now: datetime,
    outcome: DeliveryOutcome,
    attendance: Sequence[Attendance],
    present: Collection[UUID] | None = None,
) -> Activity:
    following = begin("correct", a, actor, facts, now)
    check_outcome(a, outcome)
    check_attendance(a, outcome, attendance)
    return replace(
        following,
        outcome=outcome,
        attendance=tuple(attendance),
        bookings=mark(a, outcome, attendance, present, now),
    )


def check_attendance(
    a: Activity, outcome: DeliveryOutcome, attendance: Sequence[Attendance]
) -> None:
    """Raises `Invalid`: counts of the format's audience, each level once, within the capacity."""
    people = sum(row.people for row in attendance)
    if outcome is DeliveryOutcome.NO_SHOW and people:
        raise Invalid(
            "no-show-has-attendance", "Nobody came, so nobody is counted.", field="attendance"
        )
    if outcome is not DeliveryOutcome.NO_SHOW and not people:
        raise Invalid("attendance-missing", "Say how many took part.", field="attendance")
    if a.capacity is not None and people > a.capacity:
        raise Invalid(
            "attendance-over-capacity",
            f"{people} took part, but there was room for {a.capacity}.",
            field="attendance",
            value=people,
        )
    levels = [(row.audience, row.level) for row in attendance]
    if len(set(levels)) < len(levels):
        raise Invalid("level-twice", "Count each level once.", field="attendance.level")
    for row in attendance:
        if row.audience is Audience.PUPILS and row.level is None:
            raise Invalid(
                "level-missing", "Pupils are counted by ISCED level.", field="attendance.level"
            )
        if row.audience is not a.form.audience:
            raise Invalid(
                "audience-of-another-format",
                f"This format counts {a.form.audience}.",
                field="attendance.audience",
                value=row.audience,
            )


def evaluate(
    a: Activity, actor: Actor, facts: Facts, now: datetime, ticks: dict[str, Any]
) -> Activity:
    """One side's evaluation; with the second the activity is evaluated."""
    following = begin("evaluate", a, actor, facts, now)
    side = evaluating_side(a, actor)
    assert side is not None
    evaluations = (*a.evaluations, Evaluation(side=side, at=now, **ticks))
    both = {e.side for e in evaluations} >= a.evaluating_sides
    return replace(following, evaluations=evaluations, state=_S.EVALUATED if both else _S.DELIVERED)


def close(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
    return replace(begin("close", a, actor, facts, now), state=_S.CLOSED, closed_at=now)


def cancel(
    a: Activity, actor: Actor, facts: Facts, now: datetime, reason: ActivityReason
) -> Activity:
    """Late when it comes after the format's limit before the start."""
    following = begin("cancel", a, actor, facts, now)
    limit = cancel_by(a)
    late = limit is not None and now > limit
    return replace(
        following,
        state=_S.CANCELLED,
        cancelled_at=now,
        reason=reason,
        ended_by=actor.side,
        late=late,
    )


def set_budget(
    a: Activity, actor: Actor, facts: Facts, now: datetime, lines: Sequence[BudgetLine]
) -> Activity:
    following = begin("budget", a, actor, facts, now)
    for line in lines:
        if line.delegation is not None and (
            a.task_force is None or a.task_force.delegation(line.delegation) is None
        ):
            raise Invalid(
                "delegation-unknown",
                "A cost line is for one of the meeting's delegations, or for all.",
                field="lines.delegation",
                value=line.delegation,
            )
    return replace(following, budget=tuple(lines))


def expire(a: Activity) -> Activity:
    """A proposal that nobody answered before its deadline."""
    return replace(a, version=a.version + 1, state=_S.EXPIRED)


def close_unevaluated(a: Activity, now: datetime) -> Activity:
    """So that figures do not wait for ever."""
    return replace(a, version=a.version + 1, state=_S.CLOSED, closed_at=now)
