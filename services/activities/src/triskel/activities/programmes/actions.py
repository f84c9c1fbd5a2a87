"""What may be done with a programme."""

from triskel.activities.programmes import rules
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract

SET = Action(
    name="set",
    summary="Set the targets",
    who=(rules.either_side,),
    guards=(rules.not_over,),
    apply=rules.set_targets,
    events=(contract.ProgrammeSet,),
)
ACTIONS = ActionTable(SET)
