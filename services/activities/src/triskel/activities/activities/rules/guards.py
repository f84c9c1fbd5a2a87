"""Conditions of actions: each refuses with its reason, or does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.deadlines import confirm_by, correct_by
from triskel.contracts.codes import ActivityFormat, ActivityState, DeliveryOutcome, Role, Side
from triskel.contracts.refusals import Conflict, Forbidden, Refusal

Guard = Callable[[Activity, Actor, Facts, datetime], Refusal | None]


@dataclass(frozen=True)
class Action:
    """`sources` are the states it starts from, `formats` those that have it (all, if empty);
    `guards` are asked in order, and the first that refuses is the answer. `others` says who may do
    it beside the two sides and the coordinator: nobody, mostly."""

    sources: frozenset[ActivityState]
    guards: tuple[Guard, ...]
    formats: frozenset[ActivityFormat] = frozenset()
    others: Callable[[Activity, Actor], bool] = lambda _, __: False


def asking_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if {a.proposed_by, Side.COORDINATOR} & actor.sides:
        return None
    return Forbidden("asking-side-only", "Only the side that asks may do this.")


def asked_side(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if Side.COORDINATOR in actor.sides or actor.sides - {a.proposed_by}:
        return None
    return Forbidden("other-side-answers", "The side that was asked gives the answer.")


def head(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if Side.COORDINATOR in actor.sides:
        return None
    if a.school_id is None and Side.HOST in actor.sides:
        return None
    if Side.SCHOOL in actor.sides and Role.HEAD in actor.roles:
        return None
    return Forbidden("head-confirms", "The head of the school confirms an activity.")


def only(*sides: Side) -> Guard:
    """The coordinator and these sides; who is let in beside the sides is not refused here."""

    def guard(_: Activity, actor: Actor, __: Facts, ___: datetime) -> Refusal | None:
        if not actor.sides or {Side.COORDINATOR, *sides} & actor.sides:
            return None
        who = " and ".join(["the coordinator", *(f"the {side}" for side in sides)])
        return Forbidden("side-not-allowed", f"Only {who} may do this.")

    return guard


def taking_part(a: Activity, _: Actor, facts: Facts, __: datetime) -> Refusal | None:
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


def in_time(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    if a.answer_by is None or now <= a.answer_by:
        return None
    return Conflict(
        "answer-deadline-passed",
        "The deadline for an answer has passed.",
        field="answer_by",
        value=a.answer_by.isoformat(),
    )


def before_confirmation_limit(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now <= confirm_by(a):
        return None
    return Conflict(
        "confirmation-limit-passed",
        f"This format is confirmed {a.form.confirmation_days} days before its start at the latest: "
        "postpone it.",
        field="slot.starts_at",
        value=a.slot.starts_at.isoformat(),
    )


def begun(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now >= a.slot.starts_at:
        return None
    return Conflict(
        "not-begun",
        "It starts when its time has come.",
        field="slot.starts_at",
        value=a.slot.starts_at.isoformat(),
    )


def over(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now >= a.slot.ends_at:
        return None
    return Conflict(
        "not-over",
        "Attendance is counted once it is over.",
        field="slot.ends_at",
        value=a.slot.ends_at.isoformat(),
    )


def within_correction_window(a: Activity, _: Actor, __: Facts, now: datetime) -> Refusal | None:
    assert a.slot is not None
    if now <= correct_by(a):
        return None
    return Conflict(
        "correction-window-passed",
        "Figures may be put right within 48 hours after the end.",
        field="slot.ends_at",
        value=a.slot.ends_at.isoformat(),
    )


def took_place(a: Activity, _: Actor, __: Facts, ___: datetime) -> Refusal | None:
    if a.outcome is not DeliveryOutcome.NO_SHOW:
        return None
    return Conflict("nobody-came", "There is nothing to evaluate: nobody came.", field="outcome")


def evaluating_side(a: Activity, actor: Actor) -> Side | None:
    """For which side this actor can evaluate and has not."""
    done = {evaluation.side for evaluation in a.evaluations}
    open_sides = sorted((actor.sides & a.evaluating_sides) - done)
    return open_sides[0] if open_sides else None


def can_evaluate(a: Activity, actor: Actor, _: Facts, __: datetime) -> Refusal | None:
    if evaluating_side(a, actor) is not None:
        return None
    if actor.sides & a.evaluating_sides:
        return Conflict("evaluated-already", "Your side has evaluated it.", field="evaluations")
    return Forbidden("participants-evaluate", "The two sides evaluate, each once.")
