"""What may be done with a report: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.registry_codes import ReportState
from triskel.registry.reports import rules

_OPEN = {ReportState.OPEN}

RESOLVE = Action(
    name="resolve",
    summary="It was right, and something was done",
    sources=_OPEN,
    targets={ReportState.RESOLVED},
    who=(rules.coordinator,),
    apply=rules.resolve,
    events=(contract.ReportResolved,),
)
DISMISS = Action(
    name="dismiss",
    summary="There is nothing to do",
    sources=_OPEN,
    targets={ReportState.DISMISSED},
    who=(rules.coordinator,),
    apply=rules.dismiss,
    events=(contract.ReportDismissed,),
)

ACTIONS = ActionTable(RESOLVE, DISMISS)
