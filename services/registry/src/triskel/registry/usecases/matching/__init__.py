"""Matching: suggestions, and rounds in which both sides rank."""

from triskel.registry.usecases.matching.computing import compute
from triskel.registry.usecases.matching.confirming import Terms, confirm
from triskel.registry.usecases.matching.rounds import (
    cancel,
    close_due,
    close_ranking,
    decided,
    one,
    open_round,
    pairs_of,
    participant,
    rank,
    state_of,
)
from triskel.registry.usecases.matching.suggesting import for_schools, suggestions

__all__ = [
    "Terms",
    "cancel",
    "close_due",
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
