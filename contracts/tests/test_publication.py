"""The checks on published contracts, and that each of them can fail."""

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from triskel.contracts.compatibility import breaks, broken_since_publication
from triskel.contracts.publish import asyncapi_document, event_schema, generated, stale
from triskel.contracts.registry import OrganisationApproved

ROOT = Path(__file__).parents[2]
SCHEMA = "contracts/schemas/triskel.registry.organisation-approved.v1.json"


def edited(change: str) -> dict[str, Any]:
    schema = copy.deepcopy(event_schema(OrganisationApproved))
    organisation = schema["$defs"]["Organisation"]
    match change:
        case "optional field":
            organisation["properties"]["nickname"] = {
                "anyOf": [{"type": "string"}, {"type": "null"}]
            }
        case "required field":
            organisation["properties"]["nickname"] = {"type": "string"}
            organisation["required"].append("nickname")
        case "enum value":
            schema["$defs"]["Isced"]["enum"].append("9")
        case "enum value removed":
            schema["$defs"]["Isced"]["enum"].remove("8")
        case "type":
            organisation["properties"]["open"] = {"type": "string"}
        case "rename":
            organisation["properties"]["situation"] = organisation["properties"].pop("status")
            organisation["required"][organisation["required"].index("status")] = "situation"
        case "rename of an optional field":
            organisation["properties"]["enrolment"] = organisation["properties"].pop("pupils")
        case "description":
            organisation["description"] = "other words"
    return schema


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("nothing", []),
        ("description", []),
        ("optional field", []),
        ("required field", ["backward"]),
        ("enum value", ["forward"]),
        ("enum value removed", ["backward"]),
        ("type", ["backward", "forward"]),
        ("rename", ["backward", "forward"]),
        ("rename of an optional field", ["backward", "forward"]),
    ],
)
def test_a_change_of_schema_breaks_what_it_should(change: str, broken: list[str]) -> None:
    assert breaks(event_schema(OrganisationApproved), edited(change)) == broken


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@triskel.example"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose schemas were published in its first commit."""
    shutil.copytree(ROOT / "contracts" / "schemas", tmp_path / "contracts" / "schemas")
    (tmp_path / "contracts" / "schemas" / "PUBLISHED").write_text("0.1.0\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Publish")
    return tmp_path


def test_what_was_published_and_is_unchanged_is_compatible(checkout: Path) -> None:
    assert broken_since_publication(checkout) == []


@pytest.mark.parametrize("committed", [False, True])
def test_a_breaking_change_is_found_before_and_after_its_commit(
    checkout: Path, committed: bool
) -> None:
    (checkout / SCHEMA).write_text(json.dumps(edited("required field")))
    if committed:
        git(checkout, "commit", "--quiet", "-a", "-m", "Break it")
    (problem,) = broken_since_publication(checkout)
    assert problem.startswith(f"{SCHEMA}: breaks backward compatibility")


def test_an_added_optional_field_is_no_breaking_change(checkout: Path) -> None:
    (checkout / SCHEMA).write_text(json.dumps(edited("optional field")))
    assert broken_since_publication(checkout) == []


def test_a_published_schema_may_not_be_removed(checkout: Path) -> None:
    (checkout / SCHEMA).unlink()
    (problem,) = broken_since_publication(checkout)
    assert "may not be removed" in problem


def test_a_stale_a_missing_and_a_left_over_file_are_found(tmp_path: Path) -> None:
    for path, text in generated(tmp_path).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert stale(tmp_path) == []
    (tmp_path / SCHEMA).write_text("{}")
    (tmp_path / "contracts" / "asyncapi.yaml").unlink()
    (tmp_path / "contracts" / "schemas" / "gone.json").write_text("{}")
    assert sorted(line.partition(": ")[2] for line in stale(tmp_path)) == [
        "missing",
        "no such event any more",
        "stale",
    ]


def test_the_asyncapi_document_names_every_event_with_a_payload_that_resolves() -> None:
    document = asyncapi_document()
    schemas = document["components"]["schemas"]
    for message in document["components"]["messages"].values():
        assert message["payload"]["$ref"].rsplit("/", 1)[-1] in schemas
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]


def test_the_package_installs_and_works_alone(tmp_path: Path) -> None:
    """Another team depends on it: pydantic is all that it brings."""
    uv, python = ROOT / ".uv/bin/uv", tmp_path / "venv/bin/python"
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True
    )
    install = [uv, "pip", "install", "--quiet", "--constraint", ROOT / "requirements.lock"]
    subprocess.run([*install, "--python", python, ROOT / "contracts"], check=True)
    program = """
import json, pathlib, sys
from triskel.contracts import decode
example = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
headers = [(name, text.encode()) for name, text in example["headers"].items()]
received = decode(headers, example["key"].encode(), json.dumps(example["value"]).encode())
print(received.event.organisation.names["fr"])
"""
    example = next(
        (ROOT / "contracts/examples/triskel.registry.organisation-approved.v1").iterdir()
    )
    done = subprocess.run(
        [python, "-I", "-c", program, example], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "Atelier Optique de la Vilaine", done.stderr
