"""Conditions of the actions that every activity has: each refuses with its reason, or does not."""

from collections.abc import Callable

from triskel.activities.activities.refusals import (
    ActivityIsSuspended,
    AnswerDeadlinePassed,
    AskingSideOnly,
    ConfirmationLimitPassed,
    CorrectionWindowPassed,
    EarlierPartNotHeld,
    EvaluatedAlready,
    HeadConfirms,
    HostNotReady,
    NobodyCame,
    NotAParticipant,
    NotBegun,
    NotOver,
    OtherSideAnswers,
    ParticipantsEvaluate,
    PartnershipNotReady,
    PartnersOnly,
    SaidYesAlready,
    SchoolNotReady,
    SideNotAllowed,
)
from triskel.activities.activities.rules.activity import ActivityAttempt
from triskel.activities.activities.rules.deadlines import (
    GONE,
    REPORTED,
    confirm_by,
    correct_by,
    reminder_due,
)
from triskel.contracts.codes import DeliveryOutcome, Role, Side
from triskel.contracts.refusals import NotDueYet


def either_side(attempt: ActivityAttempt) -> NotAParticipant | None:
    """The two sides, and the coordinator."""
    return None if attempt.actor.sides else NotAParticipant()


def partner_only(attempt: ActivityAttempt) -> PartnersOnly | None:
    """One of the two who said yes, for itself."""
    return None if attempt.subject.partners & attempt.actor.sides else PartnersOnly()


def asking_side(attempt: ActivityAttempt) -> AskingSideOnly | None:
    if {attempt.subject.proposed_by, Side.COORDINATOR} & attempt.actor.sides:
        return None
    return AskingSideOnly()


def asked_side(attempt: ActivityAttempt) -> OtherSideAnswers | None:
    sides = attempt.actor.sides
    if Side.COORDINATOR in sides or sides - {attempt.subject.proposed_by}:
        return None
    return OtherSideAnswers()


def asked_partner(attempt: ActivityAttempt) -> OtherSideAnswers | None:
    """A yes is a side's own: nobody says it for another, the coordinator neither."""
    others = attempt.subject.partners - {attempt.subject.proposed_by}
    return None if others & attempt.actor.sides else OtherSideAnswers()


def yes_of(attempt: ActivityAttempt) -> Side | None:
    """For which side this actor can say yes, where that was not said."""
    activity = attempt.subject
    missing = activity.partners - activity.approvals.given - {activity.proposed_by}
    return min(missing & attempt.actor.sides, default=None)


def yet_to_say_yes(attempt: ActivityAttempt) -> SaidYesAlready | None:
    return None if yes_of(attempt) else SaidYesAlready()


def head(attempt: ActivityAttempt) -> HeadConfirms | None:
    """The head of the school, or where there is no school the host."""
    sides = attempt.actor.sides
    if Side.COORDINATOR in sides:
        return None
    if attempt.subject.school_id is None and Side.HOST in sides:
        return None
    if Side.SCHOOL in sides and Role.HEAD in attempt.actor.roles:
        return None
    return HeadConfirms()


def only(*sides: Side) -> Callable[[ActivityAttempt], SideNotAllowed | None]:
    """The coordinator and these sides."""
    allowed = {Side.COORDINATOR, *sides}

    def guard(attempt: ActivityAttempt) -> SideNotAllowed | None:
        if allowed & attempt.actor.sides:
            return None
        return SideNotAllowed(sides=", ".join(sides) or "–")

    return guard


def taking_part(
    attempt: ActivityAttempt,
) -> SchoolNotReady | HostNotReady | PartnershipNotReady | None:
    """Nothing stands against the school, the host and the partnership."""
    activity, facts = attempt.subject, attempt.facts
    if facts.school is not None:
        return SchoolNotReady(why=facts.school, value=_shown(activity.school_id))
    if facts.host is not None:
        return HostNotReady(why=facts.host, value=_shown(activity.host_id))
    if facts.partnership is not None:
        return PartnershipNotReady(why=facts.partnership, value=_shown(activity.partnership_id))
    return None


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def not_suspended(attempt: ActivityAttempt) -> ActivityIsSuspended | None:
    """Nothing is done with what is planned while a side, or the partnership, is suspended; it may
    be cancelled and left."""
    suspension = attempt.subject.suspension
    return None if suspension is None else ActivityIsSuspended(value=suspension.cause)


def in_time(attempt: ActivityAttempt) -> AnswerDeadlinePassed | None:
    answer_by = attempt.subject.answer_by
    if answer_by is None or attempt.now <= answer_by:
        return None
    return AnswerDeadlinePassed(value=answer_by.isoformat())


def deadline_passed(attempt: ActivityAttempt) -> NotDueYet | None:
    return NotDueYet() if in_time(attempt) is None else None


def before_confirmation_limit(attempt: ActivityAttempt) -> ConfirmationLimitPassed | None:
    activity, settings = attempt.subject, attempt.facts.settings
    assert activity.slot is not None
    if attempt.now <= confirm_by(activity, settings):
        return None
    return ConfirmationLimitPassed(
        days=settings.limits(activity.format).confirmation_days,
        value=activity.slot.starts_at.isoformat(),
    )


def earlier_part_held(attempt: ActivityAttempt) -> EarlierPartNotHeld | None:
    """The part before it in its dossier was held, or will not be."""
    task_force = attempt.subject.task_force
    if task_force is None or task_force.dossier is None or task_force.dossier.previous_id is None:
        return None
    earlier = task_force.dossier.previous_id
    over = attempt.facts.other_parts.get(earlier) in REPORTED | GONE
    return None if over else EarlierPartNotHeld(value=str(earlier))


def begun(attempt: ActivityAttempt) -> NotBegun | None:
    slot = attempt.subject.slot
    assert slot is not None
    return None if attempt.now >= slot.starts_at else NotBegun(value=slot.starts_at.isoformat())


def over(attempt: ActivityAttempt) -> NotOver | None:
    slot = attempt.subject.slot
    assert slot is not None
    return None if attempt.now >= slot.ends_at else NotOver(value=slot.ends_at.isoformat())


def within_correction_window(attempt: ActivityAttempt) -> CorrectionWindowPassed | None:
    activity = attempt.subject
    assert activity.slot is not None
    settings = attempt.facts.settings
    if attempt.now <= correct_by(activity, settings):
        return None
    return CorrectionWindowPassed(
        hours=settings.reporting.correction_hours, value=activity.slot.ends_at.isoformat()
    )


def report_missing(attempt: ActivityAttempt) -> NotDueYet | None:
    """It has been over for as long as the next stage of its region's reminders says."""
    due = reminder_due(attempt.subject, attempt.facts.settings, attempt.now)
    return NotDueYet() if due is None else None


def took_place(attempt: ActivityAttempt) -> NobodyCame | None:
    return NobodyCame() if attempt.subject.outcome is DeliveryOutcome.NO_SHOW else None


def evaluating(attempt: ActivityAttempt) -> ParticipantsEvaluate | None:
    if attempt.actor.sides & attempt.subject.partners:
        return None
    return ParticipantsEvaluate()


def evaluating_side(attempt: ActivityAttempt) -> Side | None:
    """For which side this actor can evaluate and has not."""
    done = {evaluation.side for evaluation in attempt.subject.evaluations}
    open_sides = sorted((attempt.actor.sides & attempt.subject.partners) - done)
    return open_sides[0] if open_sides else None


def not_evaluated(attempt: ActivityAttempt) -> EvaluatedAlready | None:
    return EvaluatedAlready() if evaluating_side(attempt) is None else None
