"""What may be done with a membership: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.people_codes import MembershipState
from triskel.registry.memberships import rules

_WAITS = frozenset({MembershipState.PENDING})
_ENDED = frozenset({MembershipState.ENDED})
_COUNTS = frozenset({MembershipState.PENDING, MembershipState.ACTIVE})

APPROVE = Action(
    name="approve",
    summary="The person acts for the organisation from now on",
    sources=_WAITS,
    targets={MembershipState.ACTIVE},
    who=(rules.led,),
    apply=rules.approve,
    events=(contract.MembershipApproved,),
)
CHANGE_ROLES = Action(
    name="change-roles",
    summary="The person acts for the organisation in other roles from now on",
    sources=_COUNTS,
    who=(rules.led,),
    apply=rules.change_roles,
    events=(contract.MembershipRolesChanged,),
)
END = Action(
    name="end",
    summary="The person leaves, is not approved, or does not act for the organisation any more",
    sources=_COUNTS,
    targets=_ENDED,
    who=(rules.own_or_led,),
    guards=(rules.somebody_leads,),
    apply=rules.end,
    events=(contract.MembershipEnded,),
)
FORGET_PERSON = Action(
    name="forget-person",
    summary="The contact was erased",
    sources=_COUNTS,
    targets=_ENDED,
    apply=rules.forget_person,
    events=(contract.MembershipEnded,),
    by_clock=True,
)
MOVE = Action(
    name="move",
    summary="The organisation was merged into another",
    sources=_COUNTS,
    apply=rules.move,
    events=(contract.MembershipMoved,),
    by_clock=True,
)
GIVE_WAY = Action(
    name="give-way",
    summary="The organisation was merged into another, of which the person is a member",
    sources=_COUNTS,
    targets=_ENDED,
    apply=rules.give_way,
    events=(contract.MembershipEnded,),
    by_clock=True,
)

ACTIONS = ActionTable(APPROVE, CHANGE_ROLES, END, FORGET_PERSON, MOVE, GIVE_WAY)
