"""What a format's details and the steps that every activity takes mean to each other."""

from collections.abc import Sequence
from dataclasses import replace

from triskel.activities.activities.refusals import (
    AttendanceOfAnotherSchool,
    AttendanceSchoolMissing,
    ChallengeNotAwarded,
    ReportMissing,
)
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    Attendance,
    Slot,
)
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.activities.places.rules.places import pupils_by_school
from triskel.contracts.codes import Audience, DeliveryOutcome, Isced
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import ChallengePhase, SessionState


def proposed_attendance(activity: Activity) -> tuple[Attendance, ...]:
    """What teams, group or delegations let expect; whoever delivers may say otherwise."""
    if activity.challenge is not None and activity.challenge.teams:
        levels: dict[Isced, list[int]] = {}
        for team in activity.challenge.teams:
            counts = levels.setdefault(team.level, [0, 0, 0])
            for at, people in enumerate((team.girls, team.boys, team.undeclared)):
                counts[at] += people
        return tuple(
            Attendance(Audience.PUPILS, level, girls, boys, undeclared)
            for level, (girls, boys, undeclared) in sorted(levels.items())
        )
    if activity.research is not None:
        group = activity.research.group
        return (
            Attendance(Audience.PUPILS, group.level, group.girls, group.boys, group.undeclared),
        )
    if activity.task_force is not None and activity.task_force.delegations:
        return (Attendance(Audience.DELEGATES, None, 0, 0, activity.task_force.people),)
    return ()


def reported(attempt: ActivityAttempt) -> ReportMissing | None:
    """A planned research work is delivered with its report, or with the reason for none."""
    research = attempt.subject.research
    if research is None or research.report or research.report_missing:
        return None
    return ReportMissing()


def check_outcome(activity: Activity, outcome: DeliveryOutcome) -> None:
    """Raises `Conflict`: a challenge that was briefed is delivered in full once it is awarded."""
    challenge = activity.challenge
    if outcome is not DeliveryOutcome.FULL or challenge is None or challenge.phase is None:
        return
    if challenge.phase is not ChallengePhase.AWARDED:
        raise ChallengeNotAwarded(phase=challenge.phase, value=outcome)


def check_schools(activity: Activity, attendance: Sequence[Attendance]) -> None:
    """Where classes of several schools came, each count says whose it is. Raises `Invalid`."""
    schools = {activity.school_id, *activity.further_schools}
    several = len({part["school_id"] for part in pupils_by_school(activity) if part["pupils"]}) > 1
    for row in attendance:
        if row.school_id is None and several:
            raise AttendanceSchoolMissing
        if row.school_id is not None and row.school_id not in schools:
            raise AttendanceOfAnotherSchool(value=str(row.school_id))


def check_date(attempt: ActivityAttempt, slot: Slot, calendar: Calendar) -> None:
    """Raises `Invalid` for a slot that the format or the calendar does not have."""
    activity = attempt.subject
    check_slot(
        activity.form,
        calendar,
        slot.starts_at,
        slot.ends_at,
        attempt.now,
        activity.school_year,
    )


def moved(activity: Activity, slot: Slot) -> Activity:
    """What was planned outside of another slot is no longer planned, and is planned anew."""
    submit_by = activity.challenge.submit_by if activity.challenge is not None else None
    if submit_by is not None and not slot.starts_at <= submit_by <= slot.ends_at:
        assert activity.challenge is not None
        activity = replace(activity, challenge=replace(activity.challenge, submit_by=None))
    if activity.research is not None:
        first, last = (day_in(moment, slot.time_zone) for moment in (slot.starts_at, slot.ends_at))
        sessions = tuple(
            each
            for each in activity.research.sessions
            if each.state is not SessionState.PLANNED
            or (slot.starts_at <= each.starts_at and each.ends_at <= slot.ends_at)
        )
        milestones = tuple(
            each
            for each in activity.research.milestones
            if each.done_at is not None or first <= each.due_on <= last
        )
        activity = replace(
            activity, research=replace(activity.research, sessions=sessions, milestones=milestones)
        )
    if activity.task_force is not None:
        visits = tuple(
            each
            for each in activity.task_force.visits
            if slot.starts_at <= each.starts_at and each.ends_at <= slot.ends_at
        )
        activity = replace(activity, task_force=replace(activity.task_force, visits=visits))
    return activity
