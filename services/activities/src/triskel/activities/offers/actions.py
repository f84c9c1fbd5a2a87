"""What may be done with an offer."""

from triskel.activities.offers.rules import offer
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract
from triskel.contracts.codes import OfferState

_S = OfferState

UPDATE = Action(
    name="update",
    summary="Change it; what is agreed stays agreed",
    sources={_S.DRAFT, _S.PUBLISHED, _S.PAUSED},
    who=(offer.host_side,),
    apply=offer.update,
    events=(contract.OfferUpdated,),
)
PUBLISH = Action(
    name="publish",
    summary="Let schools find it",
    sources={_S.DRAFT},
    targets={_S.PUBLISHED},
    who=(offer.host_side,),
    guards=(offer.host_ready, offer.with_seasons),
    apply=offer.publish,
    events=(contract.OfferPublished,),
)
PAUSE = Action(
    name="pause",
    summary="Let no school find it for a while",
    sources={_S.PUBLISHED},
    targets={_S.PAUSED},
    who=(offer.host_side,),
    apply=offer.pause,
    events=(contract.OfferPaused,),
)
RESUME = Action(
    name="resume",
    summary="Let schools find it again",
    sources={_S.PAUSED},
    targets={_S.PUBLISHED},
    who=(offer.host_side,),
    guards=(offer.host_ready,),
    apply=offer.resume,
    events=(contract.OfferResumed,),
)
RETIRE = Action(
    name="retire",
    summary="Take it away for good",
    sources={_S.DRAFT, _S.PUBLISHED, _S.PAUSED},
    targets={_S.RETIRED},
    who=(offer.host_side,),
    apply=offer.retire,
    events=(contract.OfferRetired,),
)
REQUEST = Action(
    name="request",
    summary="Ask for an activity from it",
    settings=("requests_without_partner", "activity_answer_days"),
    who=(offer.any_side,),
    guards=(offer.open_to_requests, offer.host_ready),
    apply=offer.request,
    events=(),
    seen=False,
)
ACTIONS = ActionTable(UPDATE, PUBLISH, PAUSE, RESUME, RETIRE, REQUEST)
