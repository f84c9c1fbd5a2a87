"""Another date for what has one: proposed by one side, agreed to by the other, and until then the
old one stands. And a side's way out, in time."""

from dataclasses import replace
from datetime import datetime

from triskel.activities.activities.refusals import (
    AnswerDeadlinePassed,
    DateHasCome,
    DateProposedAlready,
    LeavingLimitPassed,
    NoDateProposed,
    OtherSideAnswers,
    ProposingSideOnly,
    SaidYesAlready,
    SlotUnchanged,
)
from triskel.activities.activities.rules.activity import (
    Activity,
    ActivityAttempt,
    ActivityChange,
    Approvals,
    DateProposal,
    Slot,
    becomes,
)
from triskel.activities.activities.rules.coherence import check_date, moved
from triskel.activities.activities.rules.deadlines import answer_deadline, cancel_by
from triskel.activities.activities.rules.details import Registration
from triskel.activities.calendars.rules import Calendar
from triskel.activities.places.rules.places import asked_again
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityReason, ActivityState, Side
from triskel.contracts.refusals import NotDueYet


def proposing_side(attempt: ActivityAttempt) -> Side:
    """For which side this actor proposes: for one whose yes it needs, else as the coordinator."""
    own = attempt.actor.sides & attempt.subject.partners
    return min(own, default=Side.COORDINATOR)


def _whose_yes(activity: Activity) -> frozenset[Side]:
    """Of both; of a masterclass that was published the host's, who needed nobody's for it."""
    published = activity.approvals.given == {Side.HOST}
    if activity.format is ActivityFormat.TEACHER_MASTERCLASS and published:
        return frozenset({Side.HOST})
    return activity.partners


def _missing(activity: Activity, proposal: DateProposal) -> frozenset[Side]:
    """Whose yes the proposed date still needs."""
    return _whose_yes(activity) - {proposal.proposed_by} - proposal.approvals.given


def _yes_of(attempt: ActivityAttempt) -> Side | None:
    """For which side this actor can agree, where that was not said."""
    proposal = attempt.subject.date_proposal
    if proposal is None:
        return None
    return min(_missing(attempt.subject, proposal) & attempt.actor.sides, default=None)


def _of_the_other_side(attempt: ActivityAttempt) -> frozenset[Side]:
    """The sides of this actor that were asked."""
    proposal = attempt.subject.date_proposal
    asking = {proposal.proposed_by} if proposal is not None else set()
    return (_whose_yes(attempt.subject) - asking) & attempt.actor.sides


def before_its_date(attempt: ActivityAttempt) -> DateHasCome | None:
    slot = attempt.subject.slot
    assert slot is not None
    return None if attempt.now < slot.starts_at else DateHasCome(value=slot.starts_at.isoformat())


def nothing_proposed(attempt: ActivityAttempt) -> DateProposedAlready | None:
    proposal = attempt.subject.date_proposal
    if proposal is None:
        return None
    return DateProposedAlready(value=proposal.slot.starts_at.isoformat())


def something_proposed(attempt: ActivityAttempt) -> NoDateProposed | None:
    return NoDateProposed() if attempt.subject.date_proposal is None else None


def agreeing_side(attempt: ActivityAttempt) -> OtherSideAnswers | None:
    """A yes is a side's own: nobody says it for another, the coordinator neither."""
    return None if _of_the_other_side(attempt) else OtherSideAnswers()


def declining_side(attempt: ActivityAttempt) -> OtherSideAnswers | None:
    if Side.COORDINATOR in attempt.actor.sides or _of_the_other_side(attempt):
        return None
    return OtherSideAnswers()


def withdrawing_side(attempt: ActivityAttempt) -> ProposingSideOnly | None:
    proposal, sides = attempt.subject.date_proposal, attempt.actor.sides
    if proposal is None or {proposal.proposed_by, Side.COORDINATOR} & sides:
        return None
    return ProposingSideOnly()


def yet_to_agree(attempt: ActivityAttempt) -> SaidYesAlready | None:
    if _yes_of(attempt) is not None:
        return None
    return SaidYesAlready(field="date_proposal.approvals")


def date_in_time(attempt: ActivityAttempt) -> AnswerDeadlinePassed | None:
    proposal = attempt.subject.date_proposal
    if proposal is None or attempt.now <= proposal.answer_by:
        return None
    return AnswerDeadlinePassed(
        field="date_proposal.answer_by", value=proposal.answer_by.isoformat()
    )


def date_overdue(attempt: ActivityAttempt) -> NotDueYet | None:
    return NotDueYet() if date_in_time(attempt) is None else None


def before_leaving_limit(attempt: ActivityAttempt) -> LeavingLimitPassed | None:
    """Without a date there is no limit."""
    activity, settings = attempt.subject, attempt.facts.settings
    limit = cancel_by(activity, settings)
    if limit is None or attempt.now <= limit:
        return None
    days = settings.limits(activity.format).cancellation_days
    return LeavingLimitPassed(days=days, value=limit.isoformat())


def propose_date(
    attempt: ActivityAttempt, slot: Slot, calendar: Calendar
) -> ActivityChange | list[ActivityChange]:
    """It is answered before the old date comes and the new one, and within the region's days. Where
    nobody else need agree the date moves at once. Raises as `schedule`, and `Conflict` for the slot
    that it has."""
    activity, now = attempt.subject, attempt.now
    assert activity.slot is not None
    check_date(attempt, slot, calendar)
    if slot == activity.slot:
        raise SlotUnchanged
    side = proposing_side(attempt)
    answer_by = answer_deadline(now, attempt.facts.settings, calendar)
    proposal = DateProposal(
        slot=slot,
        proposed_by=side,
        proposed_at=now,
        answer_by=min(answer_by, activity.slot.starts_at, slot.starts_at),
        approvals=Approvals(**({side: now} if side in activity.partners else {})),
    )
    if not _missing(activity, proposal):
        return _move(attempt, proposal, calendar)
    return Change(becomes(activity, date_proposal=proposal), contract.ActivityDateProposed)


def agree_date(
    attempt: ActivityAttempt, calendar: Calendar
) -> ActivityChange | list[ActivityChange]:
    """The yes of whoever acts; with the last one the date moves. Raises as `propose_date`: a
    calendar may have changed since."""
    activity, side = attempt.subject, _yes_of(attempt)
    assert side is not None
    assert activity.date_proposal is not None
    approvals = activity.date_proposal.approvals.with_yes(side, attempt.now)
    proposal = replace(activity.date_proposal, approvals=approvals)
    if not _missing(activity, proposal):
        return _move(attempt, proposal, calendar)
    agreed = becomes(activity, date_proposal=proposal)
    return Change(agreed, contract.ActivityDatePartiallyAgreed)


def _move(
    attempt: ActivityAttempt, proposal: DateProposal, calendar: Calendar
) -> list[ActivityChange]:
    """Back to scheduled with the other slot: events and history keep the one it had. The head
    confirms anew, parents consent anew, and who has places says whether they still come."""
    activity, slot = attempt.subject, proposal.slot
    check_date(attempt, slot, calendar)
    answer_by = answer_deadline(attempt.now, attempt.facts.settings, calendar)
    bookings, asked = asked_again(activity, min(answer_by, slot.starts_at))
    postponed = becomes(
        moved(activity, slot),
        state=ActivityState.SCHEDULED,
        slot=slot,
        date_proposal=None,
        slot_changes=activity.slot_changes + 1,
        postponements=activity.postponements + 1,
        confirmed_at=None,
        bookings=bookings,
        registration=_registration(activity, slot, answer_by),
    )
    previous = contract.Slot.model_validate(activity.slot, from_attributes=True)
    changes = [Change(postponed, contract.ActivityPostponed, {"previous": previous})]
    if asked:
        told = {"booking_ids": asked}
        changes.append(
            Change(
                becomes(postponed),
                contract.ActivityPlacesAskedAgain,
                told,
                action="ask-places-again",
            )
        )
    return changes


def _registration(activity: Activity, slot: Slot, answer_by: datetime) -> Registration | None:
    """Families register until as long before the start as they did before, and have as long to say
    so as others have to answer."""
    known = activity.registration
    if known is None or activity.slot is None:
        return known
    as_before = slot.starts_at - (activity.slot.starts_at - known.until)
    return replace(known, until=min(max(as_before, answer_by), slot.starts_at))


def decline_date(attempt: ActivityAttempt, reason: ActivityReason) -> ActivityChange:
    stands, refused = _stands(attempt.subject)
    return Change(stands, contract.ActivityDateDeclined, {"refused": refused, "reason": reason})


def withdraw_date(attempt: ActivityAttempt) -> ActivityChange:
    stands, refused = _stands(attempt.subject)
    return Change(stands, contract.ActivityDateWithdrawn, {"refused": refused})


def lapse_date(attempt: ActivityAttempt) -> ActivityChange:
    """Not all agreed before the deadline, or before the old date came."""
    stands, refused = _stands(attempt.subject)
    return Change(stands, contract.ActivityDateLapsed, {"refused": refused})


def _stands(activity: Activity) -> tuple[Activity, contract.DateProposal]:
    """With the date that it has, and what was proposed."""
    refused = contract.DateProposal.model_validate(activity.date_proposal, from_attributes=True)
    return becomes(activity, date_proposal=None), refused


def leave_activity(attempt: ActivityAttempt, reason: ActivityReason) -> ActivityChange:
    """In time, so never late; nobody else can hold it without that side."""
    left = becomes(
        attempt.subject,
        state=ActivityState.CANCELLED,
        cancelled_at=attempt.now,
        reason=reason,
        ended_by=proposing_side(attempt),
    )
    return Change(left, contract.ActivityLeft)
