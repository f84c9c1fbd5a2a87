"""Reference pages made from the code of the services: what may be done, and how it is refused.

`python -m triskel.cli.reference` writes them, with `--check` it fails when they are not what the
code says (`make contracts`, `make lint`). Run in the project's own directory.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triskel.chassis.actions import Action
from triskel.chassis.commands import Aggregate
from triskel.chassis.http.actions import refusals_of
from triskel.chassis.http.problems import status_of
from triskel.chassis.modules import modules_of
from triskel.cli.authorisation import authorisation_page
from triskel.cli.settings_page import settings_lines
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.refusals import Refusal, rules_of

PAGES = Path("docs") / "reference"
GENERATED = "<!-- made by `make contracts` from the code: do not edit -->\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Write the reference pages: actions, problems, authorisation, settings."
    )
    parser.add_argument("--check", action="store_true", help="fail where a page is not up to date")
    check = parser.parse_args(arguments).check
    pages = {PAGES / "actions.md": actions_page(), PAGES / "problems.md": problems_page()}
    pages[PAGES / "authorisation.md"] = authorisation()
    settings = ["# Settings of a region", "", GENERATED, *settings_lines()]
    pages[PAGES / "settings.md"] = "\n".join(settings) + "\n"
    stale = [
        path
        for path, text in pages.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if check:
        for path in stale:
            sys.stderr.write(f"{path} is not what the code says: run make contracts\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
    return 0


def authorisation() -> str:
    actions = {
        service: {
            action.summary: action
            for aggregate in aggregates_of(service)
            for action in aggregate.actions
            if not action.by_clock
        }
        for service in SERVICES
    }
    return "\n".join(["# Authorisation", "", GENERATED, *authorisation_page(actions)]) + "\n"


def aggregates_of(service: str) -> list[Aggregate[Any, Any]]:
    """What people act on in a service, by name."""
    found: dict[str, Aggregate[Any, Any]] = {
        value.name: value
        for module in modules_of(service)
        for value in vars(module).values()
        if isinstance(value, Aggregate)
    }
    return [found[name] for name in sorted(found)]


def actions_page() -> str:
    lines = [
        "# Actions",
        "",
        GENERATED,
        "What may be done with each thing, from which states, and which events tell of it. An",
        "answer's `allowed_actions` is this table, asked for one caller at one moment. Who may not",
        "do it at all gets 403, who saw another version 412, and what the state or a rule forbids",
        "is 409 or 422, in this order. [Problems](problems.md) says each rule in words.",
    ]
    for service in SERVICES:
        for aggregate in aggregates_of(service):
            lines += ["", f"## {aggregate.name.replace('_', ' ').capitalize()} ({service})", ""]
            lines += [
                "| action | what it is | from | says | refused with |",
                "|---|---|---|---|---|",
            ]
            lines += [_action(action) for action in aggregate.actions]
    return "\n".join(lines) + "\n"


def _action(action: Action[Any, Any, ...]) -> str:
    by_clock = " (by time)" if action.by_clock else ""
    formats = f" · {_codes(sorted(action.formats))} only" if action.formats else ""
    rules = [f"[`{rule.code()}`](problems.md#{rule.code()})" for rule in refusals_of(action)]
    cells = (
        f"`{action.name}`{by_clock}",
        f"{action.summary}{formats}",
        _codes(sorted(action.sources)) or "any",
        _codes([event.name_and_version()[0] for event in action.events]) or "–",
        ", ".join(rules) or "–",
    )
    return f"| {' | '.join(cells)} |"


def _codes(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def problems_page() -> str:
    """Every rule by its code, with its sentence in each language."""
    lines = [
        "# Problems",
        "",
        GENERATED,
        "Each refusal is an RFC 9457 problem whose `type` is `urn:triskel:problem:<code>`. Its",
        "`detail` is in English, or in French where `Accept-Language` says so; words in braces are",
        "filled in.",
    ]
    for code, rules in _by_code():
        lines += ["", f"## {code}", ""]
        for service, rule in rules:
            lines += [
                f"{status_of(rule)} · {service} · {_one_line(rule.__doc__)}",
                "",
                f"- en: {_one_line(rule.en)}",
                f"- fr: {_one_line(rule.fr)}",
                "",
            ]
        lines.pop()
    return "\n".join(lines) + "\n"


def _by_code() -> Iterator[tuple[str, list[tuple[str, type[Refusal]]]]]:
    for service in SERVICES:
        aggregates_of(service)
    found: dict[str, list[tuple[str, type[Refusal]]]] = {}
    packages = {"triskel.contracts": "all", "triskel.chassis": "all"}
    packages |= {f"triskel.{service}": service for service in SERVICES}
    for package, service in packages.items():
        for rule in rules_of(f"{package}."):
            found.setdefault(rule.code(), []).append((service, rule))
    yield from sorted(found.items())


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
