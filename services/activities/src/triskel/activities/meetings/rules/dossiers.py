"""Dossiers: meetings that belong together, one part after the other; a video, then on site."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.activities.rules.deadlines import GONE
from triskel.activities.activities.rules.meeting import DossierPart, TaskForce
from triskel.activities.meetings.refusals import ContinuedAlready, DossierTooLong
from triskel.chassis.actions import Actor, Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityState, Side
from triskel.contracts.format_codes import MeetingMode

MOST_PARTS = 20


@dataclass(frozen=True)
class NewPart:
    """Of what is left out, the part before has it."""

    mode: MeetingMode
    title: str | None = None
    host_id: UUID | None = None
    host_region: str | None = None
    capacity: int | None = None


def last_of_its_dossier(attempt: ActivityAttempt) -> ContinuedAlready | DossierTooLong | None:
    """Nothing follows it, or what did will not take place."""
    part = _part_of(attempt.subject)
    if part.next_id is not None and attempt.facts.other_parts.get(part.next_id) not in GONE:
        return ContinuedAlready(value=str(part.next_id))
    return DossierTooLong(most=MOST_PARTS) if part.number >= MOST_PARTS else None


def continue_with(attempt: ActivityAttempt, next_id: UUID) -> ActivityChange:
    """The part before, which says what comes next."""
    part = replace(_part_of(attempt.subject), next_id=next_id)
    continued = becomes(
        attempt.subject, task_force=replace(_task_force(attempt.subject), dossier=part)
    )
    return Change(continued, contract.MeetingContinued, {"next_id": next_id})


def opened(source: Activity, wanted: NewPart, actor: Actor, now: datetime) -> ActivityChange:
    """A draft after `source`, with the people who come there, present as its mode has it."""
    known, before = _task_force(source), _part_of(source)
    assert before.next_id is not None
    absent = {MeetingMode.REMOTE: True, MeetingMode.ON_SITE: False}.get(wanted.mode)
    task_force = TaskForce(
        wanted.host_region or known.host_region,
        wanted.mode,
        delegations=tuple(
            each if absent is None else replace(each, remote=absent) for each in known.delegations
        ),
        delegates_per_region=known.delegates_per_region,
        guests=tuple(
            each if absent is None else replace(each, remote=absent) for each in known.guests
        ),
        dossier=DossierPart(before.dossier_id, before.number + 1, previous_id=source.id),
    )
    part = Activity(
        id=before.next_id,
        region=source.region,
        version=1,
        format=source.format,
        state=ActivityState.DRAFT,
        title=wanted.title or source.title,
        school_year=source.school_year,
        host_id=wanted.host_id or source.host_id,
        school_id=None,
        partnership_id=None,
        proposed_by=actor.side or Side.COORDINATOR,
        drafted_at=now,
        capacity=wanted.capacity or source.capacity,
        task_force=task_force,
    )
    return Change(part, contract.MeetingPartOpened)


def _task_force(activity: Activity) -> TaskForce:
    assert activity.task_force is not None
    return activity.task_force


def _part_of(activity: Activity) -> DossierPart:
    """The first part gives its id to the dossier."""
    return _task_force(activity).dossier or DossierPart(activity.id, 1)
