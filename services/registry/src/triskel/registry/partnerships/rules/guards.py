"""Conditions of a partnership's actions: each refuses with its reason, or does not."""

from triskel.chassis.actions import Actor
from triskel.contracts.codes import Cause, Role, Side
from triskel.contracts.days import day_in
from triskel.contracts.refusals import NotDueYet, Refusal
from triskel.registry.organisations.refusals import CoordinatorOnly
from triskel.registry.partnerships.refusals import (
    ActiveAlready,
    AnswerDeadlinePassed,
    AskingSideWithdraws,
    CompanyAtCapacity,
    NoPlannedActivity,
    NoSignatureToGive,
    NotAPartner,
    NotInForceYet,
    OtherSideAnswers,
    RenewedAlready,
    SaidYesAlready,
    SignatoryOnly,
    SigningDeadlinePassed,
    StartDateNotReached,
)
from triskel.registry.partnerships.rules.state import UNSIGNED, PartnershipAttempt, proposing_side


def either_side(attempt: PartnershipAttempt) -> NotAPartner | None:
    """The two partners, and the coordinator."""
    return None if attempt.actor.sides else NotAPartner()


def coordinator(attempt: PartnershipAttempt) -> CoordinatorOnly | None:
    return None if Side.COORDINATOR in attempt.actor.sides else CoordinatorOnly()


def asked_side(attempt: PartnershipAttempt) -> OtherSideAnswers | None:
    """A side that was asked says no, or the coordinator for it."""
    sides = attempt.actor.sides
    if Side.COORDINATOR in sides or sides - {proposing_side(attempt.subject)}:
        return None
    return OtherSideAnswers()


def asked_partner(attempt: PartnershipAttempt) -> OtherSideAnswers | None:
    """A yes is a partner's own: nobody says it for them, the coordinator neither."""
    others = attempt.actor.sides - {proposing_side(attempt.subject), Side.COORDINATOR}
    return None if others else OtherSideAnswers()


def yes_of(attempt: PartnershipAttempt) -> str | None:
    """Which of the two this actor can say yes for, where that was not said."""
    may_say = {
        "school": Side.SCHOOL in attempt.actor.sides,
        "company": Side.HOST in attempt.actor.sides,
    }
    said = attempt.subject.approvals
    return next(
        (name for name, may in may_say.items() if may and getattr(said, name) is None), None
    )


def yet_to_say_yes(attempt: PartnershipAttempt) -> SaidYesAlready | None:
    return None if yes_of(attempt) else SaidYesAlready()


def asking_side(attempt: PartnershipAttempt) -> AskingSideWithdraws | None:
    if {Side.COORDINATOR, proposing_side(attempt.subject)} & attempt.actor.sides:
        return None
    return AskingSideWithdraws()


def _signatures_of(actor: Actor) -> list[str]:
    """Which of the three signatures this actor can give."""
    may_give = {
        "head": Side.SCHOOL in actor.sides and Role.HEAD in actor.roles,
        "company": Side.HOST in actor.sides and Role.COMPANY in actor.roles,
        "coordinator": Side.COORDINATOR in actor.sides,
    }
    return [name for name, may in may_give.items() if may]


def signatory(attempt: PartnershipAttempt) -> SignatoryOnly | None:
    """Who binds a side by a signature decides on what was signed: no teacher does."""
    return None if _signatures_of(attempt.actor) else SignatoryOnly()


def signature_of(attempt: PartnershipAttempt) -> str | None:
    """Which of the three signatures this actor can give and has not given."""
    given = attempt.subject.signatures
    mine = _signatures_of(attempt.actor)
    return next((name for name in mine if getattr(given, name) is None), None)


def can_sign(attempt: PartnershipAttempt) -> NoSignatureToGive | None:
    return None if signature_of(attempt) else NoSignatureToGive()


def in_time(attempt: PartnershipAttempt) -> AnswerDeadlinePassed | None:
    answer_by = attempt.subject.answer_by
    if attempt.now <= answer_by:
        return None
    return AnswerDeadlinePassed(value=answer_by.isoformat())


def never_active(attempt: PartnershipAttempt) -> ActiveAlready | None:
    """What has been active is terminated; an amendment of it may wait for its signatures."""
    began = attempt.subject.activated_at
    return None if began is None else ActiveAlready(value=began.isoformat())


def paused_by_suspension(attempt: PartnershipAttempt) -> NotDueYet | None:
    """It was paused since one of the two was suspended, and neither is any more."""
    was = attempt.subject.cause is Cause.ORGANISATION_SUSPENDED
    return None if was and attempt.facts.unfit is None else NotDueYet()


def in_force(attempt: PartnershipAttempt) -> NotInForceYet | None:
    """Signed, or active before it was amended."""
    state, began = attempt.subject.state, attempt.subject.activated_at
    return NotInForceYet(value=state) if state in UNSIGNED and began is None else None


def signed_in_time(attempt: PartnershipAttempt) -> SigningDeadlinePassed | None:
    sign_by = attempt.subject.sign_by
    if sign_by is None or attempt.now <= sign_by:
        return None
    return SigningDeadlinePassed(value=sign_by.isoformat())


def both_fit(attempt: PartnershipAttempt) -> Refusal | None:
    """Neither of the two is suspended, closed or not approved."""
    return attempt.facts.unfit


def has_capacity(attempt: PartnershipAttempt) -> CompanyAtCapacity | None:
    carried, capacity = attempt.facts.carried, attempt.facts.capacity
    if capacity is None or carried < capacity:
        return None
    return CompanyAtCapacity(carried=carried, capacity=capacity, value=capacity)


def begun(attempt: PartnershipAttempt) -> StartDateNotReached | NoPlannedActivity | None:
    """It is active from its start date and its first planned activity on."""
    starts_on, planned = attempt.subject.starts_on, attempt.facts.planned_activities
    if day_in(attempt.now, attempt.facts.settings.time_zone) < starts_on:
        return StartDateNotReached(value=starts_on.isoformat())
    return NoPlannedActivity(value=planned) if planned < 1 else None


def not_renewed(attempt: PartnershipAttempt) -> RenewedAlready | None:
    return RenewedAlready(value=str(attempt.subject.id)) if attempt.facts.renewed else None


def deadline_passed(attempt: PartnershipAttempt) -> NotDueYet | None:
    return NotDueYet() if in_time(attempt) is None else None


def signing_deadline_passed(attempt: PartnershipAttempt) -> NotDueYet | None:
    return NotDueYet() if signed_in_time(attempt) is None else None


def last_day_passed(attempt: PartnershipAttempt) -> NotDueYet | None:
    """Each where it is: the last day is over sooner in the east."""
    today = day_in(attempt.now, attempt.facts.settings.time_zone)
    return None if attempt.subject.ends_on < today else NotDueYet()
