"""What becomes of a partnership: by an action, by an amendment, by time."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from triskel.contracts.codes import PartnershipReason, PartnershipState
from triskel.contracts.days import days_later, zone_of
from triskel.contracts.refusals import Invalid
from triskel.registry.partnerships.rules.actions import ACTIONS, check, signatory
from triskel.registry.partnerships.rules.state import WATCHED, Actor, Facts, Partnership, Terms

_S = PartnershipState


def perform(
    action: str,
    partnership: Partnership,
    actor: Actor,
    facts: Facts,
    now: datetime,
    reason: PartnershipReason | None = None,
) -> Partnership:
    """The partnership after an action, one version on. Raises the `Refusal`. An amendment brings
    terms and a renewal makes another partnership: those are `amend` and `check_renewal`."""
    check(action, partnership, actor, facts, now)
    if ACTIONS[action].needs_reason and reason is None:
        raise Invalid("reason-missing", f"Say why: {action!r} needs a reason.", field="reason")
    match action:
        case "accept":
            return _becomes(partnership, _S.ACCEPTED, accepted_at=now)
        case "draft-agreement":
            return _becomes(partnership, _S.AGREEMENT_DRAFT)
        case "sign":
            return _signed(partnership, signatory(partnership, actor) or "", now)
        case "activate":
            return begin(partnership, now)
        case "suspend":
            return _becomes(partnership, _S.SUSPENDED, reason=reason)
        case "resume":
            return _becomes(partnership, _S.ACTIVE, reason=None)
    closed = {
        "decline": _S.DECLINED,
        "withdraw": _S.WITHDRAWN,
        "end": _S.ENDED,
        "terminate": _S.TERMINATED,
    }[action]
    return _becomes(partnership, closed, reason=reason, closed_at=now)


def _becomes(partnership: Partnership, state: PartnershipState, **more: Any) -> Partnership:
    """One version on; only what is signed or active can be at risk."""
    if state not in WATCHED:
        more |= {"at_risk_since": None, "risks": ()}
    return replace(partnership, version=partnership.version + 1, state=state, **more)


def begin(partnership: Partnership, now: datetime) -> Partnership:
    """A signed one that is not kept from beginning; the day on which it first did stays."""
    return _becomes(partnership, _S.ACTIVE, activated_at=partnership.activated_at or now)


def amend(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime, terms: Terms
) -> tuple[Partnership, tuple[str, ...]]:
    """The partnership with other terms, and which changed. Nobody has signed those: all three
    sign again (domain.md, Registry). Raises the `Refusal`, `Invalid` when nothing changes."""
    check("amend", partnership, actor, facts, now)
    given = {name: value for name, value in asdict(terms).items() if value is not None}
    changed = tuple(n for n, value in given.items() if value != getattr(partnership, n))
    if not changed:
        raise Invalid(
            "amendment-changes-nothing",
            "Say what changes: goals, starts_on or ends_on, with a value other than before.",
            field="goals",
        )
    unsigned = {"signed_head": None, "signed_company": None, "signed_coordinator": None}
    amended = _becomes(partnership, _S.AGREEMENT_DRAFT, **given, **unsigned)
    check_dates(amended.school_year, amended.starts_on, amended.ends_on)
    return amended, changed


def check_renewal(partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> str:
    """The school year that the next one is for. Raises the `Refusal`."""
    check("renew", partnership, actor, facts, now)
    first, last = (int(year) for year in partnership.school_year.split("-"))
    return f"{first + 1}-{last + 1}"


def finish(partnership: Partnership, followed: bool, now: datetime) -> Partnership:
    """One whose last day has passed: renewed when the next year's is agreed on, else ended;
    completed if it was ever active."""
    reason = None
    if not followed:
        active = partnership.activated_at is not None
        reason = PartnershipReason.COMPLETED if active else PartnershipReason.OTHER
    state = _S.RENEWED if followed else _S.ENDED
    return _becomes(partnership, state, reason=reason, closed_at=now)


def _signed(partnership: Partnership, who: str, now: datetime) -> Partnership:
    signed = replace(partnership, **{who: now})  # type: ignore[arg-type]  # a field's name
    all_three = signed.signed_head and signed.signed_company and signed.signed_coordinator
    return _becomes(signed, _S.SIGNED if all_three else _S.PARTIALLY_SIGNED)


def expire(partnership: Partnership, now: datetime) -> Partnership:
    """An unanswered proposal after its deadline."""
    return _becomes(partnership, _S.EXPIRED, closed_at=now)


def answer_deadline(now: datetime, days: int, region: str) -> datetime:
    return days_later(now, days, zone_of(region))


def check_dates(school_year: str, starts_on: date, ends_on: date) -> None:
    """Raises `Invalid` unless the dates lie in order within the school year."""
    first, last = (int(year) for year in school_year.split("-"))
    if last != first + 1:
        raise Invalid(
            "school-year-malformed",
            "A school year is two years in a row, such as 2025-2026.",
            field="school_year",
            value=school_year,
        )
    if not date(first, 8, 1) <= starts_on < ends_on <= date(last, 8, 31):
        raise Invalid(
            "dates-outside-school-year",
            f"A partnership of {school_year} starts and ends, in this order, between 1 August "
            f"{first} and 31 August {last}.",
            field="starts_on",
            value=f"{starts_on} to {ends_on}",
        )
