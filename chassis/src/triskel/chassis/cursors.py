"""Encrypts the cursors of lists, each for the query that it continues, so that nobody can read or
forge one."""

import json
from collections.abc import Sequence
from typing import Any

from triskel.chassis.sealing import Seals


class Cursors:
    """All replicas have the same secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._seals = Seals("cursors", secrets)

    def seal(self, values: Sequence[Any], query: bytes) -> str:
        """`values` are what JSON can hold; `query` is what they belong to."""
        return self._seals.seal(json.dumps(list(values), ensure_ascii=False).encode(), query)

    def open(self, cursor: str, query: bytes) -> list[Any]:
        """Decrypt. Raises `ValueError` for a cursor that was not made here for this query."""
        values: list[Any] = json.loads(self._seals.open(cursor, query))
        return values
