"""Which actions there are: from which states, by whom, under which conditions.

One function, `refusal`, is asked by the actions themselves and by the list of allowed actions, so
they cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from triskel.contracts.codes import PartnershipState, Role, Side
from triskel.contracts.days import day_in, zone_of
from triskel.contracts.refusals import Conflict, Forbidden, Refusal
from triskel.registry.partnerships.rules.state import (
    AGREED,
    Actor,
    Facts,
    Partnership,
    proposing_side,
)

_S = PartnershipState


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
    if facts.unfit:
        return facts.unfit
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


def not_begun(partnership: Partnership, facts: Facts, now: datetime) -> Refusal | None:
    """Why a signed partnership is not active yet; None when it is to become so."""
    if day_in(now, zone_of(partnership.region)) < partnership.starts_on:
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


def _can_begin(
    partnership: Partnership, actor: Actor, facts: Facts, now: datetime
) -> Refusal | None:
    return not_begun(partnership, facts, now)


def _once(partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    if not facts.renewed:
        return facts.unfit
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


def check(action: str, partnership: Partnership, actor: Actor, facts: Facts, now: datetime) -> None:
    if refused := refusal(action, partnership, actor, facts, now):
        raise refused
