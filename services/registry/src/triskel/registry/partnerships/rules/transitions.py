"""What becomes of a partnership: a function for each action returns the state and its event."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from triskel.chassis.actions import Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Cause, PartnershipReason, PartnershipState, Role, Side
from triskel.contracts.days import days_later
from triskel.contracts.refusals import ReasonMissing, years_of
from triskel.registry.partnerships.refusals import (
    AmendmentChangesNothing,
    AnotherDocument,
    DatesOutsideSchoolYear,
)
from triskel.registry.partnerships.rules.guards import signature_of, yes_of
from triskel.registry.partnerships.rules.state import (
    UNSIGNED,
    WATCHED,
    Agreement,
    Approvals,
    Partnership,
    PartnershipAttempt,
    Proposal,
    Signatures,
    Terms,
    proposing_side,
)

_S = PartnershipState
PartnershipChange = Change[Partnership]


def proposed(
    proposal: Proposal,
    partnership_id: UUID,
    region: str,
    settings: contract.RegionSettings,
    by: Role,
    now: datetime,
) -> PartnershipChange:
    """A new partnership of a region with its settings, that the other side is asked for. Raises
    `Invalid` for its dates."""
    check_dates(proposal.school_year, proposal.starts_on, proposal.ends_on)
    terms = asdict(proposal)
    days = terms.pop("answer_days") or settings.partnership_answer_days
    answer_by = days_later(now, days, settings.time_zone)
    partnership = Partnership(
        id=partnership_id,
        region=region,
        version=1,
        state=_S.PROPOSED,
        proposed_by=by,
        proposed_at=now,
        answer_by=answer_by,
        **terms,
    )
    side = proposing_side(partnership)
    approvals = Approvals(
        school=now if side is Side.SCHOOL else None, company=now if side is Side.HOST else None
    )
    return Change(replace(partnership, approvals=approvals), contract.PartnershipProposed)


def accept(attempt: PartnershipAttempt) -> PartnershipChange:
    """The yes of whoever acts; with the second of the two it is accepted."""
    name = yes_of(attempt)
    assert name is not None
    approvals = replace(attempt.subject.approvals, **{name: attempt.now})
    if approvals.both:
        accepted = _becomes(
            attempt.subject,
            _S.ACCEPTED,
            approvals=approvals,
            accepted_at=attempt.now,
            sign_by=_sign_by(attempt),
        )
        return Change(accepted, contract.PartnershipAccepted)
    partly = _becomes(attempt.subject, _S.PROPOSED, approvals=approvals)
    return Change(partly, contract.PartnershipPartiallyAccepted)


def decline(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    declined = _closes("decline", attempt, _S.DECLINED, reason)
    return Change(declined, contract.PartnershipDeclined, note=note)


def withdraw(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    withdrawn = _closes("withdraw", attempt, _S.WITHDRAWN, reason)
    return Change(withdrawn, contract.PartnershipWithdrawn, note=note)


def leave(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    """Either side changes its mind, after both had said yes and before all had signed."""
    left = _closes("leave", attempt, _S.WITHDRAWN, reason)
    return Change(left, contract.PartnershipLeft, note=note)


def draft_agreement(attempt: PartnershipAttempt, agreement: Agreement) -> PartnershipChange:
    """A document to sign; what was signed of the one before is no signature of this."""
    drafted = _becomes(
        attempt.subject, _S.AGREEMENT_DRAFT, agreement=agreement, signatures=Signatures()
    )
    return Change(drafted, contract.PartnershipAgreementDrafted)


def sign(attempt: PartnershipAttempt, digest: str, person: UUID) -> PartnershipChange:
    """The signature of whoever acts, of the document that they saw; with the third it is signed.
    Raises `AnotherDocument`."""
    name = signature_of(attempt)
    assert name is not None
    agreement = attempt.subject.agreement
    if digest != agreement.digest:
        raise AnotherDocument(number=agreement.number, value=digest)
    given: dict[str, Any] = {name: attempt.now, f"{name}_by": person}
    signatures = replace(attempt.subject.signatures, **given)
    if signatures.all:
        signed = _becomes(attempt.subject, _S.SIGNED, signatures=signatures)
        return Change(signed, contract.PartnershipSigned)
    partly = _becomes(attempt.subject, _S.PARTIALLY_SIGNED, signatures=signatures)
    return Change(partly, contract.PartnershipPartiallySigned)


def with_terms(partnership: Partnership, terms: Terms) -> Partnership:
    """It with other terms, as a new document says them. Raises `Invalid` when nothing changes."""
    given = {name: value for name, value in asdict(terms).items() if value is not None}
    amended = replace(partnership, **given)
    if amended == partnership:
        raise AmendmentChangesNothing
    check_dates(amended.school_year, amended.starts_on, amended.ends_on)
    return amended


def amend(attempt: PartnershipAttempt, terms: Terms, agreement: Agreement) -> PartnershipChange:
    """Other terms, in a new document. Nobody has signed that: all three sign again (domain.md,
    Registry). Raises `Invalid` when nothing changes."""
    before, other = attempt.subject, with_terms(attempt.subject, terms)
    changed = tuple(n for n in asdict(terms) if getattr(other, n) != getattr(before, n))
    amended = _becomes(
        other,
        _S.AGREEMENT_DRAFT,
        agreement=agreement,
        signatures=Signatures(),
        sign_by=None if before.activated_at else _sign_by(attempt),
    )
    return Change(amended, contract.PartnershipAmended, {"changed": changed})


def renew(attempt: PartnershipAttempt) -> list[PartnershipChange]:
    """It stays as it is: what is made is another one, for the next school year."""
    return []


def activate(attempt: PartnershipAttempt) -> PartnershipChange:
    """The day on which it first became active stays."""
    activated_at = attempt.subject.activated_at or attempt.now
    active = _becomes(attempt.subject, _S.ACTIVE, activated_at=activated_at)
    return Change(active, contract.PartnershipActivated)


def suspend(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    suspended = _becomes(attempt.subject, _S.SUSPENDED, reason=_needed("suspend", reason))
    return Change(suspended, contract.PartnershipSuspended, note=note)


def resume(attempt: PartnershipAttempt) -> PartnershipChange:
    resumed = _becomes(attempt.subject, _S.ACTIVE, reason=None, cause=None)
    return Change(resumed, contract.PartnershipResumed)


def end(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    ended = _closes("end", attempt, _S.ENDED, reason)
    return Change(ended, contract.PartnershipEnded, note=note)


def terminate(
    attempt: PartnershipAttempt, reason: PartnershipReason | None, note: str | None = None
) -> PartnershipChange:
    terminated = _closes("terminate", attempt, _S.TERMINATED, reason)
    return Change(terminated, contract.PartnershipTerminated, note=note)


def expire(attempt: PartnershipAttempt) -> PartnershipChange:
    """A proposal that nobody answered before its deadline."""
    expired = _becomes(attempt.subject, _S.EXPIRED, closed_at=attempt.now)
    return Change(expired, contract.PartnershipExpired)


def lapse(attempt: PartnershipAttempt) -> PartnershipChange:
    """An agreement that was not signed by all before its deadline."""
    lapsed = _becomes(attempt.subject, _S.EXPIRED, closed_at=attempt.now)
    return Change(lapsed, contract.PartnershipLapsed)


def lose_partner(attempt: PartnershipAttempt, cause: Cause, side: Side) -> PartnershipChange:
    """One of the two is no more: what was asked is taken back, what was not signed is left, and
    what was in force has ended."""
    partnership = attempt.subject
    reason = _REORGANISED[side]
    closing: dict[str, Any] = {"reason": reason, "cause": cause, "closed_at": attempt.now}
    if partnership.state is _S.PROPOSED:
        withdrawn = _becomes(partnership, _S.WITHDRAWN, **closing)
        return Change(withdrawn, contract.PartnershipWithdrawn)
    if partnership.state in UNSIGNED and partnership.activated_at is None:
        return Change(_becomes(partnership, _S.WITHDRAWN, **closing), contract.PartnershipLeft)
    return Change(_becomes(partnership, _S.ENDED, **closing), contract.PartnershipEnded)


_REORGANISED = {
    Side.SCHOOL: PartnershipReason.SCHOOL_REORGANISED,
    Side.HOST: PartnershipReason.COMPANY_REORGANISED,
}


def pause(attempt: PartnershipAttempt, cause: Cause) -> PartnershipChange:
    """One of the two is suspended."""
    paused = _becomes(attempt.subject, _S.SUSPENDED, reason=PartnershipReason.OTHER, cause=cause)
    return Change(paused, contract.PartnershipSuspended)


def finish(attempt: PartnershipAttempt) -> PartnershipChange:
    """One whose last day has passed: renewed when the next year's is agreed on, else ended;
    completed if it was ever active."""
    partnership, now = attempt.subject, attempt.now
    if attempt.facts.followed:
        renewed = _becomes(partnership, _S.RENEWED, reason=None, closed_at=now)
        return Change(renewed, contract.PartnershipRenewed)
    was_active = partnership.activated_at is not None
    reason = PartnershipReason.COMPLETED if was_active else PartnershipReason.OTHER
    ended = _becomes(partnership, _S.ENDED, reason=reason, closed_at=now)
    return Change(ended, contract.PartnershipEnded)


def _sign_by(attempt: PartnershipAttempt) -> datetime:
    settings = attempt.facts.settings
    return days_later(attempt.now, settings.sign_within_days, settings.time_zone)


def next_year(partnership: Partnership) -> str:
    first, last = (int(year) for year in partnership.school_year.split("-"))
    return f"{first + 1}-{last + 1}"


def check_dates(school_year: str, starts_on: date, ends_on: date) -> None:
    """Raises `Invalid` unless the dates lie in order within the school year."""
    first, last = years_of(school_year)
    if not date(first, 8, 1) <= starts_on < ends_on <= date(last, 8, 31):
        raise DatesOutsideSchoolYear(
            school_year=school_year, first=first, last=last, value=f"{starts_on} to {ends_on}"
        )


def _becomes(partnership: Partnership, state: PartnershipState, **more: Any) -> Partnership:
    """One version on; only what is signed or active can be at risk."""
    if state not in WATCHED:
        more |= {"at_risk_since": None, "risks": ()}
    return replace(partnership, version=partnership.version + 1, state=state, **more)


def _closes(
    action: str,
    attempt: PartnershipAttempt,
    state: PartnershipState,
    reason: PartnershipReason | None,
) -> Partnership:
    given = _needed(action, reason)
    return _becomes(attempt.subject, state, reason=given, closed_at=attempt.now)


def _needed(action: str, reason: PartnershipReason | None) -> PartnershipReason:
    if reason is None:
        raise ReasonMissing(action=action)
    return reason
