"""Which event tells of which action that only some formats have."""

from collections.abc import Callable, Sequence
from typing import Any

from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.challenges.rules.transitions import ACTION_TO
from triskel.contracts import activities as said

More = Callable[[Activity, Activity], dict[str, Any]]
"""What the event says beside the state, from the activity before and after."""


def _nothing(_: Activity, __: Activity) -> dict[str, Any]:
    return {}


def _number(parts: Callable[[Activity], Sequence[Any]]) -> More:
    """The number of the one part that is new or other than before."""

    def more(before: Activity, after: Activity) -> dict[str, Any]:
        known = set(parts(before))
        return {"number": next(each.number for each in parts(after) if each not in known)}

    return more


def _phase(_: Activity, after: Activity) -> dict[str, Any]:
    assert after.challenge is not None
    return {"phase": after.challenge.phase}


def _delegation(_: Activity, after: Activity) -> dict[str, Any]:
    assert after.task_force is not None and after.task_force.minutes is not None
    return {"delegation": after.task_force.minutes.approvals[-1].region}


def _final(before: Activity, after: Activity) -> dict[str, Any]:
    changed = set(_teams(after)) - set(_teams(before))
    return {"final_id": next(team.advanced_to for team in changed)}


def _teams(a: Activity) -> Sequence[Any]:
    return a.challenge.teams if a.challenge is not None else ()


def _sessions(a: Activity) -> Sequence[Any]:
    return a.research.sessions if a.research is not None else ()


def _milestones(a: Activity) -> Sequence[Any]:
    return a.research.milestones if a.research is not None else ()


def _action_items(a: Activity) -> Sequence[Any]:
    return a.task_force.action_items if a.task_force is not None else ()


def _missed(before: Activity, after: Activity) -> dict[str, Any]:
    known = {(due.kind, due.number) for due in dues_of(before) if due.missed_at}
    new = [due for due in dues_of(after) if due.missed_at and (due.kind, due.number) not in known]
    return {"missed": [said.Due(kind=due.kind, number=due.number) for due in new]}


_SAYS: dict[str, tuple[type[said.ActivityEvent], More]] = {
    "challenge-describe": (said.ChallengeDescribed, _nothing),
    "challenge-people": (said.ChallengePeopleNamed, _nothing),
    "challenge-teams": (said.ChallengeTeamsSet, _nothing),
    "challenge-receive": (said.ChallengeTeamsSet, _nothing),
    **dict.fromkeys(ACTION_TO.values(), (said.ChallengePhaseReached, _phase)),
    "challenge-deliverable": (said.ChallengeDeliverableSubmitted, _number(_teams)),
    "challenge-score": (said.ChallengeScored, _nothing),
    "challenge-award": (said.ChallengeAwarded, _nothing),
    "challenge-final": (said.ChallengeTeamsAdvanced, _final),
    "challenge-advance": (said.ChallengeTeamsAdvanced, _final),
    "challenge-open": (said.ChallengeFinalOpened, _nothing),
    "research-plan": (said.ResearchPlanned, _nothing),
    "research-session": (said.ResearchSessionRecorded, _number(_sessions)),
    "research-milestone": (said.ResearchMilestoneReached, _number(_milestones)),
    "research-report": (said.ResearchReportSubmitted, _nothing),
    "research-report-accept": (said.ResearchReportAccepted, _nothing),
    "research-report-missing": (said.ResearchReportMissed, _nothing),
    "meeting-delegations": (said.MeetingDelegationsSet, _nothing),
    "meeting-agenda": (said.MeetingAgendaSet, _nothing),
    "meeting-minutes": (said.MeetingMinutesPublished, _nothing),
    "meeting-approve-minutes": (said.MeetingMinutesApproved, _delegation),
    "meeting-action-item": (said.MeetingActionItemAdded, _number(_action_items)),
    "meeting-action-item-done": (said.MeetingActionItemDone, _number(_action_items)),
    "miss": (said.ActivityDeadlinesMissed, _missed),
}


def more_of(
    action: str, before: Activity | None, after: Activity
) -> tuple[type[said.ActivityEvent], dict[str, Any]] | None:
    """The event's class and what it says beside the state; null for an action of the spine."""
    if action not in _SAYS:
        return None
    kind, more = _SAYS[action]
    return kind, more(before or after, after)
