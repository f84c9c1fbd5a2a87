"""The reference pages of what people act on, one for each kind of thing: its states, its actions,
who may and why not."""

import ast
import inspect
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Any, get_type_hints

from triskel.chassis.actions import Action
from triskel.chassis.commands import Aggregate
from triskel.chassis.http.actions import refusals_of
from triskel.chassis.modules import modules_of
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.refusals import Refusal

AnyAction = Action[Any, Any, ...]
AnyAggregate = Aggregate[Any, Any]

INTRODUCTION = """\
What may be done with each thing: in which states, by whom, and why not. An answer's
`allowed_actions` is the table of its page, asked for one caller at one moment. Who may not do it at
all gets 403, who saw another version 412, and what the state or a rule forbids is 409 or 422, in
this order. [Problems](../problems.md) says each rule in words.
"""


def aggregates_of(service: str) -> list[AnyAggregate]:
    """What people act on in a service, by name."""
    found: dict[str, AnyAggregate] = {
        value.name: value
        for module in modules_of(service)
        for value in vars(module).values()
        if isinstance(value, Aggregate)
    }
    return [found[name] for name in sorted(found)]


def aggregate_pages(generated: str) -> dict[str, str]:
    """By file name; `generated` is the line that tells readers not to edit. Raises `ValueError` for
    a state of which nobody has written what it means."""
    pages: dict[str, str] = {}
    index = ["# Actions", "", generated, INTRODUCTION]
    for service in SERVICES:
        for aggregate in aggregates_of(service):
            resource = _resource(aggregate)
            pages[f"{resource}.md"] = "\n".join(_page(service, aggregate, generated)) + "\n"
            states = f": {_codes(_states(aggregate))}" if _states(aggregate) else ""
            index.append(f"- [{_title(resource)}]({resource}.md) ({service}){states}")
    pages["README.md"] = "\n".join(index) + "\n"
    return pages


def _page(service: str, aggregate: AnyAggregate, generated: str) -> Iterator[str]:
    resource = _resource(aggregate)
    described = aggregate.shape.public or aggregate.shape.domain
    yield from (f"# {_title(resource)}", "", generated, f"Of the service `{service}`.")
    yield from (inspect.cleandoc(described.__doc__ or ""), "")
    if kind := _state_codes(aggregate):
        yield from _states_of(aggregate, kind)
    everywhere = [action for action in aggregate.actions if not action.formats]
    yield from ("## Actions", "", *_table(aggregate, everywhere))
    for formats in _groups(aggregate):
        yield from ("", f"## Actions of {_codes(sorted(formats))} only", "")
        own = [each for each in aggregate.actions if each.formats == formats]
        yield from _table(aggregate, own)


def _groups(aggregate: AnyAggregate) -> list[frozenset[Any]]:
    """The sets of formats that have actions of their own, in the order of the table."""
    return list(
        dict.fromkeys(frozenset(each.formats) for each in aggregate.actions if each.formats)
    )


def _states_of(aggregate: AnyAggregate, kind: type[StrEnum]) -> Iterator[str]:
    meanings = _meanings(kind)
    yield from ("## States", "", *_diagram(aggregate))
    yield from ("| state | what it means | people may | time brings about |", "|---|---|---|---|")
    for state in _states(aggregate):
        here = [
            each
            for each in aggregate.actions
            if not each.formats and (not each.sources or state in each.sources)
        ]
        people = _codes(_names(each for each in here if not each.by_clock))
        time = _codes(_names(each for each in here if each.by_clock))
        yield f"| `{state}` | {meanings[state]} | {people or '–'} | {time or '–'} |"
    yield ""


def _diagram(aggregate: AnyAggregate) -> Iterator[str]:
    """How one state leads to another; what starts from any state is not drawn."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for action in aggregate.actions:
        for source in _states(aggregate):
            for target in sorted(action.leads_to(source)):
                if source in action.sources and source != target:
                    arrows.setdefault((source, target), []).append(action.name)
    if not arrows:
        return
    yield from ("```mermaid", "stateDiagram-v2")
    for state in _states(aggregate):
        if "-" in state:
            yield f'    state "{state}" as {_drawn(state)}'
    for (source, target), names in arrows.items():
        yield f"    {_drawn(source)} --> {_drawn(target)} : {', '.join(dict.fromkeys(names))}"
    yield from ("```", "")


def _drawn(state: str) -> str:
    return state.replace("-", "_")


def _table(aggregate: AnyAggregate, actions: Collection[AnyAction]) -> Iterator[str]:
    yield "| action | what it is | from | leads to | who may | why not | says |"
    yield "|---|---|---|---|---|---|---|"
    for action in actions:
        by_clock = " (by time)" if action.by_clock else ""
        who = "time" if action.by_clock else "who may call the route"
        cells = (
            f"`{action.name}`{by_clock}",
            action.summary + "".join(f" ([`{path}`](../settings.md))" for path in action.settings),
            _codes(sorted(action.sources)) or "any",
            _codes(
                sorted({target for each in _states(aggregate) for target in action.leads_to(each)})
            )
            or "–",
            "; ".join(_rule(rule) for rule in refusals_of(action, "who")) or who,
            ", ".join(_rule_code(rule) for rule in refusals_of(action, "guards")) or "–",
            _codes([event.name_and_version()[0] for event in action.events]) or "–",
        )
        yield f"| {' | '.join(cells)} |"


def _rule(rule: type[Refusal]) -> str:
    return f"[{one_line(rule.__doc__).rstrip('.')}](../problems.md#{rule.code()})"


def _rule_code(rule: type[Refusal]) -> str:
    return f"[`{rule.code()}`](../problems.md#{rule.code()})"


def _states(aggregate: AnyAggregate) -> list[str]:
    """All of its states, in the order in which they were written down; none of what has no state of
    its own."""
    return [str(state) for state in _state_codes(aggregate) or ()]


def _state_codes(aggregate: AnyAggregate) -> type[StrEnum] | None:
    """Where its states are codes of a contract or of a rule: which."""
    hints = get_type_hints(aggregate.shape.domain)
    field = getattr(aggregate.shape.domain, "state_field", "state")
    kind = hints.get(field)
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def _meanings(kind: type[StrEnum]) -> dict[str, str]:
    """What stands under each state in the code. Raises `ValueError` where nothing does."""
    (written,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(written, ast.ClassDef)
    meanings = {
        str(kind[line.targets[0].id]): one_line(below.value.value)
        for line, below in zip(written.body, written.body[1:], strict=False)
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(below.value.value, str)
    }
    if unsaid := [str(state) for state in kind if state not in meanings]:
        raise ValueError(f"{kind.__name__}: write under {', '.join(unsaid)} what it means")
    return meanings


def _resource(aggregate: AnyAggregate) -> str:
    """The folder of its rules, as in a path: `waiting-entries`."""
    return aggregate.shape.domain.__module__.split(".")[2].replace("_", "-")


def _title(resource: str) -> str:
    return resource.replace("-", " ").capitalize()


def _names(actions: Iterable[AnyAction]) -> list[str]:
    return list(dict.fromkeys(action.name for action in actions))


def _codes(values: Iterable[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")
