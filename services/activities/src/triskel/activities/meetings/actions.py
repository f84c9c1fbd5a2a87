"""What may be done in a task-force meeting.

Who receives the others and the coordinator prepare and write down. Delegations approve, and owners
tick, after the meeting is closed too: what was agreed lives longer than the meeting.
"""

from triskel.activities.activities.rules.deadlines import BEFORE_DELIVERED, BEGUN, DATED, REPORTED
from triskel.activities.activities.rules.guards import either_side, only
from triskel.activities.meetings.rules import dossiers, meetings
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, Side

_S = ActivityState
_FORMATS = frozenset({ActivityFormat.TASK_FORCE_MEETING})
_AFTER = BEGUN | {_S.DELIVERED, _S.EVALUATED}
_HOST = (either_side, only(Side.HOST))

SET_DELEGATIONS = Action(
    name="meeting-delegations",
    summary="Set mode, host region, delegations and guests",
    sources=BEFORE_DELIVERED,
    formats=_FORMATS,
    who=_HOST,
    apply=meetings.set_delegations,
    events=(contract.MeetingDelegationsSet,),
)
OPEN_NEXT_PART = Action(
    name="meeting-next-part",
    summary="Draft the meeting that follows it in its dossier",
    sources=BEFORE_DELIVERED | REPORTED,
    formats=_FORMATS,
    who=_HOST,
    guards=(meetings.with_delegations, dossiers.last_of_its_dossier),
    apply=dossiers.continue_with,
    events=(contract.MeetingContinued,),
)
SET_AGENDA = Action(
    name="meeting-agenda",
    summary="Set agenda and study visits",
    sources=BEFORE_DELIVERED,
    formats=_FORMATS,
    who=_HOST,
    guards=(meetings.with_delegations,),
    apply=meetings.set_agenda,
    events=(contract.MeetingAgendaSet,),
)
PUBLISH_MINUTES = Action(
    name="meeting-minutes",
    summary="Publish the minutes",
    sources=_AFTER,
    formats=_FORMATS,
    who=_HOST,
    guards=(meetings.with_delegations,),
    apply=meetings.publish_minutes,
    events=(contract.MeetingMinutesPublished,),
)
APPROVE_MINUTES = Action(
    name="meeting-approve-minutes",
    summary="A delegation finds them right",
    sources=_AFTER | {_S.CLOSED},
    formats=_FORMATS,
    who=(meetings.side_or_delegation,),
    guards=(meetings.with_delegations, meetings.approvable),
    about=meetings.own_delegation,
    apply=meetings.approve_minutes,
    events=(contract.MeetingMinutesApproved,),
)
ADD_ACTION_ITEM = Action(
    name="meeting-action-item",
    summary="Agree on who does what until when",
    settings=("meetings.action_items",),
    sources=DATED | _AFTER,
    formats=_FORMATS,
    who=_HOST,
    guards=(meetings.with_delegations,),
    apply=meetings.add_action_item,
    events=(contract.MeetingActionItemAdded,),
)
FINISH_ACTION_ITEM = Action(
    name="meeting-action-item-done",
    summary="Its owner did it",
    sources=DATED | _AFTER | {_S.CLOSED},
    formats=_FORMATS,
    who=(meetings.side_or_owner,),
    guards=(meetings.finishable,),
    about=meetings.own_action_item,
    apply=meetings.finish_action_item,
    events=(contract.MeetingActionItemDone,),
)
MEETING = (
    SET_DELEGATIONS,
    OPEN_NEXT_PART,
    SET_AGENDA,
    PUBLISH_MINUTES,
    APPROVE_MINUTES,
    ADD_ACTION_ITEM,
    FINISH_ACTION_ITEM,
)
