"""A published version never changes: what a change of schema would break, backward and forward.

Published are the schemas of every commit that changed `contracts/schemas/PUBLISHED`, the file
that a release raises. So the check holds on any branch, after the commit as well as before it.
"""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

PUBLISHED = "contracts/schemas/PUBLISHED"


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Which directions a change of schema breaks: `backward`: a new reader cannot read an old
    writer's events; `forward`: an old reader cannot read a new writer's.

    Readers ignore unknown fields, so a reader's schema is open; a writer writes only fields that
    its schema names, so a writer's schema is closed. A field that went away breaks both, even an
    optional one: readers would ignore it without a word.
    """
    from jsoncompat import check_compat  # a development dependency

    found = []
    if not check_compat(json.dumps(_closed(old)), json.dumps(_open(new)), "deserializer"):
        found.append("backward")
    if not check_compat(json.dumps(_open(old)), json.dumps(_closed(new)), "serializer"):
        found.append("forward")
    if not found and not _fields(old, old) <= _fields(new, new):
        found = ["backward", "forward"]
    return found


def _fields(node: Any, root: dict[str, Any], path: str = "") -> set[str]:
    """The paths of all fields that a schema names, through its references."""
    if isinstance(node, list):
        return set().union(*(_fields(item, root, path) for item in node))
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    if "$ref" in node:
        found |= _fields(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], root, path)
    for name, field in node.get("properties", {}).items():
        found |= {f"{path}.{name}"} | _fields(field, root, f"{path}.{name}")
    for key in ("anyOf", "allOf", "oneOf", "items", "prefixItems", "additionalProperties"):
        found |= _fields(node.get(key), root, path)
    return found


def _set_additional(node: Any, allowed: bool) -> Any:
    if isinstance(node, list):
        return [_set_additional(item, allowed) for item in node]
    if not isinstance(node, dict):
        return node
    # titles and descriptions are for people; `$id` would make both schemas one resource
    result = {
        key: _set_additional(value, allowed)
        for key, value in node.items()
        if key not in ("$id", "$schema", "description", "default")
        and not (key == "title" and isinstance(value, str))
    }
    if "properties" in result:
        result["additionalProperties"] = allowed
    return result


def _closed(schema: dict[str, Any]) -> Any:
    return _set_additional(copy.deepcopy(schema), False)


def _open(schema: dict[str, Any]) -> Any:
    return _set_additional(copy.deepcopy(schema), True)


def broken_since_publication(root: Path) -> list[str]:
    """One line per schema file that breaks, or drops, a version which was published."""
    problems: list[str] = []
    for commit in _git(root, "log", "--format=%H", "--", PUBLISHED).split():
        names = _git(root, "ls-tree", "--name-only", commit, "contracts/schemas/").split()
        for name in (n for n in names if n.endswith(".json")):
            current = root / name
            if not current.exists():
                problems.append(f"{name}: published in {commit[:10]}, may not be removed")
                continue
            text = current.read_text(encoding="utf-8")
            published = _git(root, "show", f"{commit}:{name}")
            if text != published:
                problems.extend(
                    f"{name}: breaks {direction} compatibility with what was published in "
                    f"{commit[:10]}; make a V2 class beside it"
                    for direction in breaks(json.loads(published), json.loads(text))
                )
    return problems


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(
            f"the compatibility check needs git and its history: {done.stderr.strip()}"
        )
    return done.stdout
