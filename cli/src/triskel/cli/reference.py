"""Reference pages made from the code of the services: what may be done, by whom, and why not.

`python -m triskel.cli.reference` writes them, with `--check` it fails when they are not what the
code says (`make contracts`, `make lint`). Run in the project's own directory.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from triskel.chassis.http.problems import status_of
from triskel.cli.aggregate_pages import aggregate_pages, aggregates_of, one_line
from triskel.cli.authorisation import authorisation_page
from triskel.cli.cells import cells_page
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
    settings = ["# Settings of a region", "", GENERATED, *settings_lines()]
    pages = {
        PAGES / "authorisation.md": authorisation(),
        PAGES / "problems.md": problems_page(),
        PAGES / "settings.md": "\n".join(settings) + "\n",
        **{PAGES / "actions" / name: text for name, text in aggregate_pages(GENERATED).items()},
    }
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
        path.parent.mkdir(exist_ok=True)
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
    states = cells_page({service: aggregates_of(service) for service in SERVICES})
    return (
        "\n".join(["# Authorisation", "", GENERATED, *authorisation_page(actions), *states]) + "\n"
    )


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
                f"{status_of(rule)} · {service} · {one_line(rule.__doc__)}",
                "",
                f"- en: {one_line(rule.en)}",
                f"- fr: {one_line(rule.fr)}",
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


if __name__ == "__main__":
    sys.exit(main())
