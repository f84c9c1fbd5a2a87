"""Matching: suggestions, and rounds in which both sides rank."""

from triskel.registry.matching.commands.computing import compute
from triskel.registry.matching.commands.confirming import Terms, confirm
from triskel.registry.matching.commands.rounds import (
    cancel,
    close_ranking,
    decided,
    one,
    open_round,
    pairs_of,
    participant,
    rank,
    state_of,
)
from triskel.registry.matching.commands.suggesting import for_schools, suggestions

__all__ = [
    "Terms",
    "cancel",
    "close_ranking",
    "compute",
    "confirm",
    "decided",
    "for_schools",
    "one",
    "open_round",
    "pairs_of",
    "participant",
    "rank",
    "state_of",
    "suggestions",
]
