"""Searching by words: folded by the one rule of `triskel.contracts.folding`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

from triskel.contracts.folding import folded
from triskel.contracts.refusals import Invalid

SIMPLE: Any = literal_column("'simple'::regconfig")
"""No stemming: names and words of several languages stand in one column."""


class SearchWithoutWords(Invalid):
    """A search looks for at least one letter or digit."""

    en = "Search for at least one letter or digit."
    fr = "Cherchez au moins une lettre ou un chiffre."


def searched_words(given: str, field: str) -> list[str]:
    """The words that somebody looks for. Raises `SearchWithoutWords` when there is none."""
    found = folded(given).split()
    if not found:
        raise SearchWithoutWords(field=field, value=given)
    return found


def query_of(words: Sequence[str]) -> ColumnElement[Any]:
    """A text search for all of these folded words, each of which may be the begin of a longer one.
    What is folded has no quotes, so nothing gets into the query language."""
    return func.to_tsquery(SIMPLE, " & ".join(f"'{word}':*" for word in words))
