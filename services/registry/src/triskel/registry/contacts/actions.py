"""What may be done with a contact, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.registry.contacts.rules import contact

UPDATE = Action(
    name="update",
    summary="Change a person's details",
    targets={"confirmed", "unconfirmed"},
    who=(contact.may_manage,),
    about=contact.may_give,
    apply=contact.update,
    events=(contract.ContactUpdated, contract.ContactInvited, contract.ContactConfirmed),
)
INVITE = Action(
    name="invite",
    summary="Invite a person again; the older mail's link dies",
    settings=("contact_answer_days",),
    who=(contact.may_manage,),
    guards=(contact.not_confirmed, contact.not_claiming, contact.not_just_invited),
    apply=contact.invite,
    events=(contract.ContactInvited,),
)
ERASE = Action(
    name="erase",
    summary="Erase a person everywhere",
    who=(contact.may_manage,),
    apply=contact.erase,
    events=(),
)
CONFIRM = Action(
    name="confirm",
    summary="The person followed the link of a mail",
    targets={"confirmed"},
    guards=(contact.asked,),
    apply=contact.confirm,
    events=(contract.ContactConfirmed,),
    by_clock=True,
)
ANNOUNCE_ERASURE = Action(
    name="announce-erasure",
    summary="Nothing was seen of the person for long: they are told before they are erased",
    apply=contact.announce_erasure,
    events=(contract.ContactErasureAnnounced,),
    by_clock=True,
)
ACCEPT_CLAIM = Action(
    name="claim-accepted",
    summary="The person's claim of the organisation was verified",
    targets={"confirmed"},
    apply=contact.accept_claim,
    events=(contract.ContactConfirmed,),
    by_clock=True,
)
MERGE = Action(
    name="merge",
    summary="The person's organisation was merged into another",
    apply=contact.merge,
    events=(contract.ContactUpdated,),
    by_clock=True,
)

ACTIONS = ActionTable(UPDATE, INVITE, ERASE, CONFIRM, ANNOUNCE_ERASURE, ACCEPT_CLAIM, MERGE)
