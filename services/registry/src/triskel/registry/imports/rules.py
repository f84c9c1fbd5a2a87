"""A file that is imported: what is asked for, and how far it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from triskel.contracts.refusals import Refusal


class ImportState(StrEnum):
    """Nobody acts on an import: its worker alone brings it from one state to the next."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class ImportOrder:
    """A file of a dataset, for a region. With `dry_run` only the report will be kept. With
    `max_closed` the file is the whole register of the areas that it names: open schools that it
    lacks will be closed, if they are no more."""

    dataset: str
    content: bytes
    region: str
    dry_run: bool = False
    max_closed: int | None = None


def lies_in(area: str, region: str) -> bool | None:
    """Whether an area of NUTS is one of a region; null where it is larger than the region, so that
    nobody can tell."""
    if area.startswith(region):
        return True
    return None if region.startswith(area) else False


def problem_of(refused: Refusal) -> dict[str, Any]:
    """A refusal as reports keep it."""
    return {
        "rule": refused.rule,
        "detail": refused.sentence,
        "field": refused.field,
        "value": None if refused.value is None else str(refused.value),
    }
