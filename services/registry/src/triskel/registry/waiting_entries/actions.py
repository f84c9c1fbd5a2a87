"""What may be done with a waiting entry: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.waiting_entries import rules

_OPEN = {WaitingState.OPEN}

CHANGE = Action(
    name="change",
    summary="Change the wishes",
    sources=_OPEN,
    who=(rules.concerned,),
    apply=rules.change,
    events=(contract.WaitingEntryChanged,),
)
WITHDRAW = Action(
    name="withdraw",
    summary="Wait no longer",
    sources=_OPEN,
    targets={WaitingState.WITHDRAWN},
    who=(rules.concerned,),
    apply=rules.withdraw,
    events=(contract.WaitingEntryWithdrawn,),
)
FIND_PARTNER = Action(
    name="find-partner",
    summary="One of the partners wanted was found",
    sources=_OPEN,
    targets={WaitingState.MATCHED},
    apply=rules.find_partner,
    events=(contract.WaitingEntryPartnerFound, contract.WaitingEntryMatched),
    by_clock=True,
)
REOPEN = Action(
    name="reopen",
    summary="A partner is lost again before anything began",
    sources={WaitingState.OPEN, WaitingState.MATCHED},
    targets={WaitingState.OPEN},
    apply=rules.reopen,
    events=(contract.WaitingEntryReopened,),
    by_clock=True,
)
EXPIRE = Action(
    name="expire",
    summary="Its school year is over",
    sources=_OPEN,
    targets={WaitingState.EXPIRED},
    apply=rules.expire,
    events=(contract.WaitingEntryExpired,),
    by_clock=True,
)

ACTIONS = ActionTable(CHANGE, WITHDRAW, FIND_PARTNER, REOPEN, EXPIRE)
