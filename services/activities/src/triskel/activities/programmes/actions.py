"""What may be done with a programme."""

from triskel.activities.programmes import rules
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract

SET = Action(
    name="set",
    summary="Set the targets",
    targets={"set"},
    who=(rules.either_side,),
    guards=(rules.not_over,),
    apply=rules.set_targets,
    events=(contract.ProgrammeSet,),
)
SET_BUDGET = Action(
    name="budget",
    summary="Set the cost lines of the year, beside those of its activities",
    targets={"set"},
    who=(rules.either_side,),
    guards=(rules.not_over,),
    apply=rules.set_budget,
    events=(contract.ProgrammeBudgetSet,),
)
ACTIONS = ActionTable(SET, SET_BUDGET)
