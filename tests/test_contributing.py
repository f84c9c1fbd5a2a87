"""What CONTRIBUTING tells a newcomer is so: the walks through the code, and plain names in it."""

import ast
import re
from itertools import pairwise
from pathlib import Path

from tests.test_architecture import ROOT, tracked


def walks(text: str) -> list[list[tuple[str, str]]]:
    """The tables of CONTRIBUTING whose rows are files: each file, and what happens there."""
    row = re.compile(r"^\| \[`[^`]+`\]\(([^)]+)\) \| (.+) \|$")
    found: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if line == "| file | what happens there |":
            found.append([])
        elif found and (cells := row.match(line)):
            found[-1].append((cells[1], cells[2]))
    return found


def strays(walk: list[tuple[str, str]]) -> list[str]:
    """What CONTRIBUTING names first in a row, and the file does not have."""
    named = [(ROOT / path, re.findall(r"`([A-Za-z_.]+)`", told)[0]) for path, told in walk]
    return [
        name
        for file, name in named
        for part in name.split(".")
        if not re.search(
            rf"^ *(?:async )?(?:def|class) {part}\b|^{part}\b.* = ", file.read_text("utf-8"), re.M
        )
    ]


def climbs(walk: list[tuple[str, str]]) -> list[str]:
    """Steps between two files of one resource that go against its layers."""
    layers = ("routes", "schemas", "commands", "jobs", "queries", "actions", "tables", "rules")
    of_resource = [
        next((part for part in Path(path).with_suffix("").parts if part in layers), None)
        for path, _ in walk
        if path.startswith("services/")
    ]
    known = [layers.index(layer) for layer in of_resource if layer is not None]
    return [layers[after] for before, after in pairwise(known) if after < before]


def test_a_walk_of_each_main_way_takes_at_most_seven_files_downwards_and_is_what_the_code_is() -> (
    None
):
    found = walks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(found) == 4
    for walk in found:
        assert 5 < len(walk) <= 7
        assert strays(walk) == []
    # a mail goes through a job; what it comes to is noted by a command
    assert [climbs(walk) for walk in found] == [[], [], [], ["commands"]]
    assert strays([("tests/test_architecture.py", "`nobody_has_this`")]) == ["nobody_has_this"]
    assert climbs([("services/a/rules/b.py", ""), ("services/a/routes.py", "")]) == ["routes"]


def test_no_import_is_renamed_but_where_two_things_would_have_one_name() -> None:
    def renamed(text: str) -> list[str]:
        if not re.search(r"^ *from triskel\..* import .* as |^ +\w+ as \w+,$", text, re.MULTILINE):
            return []
        tree = ast.parse(text)
        imports = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
        ours = [each for each in imports if (each.module or "").startswith("triskel")]
        taken = [alias.name for each in imports for alias in each.names if not alias.asname]
        taken += [each.id for each in ast.walk(tree) if isinstance(each, ast.Name)]
        taken += [
            each.name
            for each in ast.walk(tree)
            if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        return [
            alias.asname
            for each in ours
            for alias in each.names
            # a module of each resource has the resource's name where all are named
            if alias.asname not in {None, "contract"}
            and alias.name not in {*taken, "routes", "jobs"}
        ]

    found = {
        str(path.relative_to(ROOT)): names
        for path in tracked("*/src/*.py")
        if (names := renamed(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert renamed("from triskel.a.refusals import identifiers as refusals") == ["refusals"]
    assert renamed("from triskel.a import Facts as F\nfrom triskel.b import Facts") == []
