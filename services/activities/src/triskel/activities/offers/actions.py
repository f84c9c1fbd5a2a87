"""What may be done with an offer."""

from triskel.activities.offers.rules import offer as rules
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract
from triskel.contracts.codes import OfferState

_S = OfferState

UPDATE = Action(
    name="update",
    summary="Change it; what is agreed stays agreed",
    sources={_S.DRAFT, _S.PUBLISHED, _S.PAUSED},
    who=(rules.host_side,),
    apply=rules.update,
    events=(contract.OfferUpdated,),
)
PUBLISH = Action(
    name="publish",
    summary="Let schools find it",
    sources={_S.DRAFT},
    targets={_S.PUBLISHED},
    who=(rules.host_side,),
    guards=(rules.host_ready, rules.with_seasons),
    apply=rules.publish,
    events=(contract.OfferPublished,),
)
PAUSE = Action(
    name="pause",
    summary="Let no school find it for a while",
    sources={_S.PUBLISHED},
    targets={_S.PAUSED},
    who=(rules.host_side,),
    apply=rules.pause,
    events=(contract.OfferPaused,),
)
RESUME = Action(
    name="resume",
    summary="Let schools find it again",
    sources={_S.PAUSED},
    targets={_S.PUBLISHED},
    who=(rules.host_side,),
    guards=(rules.host_ready,),
    apply=rules.resume,
    events=(contract.OfferResumed,),
)
RETIRE = Action(
    name="retire",
    summary="Take it away for good",
    sources={_S.DRAFT, _S.PUBLISHED, _S.PAUSED},
    targets={_S.RETIRED},
    who=(rules.host_side,),
    apply=rules.retire,
    events=(contract.OfferRetired,),
)
REQUEST = Action(
    name="request",
    summary="Ask for an activity from it",
    settings=("requests_without_partner", "activity_answer_days"),
    who=(rules.any_side,),
    guards=(rules.open_to_requests, rules.host_ready),
    apply=rules.request,
    events=(),
    seen=False,
)
ACTIONS = ActionTable(UPDATE, PUBLISH, PAUSE, RESUME, RETIRE, REQUEST)
