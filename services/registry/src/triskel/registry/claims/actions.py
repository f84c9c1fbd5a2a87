"""What may be done with a claim: from which states and by whom. What follows from it is told by
events of the organisation and of the contact."""

from triskel.chassis.actions import Action, ActionTable
from triskel.registry.claims import rules
from triskel.registry.claims.rules import ClaimState

APPROVE = Action(
    name="approve",
    summary="The claimant speaks for the organisation",
    targets={ClaimState.ACCEPTED},
    who=(rules.coordinator,),
    guards=(rules.waits, rules.still_imported),
    apply=rules.approve,
    events=(),
)
REJECT = Action(
    name="reject",
    summary="The claimant does not speak for the organisation, and why",
    targets={ClaimState.REJECTED},
    who=(rules.coordinator,),
    guards=(rules.waits,),
    apply=rules.reject,
    events=(),
)
GIVE_WAY = Action(
    name="give-way",
    summary="Another claim of the same organisation was approved",
    sources={ClaimState.OPEN},
    targets={ClaimState.REJECTED},
    apply=rules.give_way,
    events=(),
    by_clock=True,
)
EXPIRE = Action(
    name="expire",
    summary="Nobody answered in time",
    sources={ClaimState.OPEN},
    targets={ClaimState.EXPIRED},
    guards=(rules.time_is_over,),
    apply=rules.expire,
    events=(),
    by_clock=True,
)

ACTIONS = ActionTable(APPROVE, REJECT, GIVE_WAY, EXPIRE)
