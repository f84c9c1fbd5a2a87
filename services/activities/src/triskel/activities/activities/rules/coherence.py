"""What a format's details and the steps that every activity takes mean to each other."""

from dataclasses import replace
from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Attendance, Facts, Slot
from triskel.contracts.codes import Audience, DeliveryOutcome, Isced
from triskel.contracts.days import day_in
from triskel.contracts.format_codes import ChallengePhase, SessionState
from triskel.contracts.refusals import Conflict, Refusal


def proposed_attendance(a: Activity) -> tuple[Attendance, ...]:
    """What teams, group or delegations let expect; whoever delivers may say otherwise."""
    if a.challenge is not None and a.challenge.teams:
        levels: dict[Isced, list[int]] = {}
        for team in a.challenge.teams:
            counts = levels.setdefault(team.level, [0, 0, 0])
            for at, people in enumerate((team.girls, team.boys, team.undeclared)):
                counts[at] += people
        return tuple(
            Attendance(Audience.PUPILS, level, *counts) for level, counts in sorted(levels.items())
        )
    if a.research is not None:
        group = a.research.group
        return (
            Attendance(Audience.PUPILS, group.level, group.girls, group.boys, group.undeclared),
        )
    if a.task_force is not None and a.task_force.delegations:
        people = sum(each.delegates for each in a.task_force.delegations)
        return (Attendance(Audience.DELEGATES, None, 0, 0, people),)
    return ()


def reported(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    """A planned research work is delivered with its report, or with the reason for none."""
    if a.research is None or a.research.report or a.research.report_missing:
        return None
    return Conflict(
        "report-missing",
        "Submit the report, or say why there is none.",
        field="research.report",
    )


def check_outcome(a: Activity, outcome: DeliveryOutcome) -> None:
    """Raises `Conflict`: a challenge that was briefed is delivered in full once it is awarded."""
    if outcome is not DeliveryOutcome.FULL or a.challenge is None or a.challenge.phase is None:
        return
    if a.challenge.phase is not ChallengePhase.AWARDED:
        raise Conflict(
            "challenge-not-awarded",
            f"The challenge is {a.challenge.phase}: award it first, or say that it was partial.",
            field="outcome",
            value=outcome,
        )


def moved(a: Activity, slot: Slot) -> Activity:
    """What was planned outside of another slot is no longer planned, and is planned anew."""
    submit_by = a.challenge.submit_by if a.challenge is not None else None
    if submit_by is not None and not slot.starts_at <= submit_by <= slot.ends_at:
        assert a.challenge is not None
        a = replace(a, challenge=replace(a.challenge, submit_by=None))
    if a.research is not None:
        first, last = (day_in(moment, slot.time_zone) for moment in (slot.starts_at, slot.ends_at))
        sessions = tuple(
            each
            for each in a.research.sessions
            if each.state is not SessionState.PLANNED
            or (slot.starts_at <= each.starts_at and each.ends_at <= slot.ends_at)
        )
        milestones = tuple(
            each
            for each in a.research.milestones
            if each.done_at is not None or first <= each.due_on <= last
        )
        a = replace(a, research=replace(a.research, sessions=sessions, milestones=milestones))
    if a.task_force is not None:
        visits = tuple(
            each
            for each in a.task_force.visits
            if slot.starts_at <= each.starts_at and each.ends_at <= slot.ends_at
        )
        a = replace(a, task_force=replace(a.task_force, visits=visits))
    return a
