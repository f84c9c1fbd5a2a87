"""A partnership's life: what may be done, by whom, when, and what it becomes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, Side
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, Refusal

_S = PartnershipState
LIVE = frozenset(
    {
        _S.PROPOSED,
        _S.ACCEPTED,
        _S.AGREEMENT_DRAFT,
        _S.PARTIALLY_SIGNED,
        _S.SIGNED,
        _S.ACTIVE,
        _S.SUSPENDED,
    }
)
"""States in which a second one for the same school, company and year is a duplicate."""
CARRIED = LIVE - {_S.PROPOSED}
"""States that count against the company's capacity."""
FOLLOWS = LIVE | {_S.ENDED, _S.RENEWED, _S.TERMINATED}
"""States of a renewal that keep another from being proposed; a declined one may be asked again."""
AGREED = CARRIED - {_S.ACCEPTED}
"""States with an agreement, signed or to be signed."""
DEFAULT_ANSWER_DAYS = 30
LONGEST_ANSWER_DAYS = 90


@dataclass(frozen=True)
class Partnership:
    """Times carry zones; dates are the region's."""

    id: UUID
    region: str
    version: int
    school_id: UUID
    company_id: UUID
    school_year: str
    state: PartnershipState
    proposed_by: Role
    proposed_at: datetime
    answer_by: datetime
    starts_on: date
    ends_on: date
    goals: str | None = None
    accepted_at: datetime | None = None
    signed_head: datetime | None = None
    signed_company: datetime | None = None
    signed_coordinator: datetime | None = None
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    reason: PartnershipReason | None = None
    renewal_of: UUID | None = None


@dataclass(frozen=True)
class Terms:
    """What an amendment may change; null leaves it as it is."""

    starts_on: date | None = None
    ends_on: date | None = None
    goals: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts. `sides` holds what this caller may speak for in this partnership."""

    roles: frozenset[Role]
    sides: frozenset[Side]

    @property
    def role(self) -> Role:
        """The one role that history and events show."""
        if Side.COORDINATOR in self.sides:
            return Role.COORDINATOR
        if Side.HOST in self.sides:
            return Role.COMPANY
        return Role.HEAD if Role.HEAD in self.roles else Role.TEACHER


@dataclass(frozen=True)
class Facts:
    """What a decision needs beside the partnership. `capacity` None: no limit was stated;
    `renewed`: one of the next school year follows it, proposed or further."""

    planned_activities: int = 0
    capacity: int | None = None
    carried: int = 0
    renewed: bool = False


@dataclass(frozen=True)
class Action:
    """`sources` are the states it starts from; `who` and `also` refuse, or not."""

    sources: frozenset[PartnershipState]
    who: Callable[[Partnership, Actor], Refusal | None]
    also: Callable[[Partnership, Actor, Facts, datetime], Refusal | None] | None = None
    needs_reason: bool = False


def _coordinator(_: Partnership, actor: Actor) -> Refusal | None:
    if Side.COORDINATOR in actor.sides:
        return None
    return Forbidden("coordinator-only", "Only the region's coordinator may do this.")


def _either_side(_: Partnership, actor: Actor) -> Refusal | None:
    if actor.sides:
        return None
    return Forbidden("not-a-partner", "Only the two partners and the coordinator may do this.")


def proposing_side(partnership: Partnership) -> Side:
    if partnership.proposed_by is Role.COMPANY:
        return Side.HOST
    if partnership.proposed_by in (Role.HEAD, Role.TEACHER):
        return Side.SCHOOL
    return Side.COORDINATOR


def _asked_side(partnership: Partnership, actor: Actor) -> Refusal | None:
    """The side that was asked answers; what the coordinator proposed, either side may."""
    asker = proposing_side(partnership)
    if Side.COORDINATOR in actor.sides or actor.sides - {asker}:
        return None
    return Forbidden("other-side-answers", "The side that was asked gives the answer.")


def _asking_side(partnership: Partnership, actor: Actor) -> Refusal | None:
    if Side.COORDINATOR in actor.sides or proposing_side(partnership) in actor.sides:
        return None
    return Forbidden("asking-side-withdraws", "Only the side that asked may take it back.")


def _in_time(partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    if now <= partnership.answer_by:
        return None
    return Conflict(
        "answer-deadline-passed",
        "The deadline for an answer has passed.",
        field="answer_by",
        value=partnership.answer_by.isoformat(),
    )


def _has_capacity(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> Refusal | None:
    if late := _in_time(partnership, actor, facts, now):
        return late
    if facts.capacity is None or facts.carried < facts.capacity:
        return None
    return Conflict(
        "company-at-capacity",
        f"The company carries {facts.carried} partnerships this year, and said that "
        f"{facts.capacity} are its limit.",
        field="partnership_capacity",
        value=facts.capacity,
    )


def signatory(partnership: Partnership, actor: Actor) -> str | None:
    """Which of the three signatures this actor can give and has not given: a field's name."""
    may = {
        "signed_head": Side.SCHOOL in actor.sides and Role.HEAD in actor.roles,
        "signed_company": Side.HOST in actor.sides and Role.COMPANY in actor.roles,
        "signed_coordinator": Side.COORDINATOR in actor.sides,
    }
    return next((n for n, own in may.items() if own and getattr(partnership, n) is None), None)


def _can_sign(partnership: Partnership, actor: Actor) -> Refusal | None:
    if signatory(partnership, actor) is not None:
        return None
    return Forbidden(
        "no-signature-to-give",
        "The head of the school, the company's representative and the coordinator sign, once each.",
    )


def _can_begin(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> Refusal | None:
    if now.date() < partnership.starts_on:
        return Conflict(
            "start-date-not-reached",
            "A partnership is active from its start date on.",
            field="starts_on",
            value=partnership.starts_on.isoformat(),
        )
    if facts.planned_activities < 1:
        return Conflict(
            "no-planned-activity",
            "A partnership becomes active with its first planned activity: plan one.",
            field="planned_activities",
            value=facts.planned_activities,
        )
    return None


def _once(partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    if not facts.renewed:
        return None
    return Conflict(
        "renewed-already",
        "One for the next school year was proposed already.",
        field="renewal_of",
        value=str(partnership.id),
    )


ACTIONS: dict[str, Action] = {
    "accept": Action(frozenset({_S.PROPOSED}), _asked_side, _has_capacity),
    "decline": Action(frozenset({_S.PROPOSED}), _asked_side, _in_time, needs_reason=True),
    "withdraw": Action(frozenset({_S.PROPOSED}), _asking_side, needs_reason=True),
    "draft-agreement": Action(frozenset({_S.ACCEPTED}), _coordinator),
    "sign": Action(frozenset({_S.AGREEMENT_DRAFT, _S.PARTIALLY_SIGNED}), _can_sign),
    "amend": Action(AGREED, _either_side),
    "renew": Action(AGREED | {_S.ENDED, _S.RENEWED}, _either_side, _once),
    "activate": Action(frozenset({_S.SIGNED}), _either_side, _can_begin),
    "suspend": Action(frozenset({_S.ACTIVE}), _coordinator, needs_reason=True),
    "resume": Action(frozenset({_S.SUSPENDED}), _coordinator),
    "end": Action(frozenset({_S.SIGNED, _S.ACTIVE, _S.SUSPENDED}), _coordinator, needs_reason=True),
    "terminate": Action(
        frozenset({_S.SIGNED, _S.ACTIVE, _S.SUSPENDED}), _either_side, needs_reason=True
    ),
}


def refusal(
    action: str, partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> Refusal | None:
    """Why an action is not allowed; None when it is. The list of allowed actions and the actions
    themselves ask this one function, so they cannot differ."""
    rule = ACTIONS[action]
    if outsider := _either_side(partnership, actor):
        return outsider
    if partnership.state not in rule.sources:
        return Conflict(
            "state-does-not-allow",
            f"A partnership that is {partnership.state} does not allow {action!r}: it must be "
            f"{' or '.join(sorted(rule.sources))}.",
            field="state",
            value=partnership.state,
        )
    if refused := rule.who(partnership, actor):
        return refused
    return rule.also(partnership, actor, facts, now) if rule.also else None


def allowed_actions(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> list[str]:
    return [name for name in ACTIONS if refusal(name, partnership, actor, facts, now) is None]


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
    _check(action, partnership, actor, facts, now)
    if ACTIONS[action].needs_reason and reason is None:
        raise Invalid("reason-missing", f"Say why: {action!r} needs a reason.", field="reason")
    following = replace(partnership, version=partnership.version + 1)
    match action:
        case "accept":
            return replace(following, state=_S.ACCEPTED, accepted_at=now)
        case "draft-agreement":
            return replace(following, state=_S.AGREEMENT_DRAFT)
        case "sign":
            return _signed(following, signatory(partnership, actor) or "", now)
        case "activate":
            first = partnership.activated_at or now
            return replace(following, state=_S.ACTIVE, activated_at=first)
        case "suspend":
            return replace(following, state=_S.SUSPENDED, reason=reason)
        case "resume":
            return replace(following, state=_S.ACTIVE, reason=None)
    closed = {
        "decline": _S.DECLINED,
        "withdraw": _S.WITHDRAWN,
        "end": _S.ENDED,
        "terminate": _S.TERMINATED,
    }[action]
    return replace(following, state=closed, reason=reason, closed_at=now)


def _check(
    action: str, partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> None:
    if refused := refusal(action, partnership, actor, facts, now):
        raise refused


def amend(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime, terms: Terms
) -> tuple[Partnership, tuple[str, ...]]:
    """The partnership with other terms, and which changed. Nobody has signed those: all three
    sign again (domain.md, Registry). Raises the `Refusal`, `Invalid` when nothing changes."""
    _check("amend", partnership, actor, facts, now)
    given = {name: value for name, value in asdict(terms).items() if value is not None}
    changed = tuple(n for n, value in given.items() if value != getattr(partnership, n))
    if not changed:
        raise Invalid(
            "amendment-changes-nothing",
            "Say what changes: goals, starts_on or ends_on, with a value other than before.",
            field="goals",
        )
    amended = replace(
        partnership,
        **given,
        version=partnership.version + 1,
        state=_S.AGREEMENT_DRAFT,
        signed_head=None,
        signed_company=None,
        signed_coordinator=None,
    )
    check_dates(amended.school_year, amended.starts_on, amended.ends_on)
    return amended, changed


def check_renewal(partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> str:
    """The school year that the next one is for. Raises the `Refusal`."""
    _check("renew", partnership, actor, facts, now)
    first, last = (int(year) for year in partnership.school_year.split("-"))
    return f"{first + 1}-{last + 1}"


def finish(partnership: Partnership, followed: bool, now: datetime) -> Partnership:
    """One whose last day has passed: renewed when the next year's is agreed on, else ended;
    completed if it was ever active."""
    reason = None
    if not followed:
        active = partnership.activated_at is not None
        reason = PartnershipReason.COMPLETED if active else PartnershipReason.OTHER
    return replace(
        partnership,
        version=partnership.version + 1,
        state=_S.RENEWED if followed else _S.ENDED,
        reason=reason,
        closed_at=now,
    )


def _signed(partnership: Partnership, who: str, now: datetime) -> Partnership:
    signed = replace(partnership, **{who: now})  # type: ignore[arg-type]  # a field's name
    all_three = signed.signed_head and signed.signed_company and signed.signed_coordinator
    return replace(signed, state=_S.SIGNED if all_three else _S.PARTIALLY_SIGNED)


def expire(partnership: Partnership, now: datetime) -> Partnership:
    """An unanswered proposal after its deadline."""
    return replace(partnership, version=partnership.version + 1, state=_S.EXPIRED, closed_at=now)


def answer_deadline(now: datetime, days: int) -> datetime:
    return now + timedelta(days=days)


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
