"""What may be done with a region's settings, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.registry.regions import rules

CHANGE = Action(
    name="change",
    summary="Change what a region decides for itself",
    who=(rules.its_coordinator,),
    apply=rules.change,
    events=(contract.RegionSettingsChanged,),
)

ACTIONS = ActionTable(CHANGE)
