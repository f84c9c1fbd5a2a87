"""Who hears of what only some formats do: phases, awards, reports, minutes, action items."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from triskel.contracts import activities
from triskel.contracts.format_codes import ChallengePhase, DueKind


def _team_schools(event: activities.ActivityEvent) -> set[UUID | None]:
    """In a final, every school with a team."""
    challenge = event.activity.challenge
    teams = challenge.teams if challenge is not None else ()
    return {event.activity.school_id, *(team.school_id for team in teams)}


def _briefed(event: activities.ChallengePhaseReached) -> set[UUID | None]:
    return _team_schools(event) if event.phase is ChallengePhase.BRIEFED else set()


def _advancing(event: activities.ChallengeTeamsAdvanced) -> set[UUID | None]:
    challenge = event.activity.challenge
    teams = challenge.teams if challenge is not None else ()
    return {team.school_id for team in teams if team.advanced_to == event.final_id}


def _delegations(event: activities.ActivityEvent) -> set[UUID | None]:
    meeting = event.activity.task_force
    return {each.organisation_id for each in meeting.delegations} if meeting is not None else set()


def _owner(event: activities.MeetingActionItemAdded) -> set[UUID | None]:
    return {item.owner_id for item in _items(event.activity) if item.number == event.number}


def _late(event: activities.ActivityDeadlinesMissed) -> set[UUID | None]:
    """Of a milestone both sides, of an action item its owner."""
    activity, missed = event.activity, {(due.kind, due.number) for due in event.missed}
    found: set[UUID | None] = {
        item.owner_id for item in _items(activity) if (DueKind.ACTION_ITEM, item.number) in missed
    }
    if any(kind is DueKind.MILESTONE for kind, _ in missed):
        found |= {activity.school_id, activity.host_id}
    return found


def _items(activity: activities.Activity) -> tuple[activities.ActionItem, ...]:
    return activity.task_force.action_items if activity.task_force is not None else ()


def _milestones(activity: activities.Activity) -> tuple[activities.Milestone, ...]:
    return activity.research.milestones if activity.research is not None else ()


TOLD: dict[type[activities.ActivityEvent], Callable[[Any], set[UUID | None]]] = {
    activities.ActivitySchoolsSet: lambda event: set(event.added),
    activities.ChallengePhaseReached: _briefed,
    activities.ChallengeAwarded: lambda event: {*_team_schools(event), event.activity.host_id},
    activities.ChallengeTeamsAdvanced: _advancing,
    activities.ResearchReportSubmitted: lambda event: {event.activity.host_id},
    activities.MeetingActionItemAdded: _owner,
    activities.MeetingMinutesPublished: _delegations,
    activities.ActivityDeadlinesMissed: _late,
}
"""Which organisations hear of it: those that must act now, or wait for it. Of the phases only the
first is news, because it asks for teams."""


def more_facts(event: activities.ActivityEvent) -> dict[str, Any]:
    """What the text needs beside the activity: what is to be done, and by when."""
    due: list[activities.ActionItem | activities.Milestone] = []
    if isinstance(event, activities.MeetingActionItemAdded):
        due = [item for item in _items(event.activity) if item.number == event.number]
    elif isinstance(event, activities.ActivityDeadlinesMissed):
        missed = {(each.kind, each.number) for each in event.missed}
        due = [
            *(i for i in _items(event.activity) if (DueKind.ACTION_ITEM, i.number) in missed),
            *(m for m in _milestones(event.activity) if (DueKind.MILESTONE, m.number) in missed),
        ]
    if not due:
        return {}
    return {
        "items": "; ".join(each.title for each in due),
        "due_on": min(each.due_on for each in due).isoformat(),
    }
