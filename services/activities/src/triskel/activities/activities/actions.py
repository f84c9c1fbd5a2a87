"""What may be done with every activity, whatever its format.

What only some formats have stands in their own folders: places, registrations, challenges, research
and meetings. Together they are the table of the aggregate, in `triskel.activities.routers`.
"""

from triskel.activities.activities.rules import (
    coherence,
    dates,
    dues,
    following,
    guards,
    transitions,
)
from triskel.activities.activities.rules.deadlines import (
    AGREED,
    AHEAD,
    BEFORE_DELIVERED,
    BEGUN,
    DATED,
)
from triskel.activities.places.rules.places import visit_ready
from triskel.chassis.actions import Action, ActionTable
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityState

_S = ActivityState

EDIT = Action(
    name="edit",
    summary="Change a draft or a proposal",
    sources={_S.DRAFT, _S.PROPOSED},
    who=(guards.either_side, guards.asking_side),
    apply=transitions.edit,
    events=(contract.ActivityEdited,),
)
PROPOSE = Action(
    name="propose",
    summary="Ask the other side",
    settings=("activity_answer_days", "answers.least_school_days"),
    sources={_S.DRAFT},
    targets={_S.PROPOSED},
    who=(guards.either_side, guards.asking_side),
    guards=(guards.taking_part,),
    apply=transitions.propose,
    events=(contract.ActivityProposed,),
)
ACCEPT = Action(
    name="accept",
    summary="Say yes",
    sources={_S.PROPOSED},
    targets={_S.ACCEPTED},
    who=(guards.either_side, guards.asked_partner),
    guards=(guards.yet_to_say_yes, guards.in_time, guards.taking_part),
    apply=transitions.accept,
    events=(contract.ActivityPartiallyAccepted, contract.ActivityAccepted),
)
DECLINE = Action(
    name="decline",
    summary="Say no, and why",
    sources={_S.PROPOSED},
    targets={_S.DECLINED},
    who=(guards.either_side, guards.asked_side),
    guards=(guards.in_time,),
    apply=transitions.decline,
    events=(contract.ActivityDeclined,),
)
WITHDRAW = Action(
    name="withdraw",
    summary="Take it back, and why",
    sources={_S.PROPOSED},
    targets={_S.WITHDRAWN},
    who=(guards.either_side, guards.asking_side),
    apply=transitions.withdraw,
    events=(contract.ActivityWithdrawn,),
)
SCHEDULE = Action(
    name="schedule",
    summary="Give it a slot",
    settings=("formats.*.longest_hours",),
    sources={_S.ACCEPTED},
    targets={_S.SCHEDULED},
    who=(guards.either_side,),
    guards=(guards.not_suspended,),
    apply=transitions.schedule,
    events=(contract.ActivityScheduled,),
)
CONFIRM = Action(
    name="confirm",
    summary="The head says yes; preconditions are met",
    settings=("formats.*.confirmation_days",),
    sources={_S.SCHEDULED},
    targets={_S.CONFIRMED},
    who=(guards.either_side, guards.head),
    guards=(
        guards.not_suspended,
        guards.before_confirmation_limit,
        guards.earlier_part_held,
        visit_ready,
    ),
    apply=transitions.confirm,
    events=(contract.ActivityConfirmed,),
)
START = Action(
    name="start",
    summary="It begins",
    sources={_S.CONFIRMED},
    targets={_S.IN_PROGRESS},
    who=(guards.either_side,),
    guards=(
        guards.not_suspended,
        guards.begun,
    ),
    apply=transitions.start,
    events=(contract.ActivityStarted,),
)
DELIVER = Action(
    name="deliver",
    summary="It took place: outcome and attendance",
    # nobody need have said that it begins
    sources={_S.CONFIRMED, _S.IN_PROGRESS},
    targets={_S.DELIVERED},
    who=(guards.either_side,),
    guards=(guards.over, coherence.reported),
    apply=transitions.deliver,
    events=(contract.ActivityDelivered,),
)
CORRECT = Action(
    name="correct",
    summary="Put outcome and attendance right",
    settings=("reporting.correction_hours",),
    sources={_S.DELIVERED, _S.EVALUATED},
    who=(guards.either_side,),
    guards=(guards.within_correction_window,),
    apply=transitions.correct,
    events=(contract.ActivityCorrected,),
)
REPORT_LATE = Action(
    name="report-late",
    summary="Report it, or put the report right, after its time, and say why",
    sources={_S.DELIVERED, _S.EVALUATED, _S.CLOSED},
    who=(guards.either_side, guards.only()),
    apply=transitions.report_late,
    events=(contract.ActivityCorrected,),
)
EVALUATE = Action(
    name="evaluate",
    summary="One side's view",
    sources={_S.DELIVERED},
    targets={_S.EVALUATED},
    who=(guards.either_side, guards.evaluating),
    guards=(guards.took_place, guards.not_evaluated),
    apply=transitions.evaluate,
    events=(contract.ActivityEvaluationRecorded, contract.ActivityEvaluated),
)
CLOSE = Action(
    name="close",
    summary="Nothing more is expected",
    sources={_S.EVALUATED},
    targets={_S.CLOSED},
    who=(guards.either_side,),
    apply=transitions.close,
    events=(contract.ActivityClosed,),
)
CANCEL = Action(
    name="cancel",
    summary="It will not take place, and why",
    settings=("formats.*.cancellation_days",),
    sources=BEFORE_DELIVERED,
    targets={_S.CANCELLED},
    who=(guards.either_side,),
    apply=transitions.cancel,
    events=(contract.ActivityCancelled,),
)
PROPOSE_DATE = Action(
    name="propose-date",
    summary="Propose another date; the one that it has stands until all have agreed",
    settings=("formats.*.longest_hours", "activity_answer_days", "answers.least_school_days"),
    sources=DATED - BEGUN,
    targets={_S.SCHEDULED},
    who=(guards.either_side,),
    guards=(guards.not_suspended, dates.before_its_date, dates.nothing_proposed),
    apply=dates.propose_date,
    events=(
        contract.ActivityDateProposed,
        contract.ActivityPostponed,
        contract.ActivityPlacesAskedAgain,
    ),
)
AGREE_DATE = Action(
    name="agree-date",
    summary="Say yes to the other date: with the last yes it moves, and is confirmed anew",
    sources=DATED - BEGUN,
    targets={_S.SCHEDULED},
    who=(guards.either_side, dates.agreeing_side),
    guards=(guards.not_suspended, dates.something_proposed, dates.yet_to_agree, dates.date_in_time),
    apply=dates.agree_date,
    events=(
        contract.ActivityDatePartiallyAgreed,
        contract.ActivityPostponed,
        contract.ActivityPlacesAskedAgain,
    ),
)
DECLINE_DATE = Action(
    name="decline-date",
    summary="Say no to the other date, and why: the one that it has stands",
    sources=DATED - BEGUN,
    who=(guards.either_side, dates.declining_side),
    guards=(dates.something_proposed,),
    apply=dates.decline_date,
    events=(contract.ActivityDateDeclined,),
)
WITHDRAW_DATE = Action(
    name="withdraw-date",
    summary="Take the other date back: the one that it has stands",
    sources=DATED - BEGUN,
    who=(guards.either_side, dates.withdrawing_side),
    guards=(dates.something_proposed,),
    apply=dates.withdraw_date,
    events=(contract.ActivityDateWithdrawn,),
)
LEAVE_ACTIVITY = Action(
    name="leave-activity",
    summary="Leave it in time, and say why: it will not take place",
    settings=("formats.*.cancellation_days",),
    sources=AGREED,
    targets={_S.CANCELLED},
    who=(guards.either_side, guards.partner_only),
    guards=(dates.before_leaving_limit,),
    apply=dates.leave_activity,
    events=(contract.ActivityLeft,),
)
SET_BUDGET = Action(
    name="budget",
    summary="Set the cost lines",
    sources=BEFORE_DELIVERED | {_S.DELIVERED, _S.EVALUATED},
    who=(guards.either_side,),
    apply=transitions.set_budget,
    events=(contract.ActivityBudgetSet,),
)
EXPIRE = Action(
    name="expire",
    summary="Nobody answered in time",
    sources={_S.PROPOSED},
    targets={_S.EXPIRED},
    guards=(guards.deadline_passed,),
    apply=transitions.expire,
    events=(contract.ActivityExpired,),
    by_clock=True,
)
LAPSE_DATE = Action(
    name="lapse-date",
    summary="Not all agreed to another date in time",
    sources=DATED - BEGUN,
    guards=(dates.something_proposed, dates.date_overdue),
    apply=dates.lapse_date,
    events=(contract.ActivityDateLapsed,),
    by_clock=True,
)
CALL_OFF = Action(
    name="call-off",
    summary="Its partnership is over, a side is no more, or it is suspended when its date comes",
    sources=AHEAD,
    targets={_S.CANCELLED},
    apply=following.call_off,
    events=(contract.ActivityCancelled,),
    by_clock=True,
)
SUSPEND = Action(
    name="suspend",
    summary="A side, or its partnership, is suspended",
    sources=AGREED,
    guards=(following.going_on,),
    apply=following.suspend,
    events=(contract.ActivitySuspended,),
    by_clock=True,
)
RESUME = Action(
    name="resume",
    summary="What was suspended is reinstated",
    sources=AGREED,
    guards=(following.suspended,),
    apply=following.resume,
    events=(contract.ActivityResumed,),
    by_clock=True,
)
LOSE_GUESTS = Action(
    name="lose-guests",
    summary="Who took part beside the two sides is no more",
    sources=AHEAD,
    apply=following.lose_guests,
    events=(contract.ActivityGuestsLeft, contract.ActivityPlaceOffered),
    by_clock=True,
)
CLOSE_UNEVALUATED = Action(
    name="close",
    summary="Nobody evaluated in time, and figures do not wait for ever",
    sources={_S.DELIVERED, _S.EVALUATED},
    targets={_S.CLOSED},
    apply=transitions.close_unevaluated,
    events=(contract.ActivityClosed,),
    by_clock=True,
)
"""The same step of history as `close`: it is in no table, which has each name once."""
FALL_DUE = Action(
    name="to-report",
    summary="It is over, and nobody has said how it went: a stage of its region's reminders",
    settings=("reporting.reminder_days",),
    sources=DATED,
    targets={_S.IN_PROGRESS},
    guards=(
        guards.not_suspended,
        guards.report_missing,
    ),
    apply=transitions.fall_due,
    events=(contract.ActivityToReport,),
    by_clock=True,
)
CLOSE_UNREPORTED = Action(
    name="close",
    summary="Nobody said in time how it went",
    sources={_S.IN_PROGRESS},
    targets={_S.CLOSED},
    apply=transitions.close_unreported,
    events=(contract.ActivityClosed,),
    by_clock=True,
)
MISS = Action(
    name="miss",
    summary="A milestone or an action item is overdue",
    apply=dues.miss,
    events=(contract.ActivityDeadlinesMissed,),
    by_clock=True,
)

ACTIONS = ActionTable(
    EDIT,
    PROPOSE,
    ACCEPT,
    DECLINE,
    WITHDRAW,
    SCHEDULE,
    CONFIRM,
    START,
    DELIVER,
    CORRECT,
    REPORT_LATE,
    EVALUATE,
    CLOSE,
    CANCEL,
    PROPOSE_DATE,
    AGREE_DATE,
    DECLINE_DATE,
    WITHDRAW_DATE,
    LEAVE_ACTIVITY,
    SET_BUDGET,
    EXPIRE,
    LAPSE_DATE,
    FALL_DUE,
    CALL_OFF,
    SUSPEND,
    RESUME,
    LOSE_GUESTS,
    MISS,
)
