"""Organisations: register, decide on, update, find."""

from triskel.registry.organisations.commands.deciding import decide
from triskel.registry.organisations.commands.registering import register, update
from triskel.registry.organisations.commands.rows import (
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
from triskel.registry.organisations.queries import Search, search

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
