"""Who may do what, in which state: each action of the tables tried on a thing in each of its
states, by somebody in each role, of an organisation concerned or of another, here or abroad.

Things and facts are made from their types alone: a resource, a field or a state that is new is in
it by itself. Decisions are asked of the actions' own rules of who and of states; what else binds a
thing (dates, capacity, signatures) is not looked at.
"""

import dataclasses
import enum
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from triskel.chassis.actions import Action, Attempt
from triskel.chassis.auth import Belonging, Caller
from triskel.chassis.commands import Aggregate
from triskel.cli.authorisation import NO, YES
from triskel.contracts.codes import OrganisationKind, Role, Side
from triskel.contracts.people_codes import MemberRole

SCHOOL, HOST, ELSEWHERE, THING = (UUID(int=number) for number in (1, 2, 3, 4))
REGION, ABROAD = "FRH0", "NL"
NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Somebody who tries: in a role of their region, or as a member of an organisation."""

    name: str
    region: str = REGION
    roles: frozenset[Role] = frozenset()
    organisation: UUID | None = None
    contact: UUID | None = None

    @property
    def caller(self) -> Caller:
        return Caller(
            "https://issuer.test",
            self.name,
            self.roles,
            self.region,
            self.organisation,
            self.contact,
        )


def _member(role: MemberRole, organisation: UUID, of: str, region: str = REGION) -> Person:
    calls_as = Belonging(organisation, region, frozenset({role}), None).calls_as
    return Person(f"{role}{of}", region, calls_as, organisation)


OWN = (
    _member(MemberRole.HEAD, SCHOOL, ""),
    _member(MemberRole.TEACHER, SCHOOL, ""),
    _member(MemberRole.SIGNATORY, HOST, ""),
    _member(MemberRole.EXPERT, HOST, ""),
    Person("coordinator", roles=frozenset({Role.COORDINATOR})),
    Person("authority", roles=frozenset({Role.AUTHORITY})),
    Person("oneself", organisation=SCHOOL, contact=THING),
)
"""Who has to do with the thing: members of the school or the host concerned, the region's own, and
the person whom it is about."""

OTHERS = (
    *(
        _member(role, ELSEWHERE, of, region)
        for role in (MemberRole.HEAD, MemberRole.TEACHER, MemberRole.SIGNATORY, MemberRole.EXPERT)
        for of, region in ((" of another", REGION), (" of another region", ABROAD))
    ),
    *(
        Person(f"{role} of another region", ABROAD, frozenset({role}))
        for role in (Role.COORDINATOR, Role.AUTHORITY)
    ),
    Person("ops", roles=frozenset({Role.OPS})),
    *(
        Person(f"{role} without a membership", roles=frozenset({role}))
        for role in (Role.HEAD, Role.TEACHER, Role.COMPANY)
    ),
)
"""Who has nothing to do with it."""

_OPENING = """\
## In each state

Which action is open to whom, from which states: to members of the school or the host concerned by their role, to
the region's coordinator and authorities, to the person whom it is about, and to anybody else, who is everybody in any
role of another organisation or of another region, operators, and who has no membership. *from* are the states in
which it is open to anybody at all, and a cell is `yes` for all of those. What else binds it (dates, capacity, who
has answered already) is under [actions](actions/README.md); who asked is taken each way.\
"""  # noqa: E501


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


_VARIED = ("state", "status", "format", "kind", "proposed_by", "confirmed")
_GIVEN: dict[str, Any] = {
    "region": REGION,
    "id": THING,
    "school_id": SCHOOL,
    "host_id": HOST,
    "company_id": HOST,
    **dict.fromkeys(("person", "claimant", "reporter"), OWN[-1].caller.pseudonym),
}


def subjects_of(aggregate: Aggregate[Any, Any]) -> Iterator[Any]:
    """A thing in each of its states, formats and kinds, asked for by each side; what belongs to one
    organisation belongs to the school once and to the host once."""
    kind: Any = aggregate.shape.domain
    hints = _hints(kind)
    varied = {name: _values(hints[name]) for name in _VARIED if name in hints}
    given = {name: value for name, value in _GIVEN.items() if name in hints}
    for owned in _owned(hints):
        for values in product(*varied.values()):
            chosen = dict(zip(varied, values, strict=True))
            is_school = owned.get("id") == SCHOOL
            if "kind" in chosen and (chosen["kind"] is OrganisationKind.SCHOOL) != is_school:
                continue
            yield _make(kind, given | owned | chosen)


def _owned(hints: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Whose it is, where it is one organisation's or is one."""
    for organisation_id, side in ((SCHOOL, Side.SCHOOL), (HOST, Side.HOST)):
        if "organisation_id" in hints:
            sided = {"side": side} if "side" in hints else {}
            yield {"organisation_id": organisation_id, **sided}
        elif "kind" in hints:
            yield {"id": organisation_id}
    if not {"organisation_id", "kind"} & hints.keys():
        yield {}


def _values(hint: Any) -> Sequence[Any]:
    """All that a field of an enum or a boolean may hold."""
    return (False, True) if hint is bool else list(hint)


def facts_of(aggregate: Aggregate[Any, Any], subject: Any, person: Person) -> Any:
    """What a decision needs beside the subject, where nothing stands against it."""
    kinds = get_args(_hints(aggregate.facts_of).get("return"))
    owner = getattr(subject, "organisation_id", None)
    side = {SCHOOL: Side.SCHOOL, HOST: Side.HOST}.get(person.organisation or ELSEWHERE)
    return _facts(kinds[1] if len(kinds) > 1 else Any, owner, side if person.roles else None)


@cache
def _facts(kind: Any, owner: UUID | None, side: Side | None) -> Any:
    """`owner` is whose the subject is, `side` that of the person."""
    if kind is Any:
        return None
    given = {
        "kind": OrganisationKind.COMPANY if owner == HOST else OrganisationKind.SCHOOL,
        "side": side,
        "led_by_others": True,
    }
    return _make(kind, {name: value for name, value in given.items() if name in _hints(kind)})


def _make(kind: Any, given: Mapping[str, Any]) -> Any:
    """A value of a dataclass, with the plainest values of the types of what is not given."""
    hints = _hints(kind)
    missing = {
        field.name: _plain(hints[field.name])
        for field in dataclasses.fields(kind)
        if field.name not in given
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    return kind(**missing, **given)


_PLAIN: dict[Any, Any] = {
    str: "x", int: 1, float: 1.0, bool: False, UUID: ELSEWHERE, datetime: NOW, date: NOW.date(),
}  # fmt: skip


def _plain(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType) and type(None) in get_args(hint):
        return None
    if origin is not None:
        return origin() if isinstance(origin, type) else _plain(get_args(hint)[0])
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        return _make(hint, {})
    return hint()


Cells = dict[tuple[str, str], frozenset[str]]
"""For each action and each person the states from which it is open to them, in some format or kind,
whoever asked."""


def cells_of(aggregate: Aggregate[Any, Any], persons: Sequence[Person]) -> Cells:
    """By the rules of who may and of states alone."""
    actions = [
        dataclasses.replace(action, guards=())
        for action in aggregate.actions
        if not action.by_clock
    ]
    open_: dict[tuple[str, str], set[str]] = {
        (action.name, person.name): set() for action in actions for person in persons
    }
    for subject in subjects_of(aggregate):
        state = str(subject.state)
        # neither is open to anybody in a state or a format that an action does not start from
        fitting = [
            action
            for action in actions
            if (not action.sources or subject.state in action.sources)
            and (not action.formats or subject.format in action.formats)
        ]
        for person in persons:
            actor = aggregate.actor_of(person.caller, subject)
            attempt = Attempt(subject, actor, facts_of(aggregate, subject, person), NOW)
            for action in fitting:
                found = open_[action.name, person.name]
                if state not in found and action.refusal(attempt) is None:
                    found.add(state)
    return {each: frozenset(states) for each, states in open_.items()}


def cells_page(aggregates: Mapping[str, Sequence[Aggregate[Any, Any]]]) -> list[str]:
    """The lines of the page's second half. `aggregates` are each service's."""
    lines = ["", *_OPENING.splitlines()]
    for service, found in aggregates.items():
        for aggregate in found:
            lines += ["", f"### {aggregate.name.capitalize()} ({service})", ""]
            columns = ["action", "from", *(person.name for person in OWN), "anybody else"]
            lines += [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
            cells = cells_of(aggregate, (*OWN, *OTHERS))
            lines += [_row(action, cells) for action in aggregate.actions if not action.by_clock]
    return lines


def _row(action: Action[Any, Any, ...], cells: Cells) -> str:
    everywhere = frozenset().union(*(cells[action.name, each.name] for each in (*OWN, *OTHERS)))

    def shown(states: frozenset[str]) -> str:
        if not states:
            return NO
        return YES if states == everywhere else _listed(states)

    others = [each for each in OTHERS if cells[action.name, each.name]]
    told = [f"{each.name}: {shown(cells[action.name, each.name])}" for each in others]
    own = [shown(cells[action.name, each.name]) for each in OWN]
    return (
        f"| `{action.name}` | {_listed(everywhere)} | {' | '.join(own)} | {', '.join(told) or NO} |"
    )


def _listed(states: frozenset[str]) -> str:
    return ", ".join(f"`{state}`" for state in sorted(states)) or NO
