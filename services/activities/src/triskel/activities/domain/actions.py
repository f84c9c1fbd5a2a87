"""The transition table: from which states, by whom, under which conditions.

One function, `refusal`, is asked by the actions themselves and by the list of allowed actions, so
they cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triskel.activities.domain.activity import Activity, Actor, Facts
from triskel.contracts.codes import ActivityState, DeliveryOutcome, Role, Side
from triskel.contracts.refusals import Conflict, Forbidden, Refusal

CORRECTION_WINDOW = timedelta(hours=48)
_S = ActivityState

Guard = Callable[[Activity, Actor, Facts, datetime], Refusal | None]


@dataclass(frozen=True)
class Action:
    """`guards` are asked in order; the first that refuses is the answer."""

    sources: frozenset[ActivityState]
    guards: tuple[Guard, ...]


def _asking_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if {a.proposed_by, Side.COORDINATOR} & actor.sides:
        return None
    return Forbidden("asking-side-only", "Only the side that asks may do this.")


def _asked_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if Side.COORDINATOR in actor.sides or actor.sides - {a.proposed_by}:
        return None
    return Forbidden("other-side-answers", "The side that was asked gives the answer.")


def _head(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if Side.COORDINATOR in actor.sides:
        return None
    if a.school_id is None and Side.HOST in actor.sides:
        return None
    if Side.SCHOOL in actor.sides and Role.HEAD in actor.roles:
        return None
    return Forbidden("head-confirms", "The head of the school confirms an activity.")


def _taking_part(a: Activity, _: Actor, facts: Facts, __: datetime) -> Refusal | None:
    why = {
        "school_id": facts.school,
        "host_id": facts.host,
        "partnership_id": facts.partnership,
    }
    for field, reason in why.items():
        if reason is not None:
            value = getattr(a, field)
            shown = None if value is None else str(value)
            return Conflict(
                f"{field.removesuffix('_id')}-not-ready", reason, field=field, value=shown
            )
    return None


def _in_time(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    if a.answer_by is None or now <= a.answer_by:
        return None
    return Conflict(
        "answer-deadline-passed",
        "The deadline for an answer has passed.",
        field="answer_by",
        value=a.answer_by.isoformat(),
    )


def _before_confirmation_limit(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    limit = a.slot.starts_at - timedelta(days=a.form.confirmation_days)
    if now <= limit:
        return None
    return Conflict(
        "confirmation-limit-passed",
        f"This format is confirmed {a.form.confirmation_days} days before its start at the latest: "
        "postpone it.",
        field="slot.starts_at",
        value=a.slot.starts_at.isoformat(),
    )


def _begun(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now >= a.slot.starts_at:
        return None
    return Conflict(
        "not-begun",
        "It starts when its time has come.",
        field="slot.starts_at",
        value=a.slot.starts_at.isoformat(),
    )


def _over(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now >= a.slot.ends_at:
        return None
    return Conflict(
        "not-over",
        "Attendance is counted once it is over.",
        field="slot.ends_at",
        value=a.slot.ends_at.isoformat(),
    )


def _within_correction_window(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now <= a.slot.ends_at + CORRECTION_WINDOW:
        return None
    return Conflict(
        "correction-window-passed",
        "Figures may be put right within 48 hours after the end.",
        field="slot.ends_at",
        value=a.slot.ends_at.isoformat(),
    )


def _took_place(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.outcome is not DeliveryOutcome.NO_SHOW:
        return None
    return Conflict("nobody-came", "There is nothing to evaluate: nobody came.", field="outcome")


def evaluating_side(a: Activity, actor: Actor) -> Side | None:
    """For which side this actor can evaluate and has not."""
    done = {evaluation.side for evaluation in a.evaluations}
    open_sides = sorted((actor.sides & a.evaluating_sides) - done)
    return open_sides[0] if open_sides else None


def _can_evaluate(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if evaluating_side(a, actor) is not None:
        return None
    if actor.sides & a.evaluating_sides:
        return Conflict("evaluated-already", "Your side has evaluated it.", field="evaluations")
    return Forbidden("participants-evaluate", "The two sides evaluate, each once.")


BEFORE_DELIVERED = frozenset(
    {_S.DRAFT, _S.PROPOSED, _S.ACCEPTED, _S.SCHEDULED, _S.CONFIRMED, _S.IN_PROGRESS}
)
ACTIONS: dict[str, Action] = {
    "edit": Action(frozenset({_S.DRAFT, _S.PROPOSED}), (_asking_side,)),
    "propose": Action(frozenset({_S.DRAFT}), (_asking_side, _taking_part)),
    "accept": Action(frozenset({_S.PROPOSED}), (_asked_side, _in_time, _taking_part)),
    "decline": Action(frozenset({_S.PROPOSED}), (_asked_side, _in_time)),
    "withdraw": Action(frozenset({_S.PROPOSED}), (_asking_side,)),
    "schedule": Action(frozenset({_S.ACCEPTED}), ()),
    "confirm": Action(frozenset({_S.SCHEDULED}), (_head, _before_confirmation_limit)),
    "start": Action(frozenset({_S.CONFIRMED}), (_begun,)),
    "deliver": Action(frozenset({_S.IN_PROGRESS}), (_over,)),
    "correct": Action(frozenset({_S.DELIVERED, _S.EVALUATED}), (_within_correction_window,)),
    "evaluate": Action(frozenset({_S.DELIVERED}), (_took_place, _can_evaluate)),
    "close": Action(frozenset({_S.EVALUATED}), ()),
    "cancel": Action(BEFORE_DELIVERED, ()),
    "postpone": Action(frozenset({_S.SCHEDULED, _S.CONFIRMED}), ()),
    "budget": Action(
        BEFORE_DELIVERED | {_S.DELIVERED, _S.EVALUATED},
        (),
    ),
}


def refusal(action: str, a: Activity, actor: Actor, facts: Facts, now: datetime) -> Refusal | None:
    """Why an action is not allowed; None when it is."""
    if not actor.sides:
        return Forbidden("not-a-participant", "Only the two sides and the coordinator may do this.")
    rule = ACTIONS[action]
    if a.state not in rule.sources:
        return Conflict(
            "state-does-not-allow",
            f"An activity that is {a.state} does not allow {action!r}: it must be "
            f"{' or '.join(sorted(rule.sources))}.",
            field="state",
            value=a.state,
        )
    for guard in rule.guards:
        if refused := guard(a, actor, facts, now):
            return refused
    return None


def allowed_actions(a: Activity, actor: Actor, facts: Facts, now: datetime) -> list[str]:
    return [name for name in ACTIONS if refusal(name, a, actor, facts, now) is None]
