"""Organisations: register, decide on, update, find."""

from triskel.registry.usecases.organisations.deciding import decide
from triskel.registry.usecases.organisations.registering import register, update
from triskel.registry.usecases.organisations.rows import (
    changed_fields,
    family,
    identifiers_of,
    one,
    own_columns,
    remember,
    some,
    state,
    state_of,
    step_columns,
    steps_of,
)
from triskel.registry.usecases.organisations.searching import Search, search

__all__ = [
    "Search",
    "changed_fields",
    "decide",
    "family",
    "identifiers_of",
    "one",
    "own_columns",
    "register",
    "remember",
    "search",
    "some",
    "state",
    "state_of",
    "step_columns",
    "steps_of",
    "update",
]
