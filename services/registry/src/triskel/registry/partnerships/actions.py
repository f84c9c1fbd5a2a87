"""What may be done with a partnership: from which states, by whom, and what it says."""

from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import registry as contract
from triskel.contracts.codes import PartnershipState
from triskel.registry.partnerships.rules import guards, risk, transitions
from triskel.registry.partnerships.rules.state import AGREED, CARRIED, LIVE, UNSIGNED, WATCHED

_S = PartnershipState

ACCEPT = Action(
    name="accept",
    summary="Say yes",
    settings=("sign_within_days",),
    sources={_S.PROPOSED},
    targets={_S.ACCEPTED},
    who=(guards.either_side, guards.asked_partner),
    guards=(guards.yet_to_say_yes, guards.in_time, guards.both_fit, guards.has_capacity),
    apply=transitions.accept,
    events=(contract.PartnershipPartiallyAccepted, contract.PartnershipAccepted),
)
DECLINE = Action(
    name="decline",
    summary="Say no, and why",
    sources={_S.PROPOSED},
    targets={_S.DECLINED},
    who=(guards.either_side, guards.asked_side),
    guards=(guards.in_time,),
    apply=transitions.decline,
    events=(contract.PartnershipDeclined,),
)
WITHDRAW = Action(
    name="withdraw",
    summary="Take a proposal back, and say why",
    sources={_S.PROPOSED},
    targets={_S.WITHDRAWN},
    who=(guards.either_side, guards.asking_side),
    apply=transitions.withdraw,
    events=(contract.PartnershipWithdrawn,),
)
LEAVE = Action(
    name="leave",
    summary="Leave it before all have signed, and say why",
    sources=UNSIGNED,
    targets={_S.WITHDRAWN},
    who=(guards.either_side,),
    guards=(guards.never_active,),
    apply=transitions.leave,
    events=(contract.PartnershipLeft,),
)
DRAFT_AGREEMENT = Action(
    name="draft-agreement",
    summary="Make the document to sign, or another one",
    sources=UNSIGNED,
    targets={_S.AGREEMENT_DRAFT},
    who=(guards.either_side, guards.coordinator),
    apply=transitions.draft_agreement,
    events=(contract.PartnershipAgreementDrafted,),
)
SIGN = Action(
    name="sign",
    summary="Sign the document that you saw",
    sources={_S.AGREEMENT_DRAFT, _S.PARTIALLY_SIGNED},
    targets={_S.PARTIALLY_SIGNED, _S.SIGNED},
    who=(guards.either_side, guards.can_sign),
    guards=(guards.signed_in_time,),
    apply=transitions.sign,
    events=(contract.PartnershipPartiallySigned, contract.PartnershipSigned),
)
AMEND = Action(
    name="amend",
    summary="Edit the agreement: all three sign again",
    sources=AGREED,
    targets={_S.AGREEMENT_DRAFT},
    who=(guards.either_side, guards.signatory),
    apply=transitions.amend,
    events=(contract.PartnershipAmended,),
)
RENEW = Action(
    name="renew",
    summary="Propose the next school year's",
    sources=AGREED | {_S.ENDED, _S.RENEWED},
    who=(guards.either_side, guards.signatory),
    guards=(guards.not_renewed, guards.both_fit),
    apply=transitions.renew,
    events=(),
)
ACTIVATE = Action(
    name="activate",
    summary="It begins",
    sources={_S.SIGNED},
    targets={_S.ACTIVE},
    who=(guards.either_side,),
    guards=(guards.begun,),
    apply=transitions.activate,
    events=(contract.PartnershipActivated,),
)
SUSPEND = Action(
    name="suspend",
    summary="Pause it, and say why",
    sources={_S.ACTIVE},
    targets={_S.SUSPENDED},
    who=(guards.either_side, guards.coordinator),
    apply=transitions.suspend,
    events=(contract.PartnershipSuspended,),
)
RESUME = Action(
    name="resume",
    summary="The pause is over",
    sources={_S.SUSPENDED},
    targets={_S.ACTIVE},
    who=(guards.either_side, guards.coordinator),
    apply=transitions.resume,
    events=(contract.PartnershipResumed,),
)
END = Action(
    name="end",
    summary="It has come to its end, and why",
    sources={_S.SIGNED, _S.ACTIVE, _S.SUSPENDED},
    targets={_S.ENDED},
    who=(guards.either_side, guards.coordinator),
    apply=transitions.end,
    events=(contract.PartnershipEnded,),
)
TERMINATE = Action(
    name="terminate",
    summary="Break it off, and say why",
    sources=AGREED,
    targets={_S.TERMINATED},
    who=(guards.either_side, guards.signatory),
    guards=(guards.in_force,),
    apply=transitions.terminate,
    events=(contract.PartnershipTerminated,),
)
EXPIRE = Action(
    name="expire",
    summary="Nobody answered in time",
    sources={_S.PROPOSED},
    targets={_S.EXPIRED},
    guards=(guards.deadline_passed,),
    apply=transitions.expire,
    events=(contract.PartnershipExpired,),
    by_clock=True,
)
LAPSE = Action(
    name="lapse",
    summary="Not all signed in time",
    settings=("sign_within_days",),
    sources=UNSIGNED,
    targets={_S.EXPIRED},
    guards=(guards.never_active, guards.signing_deadline_passed),
    apply=transitions.lapse,
    events=(contract.PartnershipLapsed,),
    by_clock=True,
)
LOSE_PARTNER = Action(
    name="lose-partner",
    summary="One of the two has left, was closed or merged",
    sources=LIVE,
    targets={
        _S.PROPOSED: {_S.WITHDRAWN},
        **{state: {_S.WITHDRAWN, _S.ENDED} for state in UNSIGNED},
        **{state: {_S.ENDED} for state in CARRIED - UNSIGNED},
    },
    apply=transitions.lose_partner,
    events=(contract.PartnershipWithdrawn, contract.PartnershipLeft, contract.PartnershipEnded),
    by_clock=True,
)
PAUSE = Action(
    name="pause",
    summary="One of the two is suspended",
    sources={_S.ACTIVE},
    targets={_S.SUSPENDED},
    apply=transitions.pause,
    events=(contract.PartnershipSuspended,),
    by_clock=True,
)
GO_ON = Action(
    name="go-on",
    summary="The one of the two that was suspended is reinstated",
    sources={_S.SUSPENDED},
    targets={_S.ACTIVE},
    guards=(guards.paused_by_suspension,),
    apply=transitions.resume,
    events=(contract.PartnershipResumed,),
    by_clock=True,
)
FINISH = Action(
    name="finish",
    summary="Its last day has passed",
    sources=CARRIED,
    targets={_S.ENDED, _S.RENEWED},
    guards=(guards.last_day_passed,),
    apply=transitions.finish,
    events=(contract.PartnershipEnded, contract.PartnershipRenewed),
    by_clock=True,
)
JUDGE_RISK = Action(
    name="judge-risk",
    summary="There are other risks than before, or none",
    settings=("quiet_school_weeks",),
    sources=WATCHED,
    apply=risk.judge,
    events=(contract.PartnershipPutAtRisk, contract.PartnershipBackOnTrack),
    by_clock=True,
)

ACTIONS = ActionTable(
    ACCEPT,
    DECLINE,
    WITHDRAW,
    LEAVE,
    DRAFT_AGREEMENT,
    SIGN,
    AMEND,
    RENEW,
    ACTIVATE,
    SUSPEND,
    RESUME,
    END,
    TERMINATE,
    EXPIRE,
    LAPSE,
    LOSE_PARTNER,
    PAUSE,
    GO_ON,
    FINISH,
    JUDGE_RISK,
)
