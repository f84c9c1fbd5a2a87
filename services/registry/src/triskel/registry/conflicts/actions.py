"""What is done about a conflict: actions on the organisation."""

from triskel.chassis.actions import Action
from triskel.contracts import registry as contract
from triskel.registry.conflicts import rules
from triskel.registry.organisations.actions import ACTIONS
from triskel.registry.organisations.rules import organisation

TAKE = Action(
    name="take-register-value",
    summary="Take what the register says of a field that people had set",
    who=(organisation.its_head_or_coordinator,),
    guards=(rules.has_conflicts,),
    about=rules.in_conflict,
    apply=rules.take,
    events=(contract.OrganisationUpdated,),
)
KEEP = Action(
    name="keep-own-value",
    summary="Keep what people have set, until the register says something else again",
    who=(organisation.its_head_or_coordinator,),
    guards=(rules.has_conflicts,),
    about=rules.may_keep,
    apply=rules.keep,
    events=(),
)
ACTIONS.add(TAKE, KEEP)
