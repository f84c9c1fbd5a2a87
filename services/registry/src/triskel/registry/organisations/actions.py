"""What may be done with an organisation: from which statuses, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationStatus
from triskel.registry.organisations.rules import decisions, merging, organisation

_S = OrganisationStatus

UPDATE = Action(
    name="update",
    summary="Change details, identifiers or sites",
    who=(organisation.its_head_or_coordinator,),
    guards=(organisation.not_merged,),
    about=organisation.may_give,
    apply=organisation.update,
    events=(contract.OrganisationUpdated,),
)
APPROVE = Action(
    name="approve",
    summary="Let in who asked for approval",
    sources={_S.APPLIED},
    targets={_S.APPROVED},
    who=(organisation.coordinator,),
    apply=decisions.approve,
    events=(contract.OrganisationApproved,),
)
REJECT = Action(
    name="reject",
    summary="Do not let it in, and say why",
    sources={_S.APPLIED},
    targets={_S.REJECTED},
    who=(organisation.coordinator,),
    apply=decisions.reject,
    events=(contract.OrganisationRejected,),
)
CLAIM = Action(
    name="claim",
    summary="An imported one takes part from now on",
    sources={_S.IMPORTED},
    targets={_S.APPROVED},
    who=(organisation.coordinator,),
    apply=decisions.claim,
    events=(contract.OrganisationClaimed,),
)
SUSPEND = Action(
    name="suspend",
    summary="Stop it for a while, and say why",
    sources={_S.APPROVED},
    targets={_S.SUSPENDED},
    who=(organisation.coordinator,),
    apply=decisions.suspend,
    events=(contract.OrganisationSuspended,),
)
REINSTATE = Action(
    name="reinstate",
    summary="Its suspension is over",
    sources={_S.SUSPENDED},
    targets={_S.APPROVED},
    who=(organisation.coordinator,),
    apply=decisions.reinstate,
    events=(contract.OrganisationReinstated,),
)
WITHDRAW = Action(
    name="withdraw",
    summary="It leaves the platform",
    sources={_S.APPLIED, _S.APPROVED, _S.SUSPENDED},
    targets={_S.WITHDRAWN},
    who=(organisation.its_head_or_coordinator,),
    apply=decisions.withdraw,
    events=(contract.OrganisationWithdrawn,),
)
MERGE = Action(
    name="merge",
    summary="Merge a duplicate into the one that stays",
    targets={_S.WITHDRAWN},
    who=(organisation.coordinator,),
    guards=(organisation.not_merged, merging.not_bound),
    about=merging.survivor_known,
    apply=merging.merge,
    events=(contract.OrganisationMerged,),
)
ABSORB = Action(
    name="absorb",
    summary="A duplicate of it was merged into it",
    apply=merging.absorb,
    events=(contract.OrganisationAbsorbed,),
    by_clock=True,
)
FOLLOW = Action(
    name="follow",
    summary="The one that it was merged into was merged itself",
    apply=merging.follow,
    events=(contract.OrganisationUpdated,),
    by_clock=True,
)
CLOSE = Action(
    name="close",
    summary="Its official register does not name it any more",
    apply=decisions.close,
    events=(contract.OrganisationClosed,),
    by_clock=True,
)

ACTIONS = ActionTable(
    UPDATE,
    APPROVE,
    REJECT,
    CLAIM,
    SUSPEND,
    REINSTATE,
    WITHDRAW,
    MERGE,
    ABSORB,
    FOLLOW,
    CLOSE,
)
