"""The table of actions and the skeleton of every command, on a table of their own."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid4

import pytest

from triskel.chassis.actions import (
    Action,
    ActionTable,
    Actor,
    Attempt,
    Change,
)
from triskel.chassis.http.actions import described, refusals_of
from triskel.contracts import registry as contract
from triskel.contracts.codes import Role, Side
from triskel.contracts.refusals import Conflict, Forbidden, NotFound, Refusal

NOW = datetime(2025, 9, 25, 8, tzinfo=UTC)


class State(StrEnum):
    OPEN = "open"
    SHUT = "shut"


@dataclass(frozen=True)
class Gate:
    id: UUID
    region: str
    version: int
    state: State
    keys: tuple[str, ...] = ("a",)


class KeeperOnly(Forbidden):
    """The keeper shuts."""

    en = "The keeper shuts it."
    fr = "Le gardien la ferme."


class NobodyInside(Conflict):
    """Shut when empty."""

    en = "Somebody is inside."
    fr = "Quelqu'un est à l'intérieur."


class KeyUnknown(NotFound):
    """A key of this gate."""

    field = "key"
    en = "There is no such key."
    fr = "Cette clé n'existe pas."


@dataclass(frozen=True)
class Facts:
    inside: int = 0


GateAttempt = Attempt[Gate, Facts]


def keeper(attempt: GateAttempt) -> KeeperOnly | None:
    return None if Side.COORDINATOR in attempt.actor.sides else KeeperOnly()


def empty(attempt: GateAttempt) -> NobodyInside | None:
    return NobodyInside() if attempt.facts.inside else None


def known_key(attempt: GateAttempt, key: str) -> KeyUnknown | None:
    return None if key in attempt.subject.keys else KeyUnknown(value=key)


def shut(attempt: GateAttempt, key: str) -> Change[Gate]:
    shut = replace(attempt.subject, version=attempt.subject.version + 1, state=State.SHUT)
    return Change(shut, contract.PartnershipSuspended)


SHUT = Action(
    name="shut",
    summary="Shut it",
    sources={State.OPEN},
    targets={State.SHUT},
    who=(keeper,),
    guards=(empty,),
    about=known_key,
    apply=shut,
    events=(contract.PartnershipSuspended,),
)
ACTIONS = ActionTable(SHUT)
KEEPER = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
STRANGER = Actor(frozenset({Role.TEACHER}))


def attempt(state: State = State.OPEN, actor: Actor = KEEPER, inside: int = 0) -> GateAttempt:
    return Attempt(Gate(uuid4(), "FRH0", 4, state), actor, Facts(inside), NOW)


def rule_of(trying: GateAttempt, key: str = "a") -> str:
    with pytest.raises(Refusal) as refused:
        SHUT.decide(trying, key)
    return refused.value.rule


def test_an_action_returns_the_next_state_and_the_event_that_tells_of_it() -> None:
    (change,) = SHUT.decide(attempt(), "a")
    assert (change.subject.state, change.subject.version) == (State.SHUT, 5)
    assert change.event is contract.PartnershipSuspended


def test_refusals_come_in_one_order_who_then_what_was_named_then_the_state_then_the_rule() -> None:
    assert rule_of(attempt(State.SHUT, STRANGER, inside=1), key="b") == "keeper-only"
    assert rule_of(attempt(State.SHUT, inside=1), key="b") == "key-unknown"
    assert rule_of(attempt(State.SHUT, inside=1)) == "state-does-not-allow"
    assert rule_of(attempt(inside=1)) == "nobody-inside"


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("actor", [KEEPER, STRANGER])
@pytest.mark.parametrize("inside", [0, 1])
def test_what_is_listed_as_allowed_is_what_succeeds(
    state: State, actor: Actor, inside: int
) -> None:
    trying = attempt(state, actor, inside)
    try:
        SHUT.decide(trying, "a")
    except Refusal:
        assert ACTIONS.allowed(trying) == ()
    else:
        assert ACTIONS.allowed(trying) == ("shut",)


def test_what_time_does_is_nobodys_to_do() -> None:
    by_clock = ActionTable(replace(SHUT, by_clock=True))
    assert by_clock.allowed(attempt()) == ()
    assert by_clock.by_people() == ()


def _forgets_the_version(attempt: GateAttempt, key: str) -> Change[Gate]:
    return Change(attempt.subject, contract.PartnershipSuspended)


def _says_something_else(attempt: GateAttempt, key: str) -> Change[Gate]:
    return Change(shut(attempt, key).subject, contract.PartnershipEnded)


def _leads_elsewhere(attempt: GateAttempt, key: str) -> Change[Gate]:
    return replace(shut(attempt, key), subject=replace(attempt.subject, version=5, state="gone"))


@pytest.mark.parametrize("wrong", [_forgets_the_version, _says_something_else, _leads_elsewhere])
def test_a_transition_that_breaks_its_promise_is_found_and_nothing_is_done(wrong: object) -> None:
    broken = replace(SHUT, apply=wrong)
    with pytest.raises(ValueError, match="shut"):
        broken.decide(attempt(), "a")


def test_the_rules_of_an_action_are_those_that_its_guards_name_in_their_types() -> None:
    assert refusals_of(SHUT) == [KeeperOnly, NobodyInside]
    told = described(SHUT)["description"]
    assert "`keeper-only`" in told
    assert "`partnership-suspended`" in told


def test_two_actions_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one name"):
        ActionTable(SHUT, replace(SHUT))
