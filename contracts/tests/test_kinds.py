"""Kinds of organisations that are younger than the first published list of them."""

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts import registry
from triskel.contracts.codes import HELIX_OF, NEAREST_KIND, OrganisationKind

ROOT = Path(__file__).parents[2]
SCHEMA = "contracts/schemas/triskel.registry.organisation-approved.v1.json"


def organisation(kind: OrganisationKind) -> registry.Organisation:
    return registry.Organisation(
        id=uuid4(),
        region="FRH0",
        version=1,
        kind=kind,
        helix=HELIX_OF[kind],
        names={"fr": "Exemple"},
        status="approved",
    )


def published_kinds() -> list[str]:
    """Of the schema that was published first."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        )
        return done.stdout

    commits = git("log", "--format=%H", "--", "contracts/schemas/PUBLISHED").split()
    schema: dict[str, Any] = json.loads(git("show", f"{commits[-1]}:{SCHEMA}"))
    kinds: list[str] = schema["$defs"]["OrganisationKind"]["enum"]
    return kinds


@pytest.mark.parametrize("kind", OrganisationKind)
def test_readers_of_the_first_list_find_the_nearest_kind_and_those_of_today_the_exact_one(
    kind: OrganisationKind,
) -> None:
    written = organisation(kind).model_dump_json()
    wire = json.loads(written)
    assert wire["kind"] in published_kinds()
    assert wire["kind"] == NEAREST_KIND.get(kind, kind)
    assert wire["exact_kind"] == (kind if kind in NEAREST_KIND else None)
    assert registry.Organisation.model_validate_json(written).kind is kind
    assert registry.Organisation.model_validate(wire).kind is kind
