"""What may be done with a programme."""

from triskel.activities.programmes import rules
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract

SET = Action(
    name="set",
    summary="Set the targets",
    targets={"set"},
    who=(rules.either_side,),
    guards=(rules.not_over, rules.not_suspended),
    apply=rules.set_targets,
    events=(contract.ProgrammeSet,),
)
SET_BUDGET = Action(
    name="budget",
    summary="Set the cost lines of the year, beside those of its activities",
    targets={"set"},
    who=(rules.either_side,),
    guards=(rules.not_over, rules.not_suspended),
    apply=rules.set_budget,
    events=(contract.ProgrammeBudgetSet,),
)
CLOSE = Action(
    name="close",
    summary="Its partnership is over",
    sources={"set"},
    targets={"closed"},
    guards=(rules.over,),
    apply=rules.close,
    events=(contract.ProgrammeClosed,),
    by_clock=True,
)
ACTIONS = ActionTable(SET, SET_BUDGET, CLOSE)
