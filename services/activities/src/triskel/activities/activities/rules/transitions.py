"""What an activity becomes: a function for each action returns the state and its event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from triskel.activities.activities.refusals import (
    AttendanceMissing,
    AttendanceOverCapacity,
    AudienceOfAnotherFormat,
    DelegationUnknown,
    LevelMissing,
    LevelTwice,
    NoShowHasAttendance,
    PreconditionMissing,
    ValueMissing,
)
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    Approvals,
    Attendance,
    BudgetLine,
    Evaluation,
    Slot,
    becomes,
)
from triskel.activities.activities.rules.budget import Kinds, check_lines
from triskel.activities.activities.rules.coherence import (
    check_date,
    check_outcome,
    check_schools,
    moved,
    proposed_attendance,
)
from triskel.activities.activities.rules.deadlines import (
    answer_deadline,
    cancel_by,
    evaluate_by,
    reminder_due,
    report_by,
)
from triskel.activities.activities.rules.guards import evaluating_side, yes_of
from triskel.activities.calendars.rules import Calendar
from triskel.activities.places.rules.places import mark, preconditions
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import (
    ActivityReason,
    ActivityState,
    Audience,
    CorrectionReason,
    DeliveryOutcome,
)

_S = ActivityState
NEVER_EMPTY = ("title", "levels", "subjects")


@dataclass(frozen=True)
class Report:
    """How it went. `present` are the bookings that came; null where nobody is marked."""

    outcome: DeliveryOutcome
    attendance: tuple[Attendance, ...]
    present: Collection[UUID] | None = None


def edit(attempt: ActivityAttempt, changes: Mapping[str, Any]) -> ActivityChange:
    """`changes` are fields of a draft. Raises `Invalid` for one that cannot be empty."""
    for name in NEVER_EMPTY:
        if name in changes and changes[name] is None:
            raise ValueMissing(name=name, field=name)
    # a yes was said to what it was before
    asking = _yes_of_the_asking(attempt.subject)
    return Change(becomes(attempt.subject, **changes, approvals=asking), contract.ActivityEdited)


def _yes_of_the_asking(activity: Activity, at: datetime | None = None) -> Approvals:
    """Who asks says yes by it."""
    at, side = at or activity.proposed_at, activity.proposed_by
    return Approvals(**({side: at} if side in activity.partners else {}))


def propose(
    attempt: ActivityAttempt,
    answer_days: int | None = None,
    message: str | None = None,
    calendar: Calendar | None = None,
) -> ActivityChange:
    """`answer_days`: within how many it is answered; None: as many as the region has; never less
    than the school days, of the region's `calendar`, that it leaves every request. `message` goes
    to the other side and into no event: people write names."""
    activity, now, settings = attempt.subject, attempt.now, attempt.facts.settings
    known = calendar or Calendar(activity.time_zone)
    answer_by = answer_deadline(now, settings, known, answer_days)
    proposed = becomes(
        activity,
        state=_S.PROPOSED,
        proposed_at=now,
        answer_by=answer_by,
        approvals=_yes_of_the_asking(activity, now),
    )
    return Change(proposed, contract.ActivityProposed, note=message)


def accept(attempt: ActivityAttempt) -> ActivityChange:
    """The yes of whoever acts; with that of the second side it is accepted."""
    activity, side = attempt.subject, yes_of(attempt)
    assert side is not None
    approvals = activity.approvals.with_yes(side, attempt.now)
    if approvals.given | {activity.proposed_by} >= activity.partners:
        accepted = becomes(
            activity, state=_S.ACCEPTED, answered_at=attempt.now, approvals=approvals
        )
        return Change(accepted, contract.ActivityAccepted)
    return Change(becomes(activity, approvals=approvals), contract.ActivityPartiallyAccepted)


def decline(attempt: ActivityAttempt, reason: ActivityReason) -> ActivityChange:
    declined = becomes(
        attempt.subject,
        state=_S.DECLINED,
        answered_at=attempt.now,
        reason=reason,
        ended_by=attempt.actor.side,
    )
    return Change(declined, contract.ActivityDeclined)


def withdraw(attempt: ActivityAttempt, reason: ActivityReason) -> ActivityChange:
    withdrawn = becomes(
        attempt.subject, state=_S.WITHDRAWN, reason=reason, ended_by=attempt.actor.side
    )
    return Change(withdrawn, contract.ActivityWithdrawn)


def expire(attempt: ActivityAttempt) -> ActivityChange:
    """A proposal that nobody answered before its deadline."""
    return Change(becomes(attempt.subject, state=_S.EXPIRED), contract.ActivityExpired)


def schedule(attempt: ActivityAttempt, slot: Slot, calendar: Calendar) -> ActivityChange:
    """Raises `Invalid` for a slot that the format or the calendar does not have."""
    check_date(attempt, slot, calendar)
    scheduled = becomes(moved(attempt.subject, slot), state=_S.SCHEDULED, slot=slot)
    return Change(scheduled, contract.ActivityScheduled)


def confirm(attempt: ActivityAttempt, ticked: Sequence[str]) -> ActivityChange:
    """Raises `Invalid` for a precondition that is not ticked."""
    missing = [name for name in preconditions(attempt.subject) if name not in ticked]
    if missing:
        raise PreconditionMissing(missing=", ".join(missing), value=missing[0])
    confirmed = becomes(attempt.subject, state=_S.CONFIRMED, confirmed_at=attempt.now)
    return Change(confirmed, contract.ActivityConfirmed)


def start(attempt: ActivityAttempt) -> ActivityChange:
    started = becomes(attempt.subject, state=_S.IN_PROGRESS, started_at=attempt.now)
    return Change(started, contract.ActivityStarted)


def deliver(attempt: ActivityAttempt, report: Report) -> ActivityChange:
    """Without counts, those that teams, group or delegations let expect. Raises `Invalid` and
    `Conflict` for a report that cannot be."""
    activity, now = attempt.subject, attempt.now
    check_outcome(activity, report.outcome)
    attendance = report.attendance
    if report.outcome is not DeliveryOutcome.NO_SHOW:
        attendance = attendance or proposed_attendance(activity)
    _check_attendance(activity, report.outcome, attendance)
    delivered = becomes(
        activity,
        state=_S.DELIVERED,
        started_at=activity.started_at or (activity.slot.starts_at if activity.slot else now),
        to_report_at=None,
        report_reminded=None,
        delivered_at=now,
        outcome=report.outcome,
        attendance=attendance,
        bookings=mark(activity, report.outcome, attendance, report.present, now),
    )
    return Change(delivered, contract.ActivityDelivered)


def fall_due(attempt: ActivityAttempt) -> ActivityChange:
    """It took place by the clock, whether anybody said so or not; who must report is reminded of
    the latest stage that is due."""
    activity, settings = attempt.subject, attempt.facts.settings
    days = reminder_due(activity, settings, attempt.now)
    assert activity.slot is not None
    assert days is not None
    due = becomes(
        activity,
        state=_S.IN_PROGRESS,
        started_at=activity.started_at or activity.slot.starts_at,
        to_report_at=activity.to_report_at or attempt.now,
        report_reminded=days,
    )
    last = days == max(settings.reporting.reminder_days)
    return Change(due, contract.ActivityToReport, {"after_days": days, "last": last})


def close_unreported(attempt: ActivityAttempt) -> list[ActivityChange]:
    """So many days after its end as its region has, where it takes place."""
    limit = report_by(attempt.subject, attempt.facts.settings)
    if limit is None or attempt.now <= limit:
        return []
    closed = becomes(
        attempt.subject,
        state=_S.CLOSED,
        closed_at=attempt.now,
        to_report_at=None,
        report_reminded=None,
        unreported=True,
    )
    return [Change(closed, contract.ActivityClosed)]


def report_late(
    attempt: ActivityAttempt, report: Report, reason: CorrectionReason
) -> ActivityChange:
    """Reported, or put right, after its time; a closed one stays closed. Raises as `deliver`."""
    corrected = correct(attempt, report).subject
    delivered_at = corrected.delivered_at or attempt.now
    activity = replace(corrected, delivered_at=delivered_at, unreported=False)
    return Change(activity, contract.ActivityCorrected, {"reason": reason})


def correct(attempt: ActivityAttempt, report: Report) -> ActivityChange:
    """Raises as `deliver`."""
    activity = attempt.subject
    check_outcome(activity, report.outcome)
    _check_attendance(activity, report.outcome, report.attendance)
    corrected = becomes(
        activity,
        outcome=report.outcome,
        attendance=report.attendance,
        bookings=mark(activity, report.outcome, report.attendance, report.present, attempt.now),
    )
    return Change(corrected, contract.ActivityCorrected)


def _check_attendance(
    activity: Activity, outcome: DeliveryOutcome, attendance: Sequence[Attendance]
) -> None:
    """Raises `Invalid`: counts of the format's audience, each level once, within the capacity."""
    people = sum(row.people for row in attendance)
    if outcome is DeliveryOutcome.NO_SHOW and people:
        raise NoShowHasAttendance
    if outcome is not DeliveryOutcome.NO_SHOW and not people:
        raise AttendanceMissing
    if activity.capacity is not None and people > activity.capacity:
        raise AttendanceOverCapacity(people=people, capacity=activity.capacity, value=people)
    check_schools(activity, attendance)
    levels = [(row.school_id or activity.school_id, row.audience, row.level) for row in attendance]
    if len(set(levels)) < len(levels):
        raise LevelTwice
    for row in attendance:
        if row.audience is Audience.PUPILS and row.level is None:
            raise LevelMissing
        if row.audience is not activity.form.audience:
            raise AudienceOfAnotherFormat(audience=activity.form.audience, value=row.audience)


def evaluate(attempt: ActivityAttempt, ticks: Mapping[str, Any]) -> ActivityChange:
    """One side's evaluation; with the second the activity is evaluated."""
    activity, side = attempt.subject, evaluating_side(attempt)
    assert side is not None
    evaluations = (*activity.evaluations, Evaluation(side=side, at=attempt.now, **ticks))
    if {each.side for each in evaluations} >= activity.partners:
        evaluated = becomes(activity, evaluations=evaluations, state=_S.EVALUATED)
        return Change(evaluated, contract.ActivityEvaluated)
    recorded = becomes(activity, evaluations=evaluations)
    return Change(recorded, contract.ActivityEvaluationRecorded)


def close(attempt: ActivityAttempt) -> ActivityChange:
    closed = becomes(attempt.subject, state=_S.CLOSED, closed_at=attempt.now)
    return Change(closed, contract.ActivityClosed)


def close_unevaluated(attempt: ActivityAttempt) -> list[ActivityChange]:
    """So many days after its delivery as its region has; days are counted where it takes place: an
    hour more when the clocks go back."""
    limit = evaluate_by(attempt.subject, attempt.facts.settings)
    return [close(attempt)] if limit is not None and attempt.now > limit else []


def cancel(attempt: ActivityAttempt, reason: ActivityReason) -> ActivityChange:
    """Late when it comes after the format's limit before the start."""
    limit = cancel_by(attempt.subject, attempt.facts.settings)
    cancelled = becomes(
        attempt.subject,
        state=_S.CANCELLED,
        cancelled_at=attempt.now,
        reason=reason,
        ended_by=attempt.actor.side,
        late=limit is not None and attempt.now > limit,
    )
    return Change(cancelled, contract.ActivityCancelled)


def set_budget(
    attempt: ActivityAttempt, lines: Sequence[BudgetLine], kinds: Kinds
) -> ActivityChange:
    """`kinds` of the funders. Raises `Invalid` for a line of a delegation that does not take part,
    and as `check_lines`."""
    activity, task_force = attempt.subject, attempt.subject.task_force
    check_lines(lines, kinds, {activity.school_id, activity.host_id, *activity.guests})
    for line in lines:
        if line.delegation is not None and (
            task_force is None or not task_force.delegation(line.delegation)
        ):
            raise DelegationUnknown(value=line.delegation)
    budgeted = becomes(attempt.subject, budget=tuple(lines))
    return Change(budgeted, contract.ActivityBudgetSet)
