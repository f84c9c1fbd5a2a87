"""What may be done about who sees an activity."""

from triskel.activities.activities.rules.deadlines import GONE
from triskel.activities.activities.rules.guards import either_side, only
from triskel.activities.visibility import rules
from triskel.chassis.actions import Action
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityState

_OVER = GONE | {ActivityState.CLOSED}

ARCHIVE = Action(
    name="archive",
    summary="It is over: show it in no usual list",
    sources=_OVER,
    who=(either_side,),
    guards=(rules.in_use,),
    apply=rules.archive,
    events=(contract.ActivityArchived,),
)
UNARCHIVE = Action(
    name="unarchive",
    summary="Show it in usual lists again",
    sources=_OVER,
    who=(either_side,),
    guards=(rules.archived,),
    apply=rules.unarchive,
    events=(contract.ActivityUnarchived,),
)
HIDE = Action(
    name="hide",
    summary="Let its sides alone see it, and say why",
    who=(either_side, only()),
    guards=(rules.visible,),
    apply=rules.hide,
    events=(contract.ActivityHidden,),
)
SHOW = Action(
    name="show",
    summary="Let everybody see it again who may",
    who=(either_side, only()),
    guards=(rules.hidden,),
    apply=rules.show,
    events=(contract.ActivityShown,),
)
VISIBILITY = (ARCHIVE, UNARCHIVE, HIDE, SHOW)
