"""Actions on aggregates, as data: one row for each, and everything else is derived from the rows.

An aggregate's module `actions` is a table of rows:

    DECLINE = Action(
        name="decline",
        summary="Say no, and why",
        sources={State.PROPOSED},
        targets={State.DECLINED},
        who=(asked_side,),
        guards=(in_time,),
        apply=decline,
        events=(PartnershipDeclined,),
    )
    ACTIONS = ActionTable(DECLINE, …)

From the table come the list of allowed actions, the command (`triskel.chassis.commands`), the
route with its OpenAPI (`triskel.chassis.http.actions`) and the reference page of actions.

`apply` is the transition, a plain function of the resource's `rules`. It takes the attempt and what
was given, and returns the next state with the event that tells of it; it raises a `Refusal` for
what is wrong with what was given:

    def decline(attempt: Attempt, reason: Reason) -> Change[Partnership]:
        return Change(
            becomes(attempt.subject, State.DECLINED, reason=reason), PartnershipDeclined
        )

Plain Python: no database, no web, no broker, no clock of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from uuid import UUID

from triskel.contracts import Event
from triskel.contracts.codes import Role, Side
from triskel.contracts.refusals import FormatDoesNotAllow, Refusal, StateDoesNotAllow


class Subject(Protocol):
    """What every aggregate has. `version` rises by one with each change. Where its state has
    another name for those who read it, `state_field` is that."""

    @property
    def id(self) -> UUID: ...
    @property
    def region(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> str: ...


S = TypeVar("S", bound=Subject)
F = TypeVar("F")
P = ParamSpec("P")


@dataclass(frozen=True)
class Actor:
    """Who acts: the roles, and the sides of this aggregate that the caller may speak for.

    `school` is the school of the aggregate's region that a head or teacher speaks for, a side or
    not. `organisation` is the one that the caller speaks for, `coordinates` the region
    whose coordinator the caller is, whether they have to do with this aggregate or not. `contact`
    is who the caller is among the registry's people, where that is known, `pseudonym` which
    identity.
    """

    roles: frozenset[Role]
    sides: frozenset[Side] = frozenset()
    school: UUID | None = None
    organisation: UUID | None = None
    coordinates: str | None = None
    contact: UUID | None = None
    pseudonym: str | None = None

    @property
    def side(self) -> Side | None:
        """The one side that history shows; a coordinator acts as such, whatever else it may be."""
        order = (Side.COORDINATOR, Side.HOST, Side.SCHOOL)
        return next((side for side in order if side in self.sides), None)

    @property
    def role(self) -> Role:
        """The one role that history and events show."""
        match self.side:
            case Side.COORDINATOR:
                return Role.COORDINATOR
            case Side.HOST:
                return Role.COMPANY
            case Side.SCHOOL:
                return Role.HEAD if Role.HEAD in self.roles else Role.TEACHER
        order = (Role.SYSTEM, Role.COORDINATOR, Role.COMPANY, Role.HEAD)
        return next((role for role in order if role in self.roles), Role.TEACHER)


CLOCK = Actor(frozenset({Role.SYSTEM}))
"""Who acts when time brings something about."""


@dataclass(frozen=True)
class Attempt(Generic[S, F]):
    """Somebody would do something: to `subject`, at `now`. `facts` are what a decision needs beside
    the subject."""

    subject: S
    actor: Actor
    facts: F
    now: datetime


@dataclass(frozen=True)
class Change(Generic[S]):
    """One step: the state one version on, and the event that tells of it.

    `details` are the event's fields beside the state and the role; without an event the events of
    other aggregates tell of it. `note` is what one side wrote to the other: history keeps it, no
    event does. `fields` are the names of what changed, for a history that keeps those. `action` and
    `by` are given where a step is another one's consequence: a place that is offered because
    another was left.
    """

    subject: S
    event: type[Event] | None
    details: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None
    fields: tuple[str, ...] = ()
    action: str | None = None
    by: Role | None = None


Guard = Callable[[Attempt[S, F]], Refusal | None]
"""Refuses with its reason, or does not. The classes in its return type are those on the reference
page: write `-> AnswerDeadlinePassed | None`."""


@dataclass(frozen=True, kw_only=True)
class Action(Generic[S, F, P]):
    """One action, and everything that is known of it.

    `sources` are the states that it starts from; empty: all. `targets` are those that it may lead
    to beside the one it starts from, by source where that differs; empty: it stays there.
    `formats` are those that have it; empty: all. `who` refuses by who acts (403), `guards` by the
    state of things (409, 422): each in order, and the first that refuses is the answer. `about`
    refuses by what was given, before the version is looked at: a part that is not there (404) or
    not this caller's (403). `apply` is the transition, `events` are those that it may return. With
    `seen` false the caller need not have seen the newest version: it is right whatever else changed
    meanwhile, such as taking a place. `version_of` says of what was given which version they must
    have seen, where it is that of a part and not the aggregate's. `by_clock`: time does it, and
    nobody else. `settings` are those of a region that its limits come from.
    """

    name: str
    summary: str
    apply: Callable[Concatenate[Attempt[S, F], P], Change[S] | Sequence[Change[S]]]
    events: tuple[type[Event], ...]
    who: tuple[Guard[S, F], ...] = ()
    sources: AbstractSet[Any] = frozenset()
    targets: AbstractSet[Any] | Mapping[Any, AbstractSet[Any]] = frozenset()
    guards: tuple[Guard[S, F], ...] = ()
    formats: AbstractSet[Any] = frozenset()
    about: Callable[Concatenate[Attempt[S, F], P], Refusal | None] | None = None
    version_of: Callable[Concatenate[Attempt[S, F], P], int] | None = None
    seen: bool = True
    by_clock: bool = False
    settings: tuple[str, ...] = ()

    def leads_to(self, source: str) -> AbstractSet[Any]:
        """The states that it may lead to from that one, beside it."""
        if isinstance(self.targets, Mapping):
            return self.targets.get(source, frozenset())
        return self.targets

    def check_who(self, attempt: Attempt[S, F]) -> None:
        """Raises the refusal of the first of `who` that refuses."""
        if refused := _first(self.who, attempt):
            raise refused

    def check_rule(self, attempt: Attempt[S, F]) -> None:
        """Raises the refusal of the format, the state or the first guard that refuses."""
        if refused := self.rule_refusal(attempt):
            raise refused

    def refusal(self, attempt: Attempt[S, F]) -> Refusal | None:
        """Why it is not allowed, whatever is given; None when it is."""
        return _first(self.who, attempt) or self.rule_refusal(attempt)

    def rule_refusal(self, attempt: Attempt[S, F]) -> Refusal | None:
        """Why it is not allowed, whoever acts; None when it is."""
        return self._of_its_state(attempt.subject) or _first(self.guards, attempt)

    def decide(self, attempt: Attempt[S, F], *args: P.args, **kwargs: P.kwargs) -> list[Change[S]]:
        """All of it at once, where nobody else can have changed the subject: what it brings about.
        Raises its refusal."""
        self.check_who(attempt)
        if self.about and (refused := self.about(attempt, *args, **kwargs)):
            raise refused
        self.check_rule(attempt)
        return self.changes(attempt, *args, **kwargs)

    def _of_its_state(self, subject: S) -> Refusal | None:
        if self.formats and (known := getattr(subject, "format", None)) not in self.formats:
            formats = ", ".join(sorted(self.formats))
            return FormatDoesNotAllow(action=self.name, formats=formats, format=known, value=known)
        if self.sources and subject.state not in self.sources:
            return StateDoesNotAllow(
                action=self.name,
                state=subject.state,
                sources=" / ".join(sorted(self.sources)),
                field=getattr(subject, "state_field", StateDoesNotAllow.field),
                value=subject.state,
            )
        return None

    def changes(self, attempt: Attempt[S, F], *args: P.args, **kwargs: P.kwargs) -> list[Change[S]]:
        """What it brings about, once it is allowed: changes, each one version on from the one
        before; none, where the aggregate stays as it is. Raises what `apply` refuses; `ValueError`
        for a transition that is wrong."""
        applied = self.apply(attempt, *args, **kwargs)
        found = [applied] if isinstance(applied, Change) else list(applied)
        states = {attempt.subject.state, *self.leads_to(attempt.subject.state)}
        for number, change in enumerate(found, attempt.subject.version + 1):
            if change.subject.version != number:
                raise ValueError(f"{self.name}: version {change.subject.version} is not {number}")
            if change.subject.state not in states:
                raise ValueError(f"{self.name} does not lead to {change.subject.state}")
            if change.event is not None and change.event not in self.events:
                raise ValueError(f"{self.name} does not say {change.event.__name__}")
        return found


def _first(guards: Sequence[Guard[S, F]], attempt: Attempt[S, F]) -> Refusal | None:
    return next((refused for guard in guards if (refused := guard(attempt))), None)


class ActionTable(Generic[S, F]):
    """The actions of one aggregate, in the order in which they are shown."""

    def __init__(self, *actions: Action[S, F, ...]) -> None:
        self._actions: dict[str, Action[S, F, ...]] = {}
        self.add(*actions)

    def add(self, *actions: Action[S, F, ...]) -> None:
        """More actions, behind the others: of a resource that stands above the aggregate's. Raises
        `ValueError` for a name that is taken by another."""
        for action in actions:
            if self._actions.setdefault(action.name, action) is not action:
                raise ValueError(f"two actions have one name: {action.name}")

    def __iter__(self) -> Iterator[Action[S, F, ...]]:
        return iter(self._actions.values())

    def __getitem__(self, name: str) -> Action[S, F, ...]:
        return self._actions[name]

    def by_people(self) -> tuple[str, ...]:
        """The names of what people do; the others time brings about."""
        return tuple(action.name for action in self if not action.by_clock)

    def allowed(self, attempt: Attempt[S, F]) -> tuple[str, ...]:
        """The names of what this actor may do now."""
        return tuple(
            action.name
            for action in self
            if not action.by_clock and action.refusal(attempt) is None
        )
