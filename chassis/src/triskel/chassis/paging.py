"""Cursor paging: stable under writes, with one index look-up a page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.cursors import Cursors
from triskel.contracts.refusals import Invalid

CURSORS = "cursors"
"""Under this name a request's session knows what seals and opens its cursors."""


class CursorMalformed(Invalid):
    """A cursor continues the very query that gave it."""

    field = "cursor"
    en = (
        "A cursor is the `next` of the page before, with the same filters and order. "
        "Begin again without one."
    )
    fr = (
        "Un curseur est le `next` de la page précédente, avec les mêmes filtres et le même ordre. "
        "Recommencez sans curseur."
    )


@dataclass(frozen=True)
class PageRequest:
    """Which page: `limit` rows at most, after the one that `cursor` is of; null: the first."""

    limit: int
    cursor: str | None = None


def _query(statement: Select[Any], keys: Sequence[ColumnElement[Any]]) -> bytes:
    """Of the query, its filters and its order: a cursor belongs to one of them."""
    ordered = statement.order_by(*keys)
    compiled = ordered.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    text = f"{compiled}|{sorted((k, str(v)) for k, v in compiled.params.items())}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _typed(value: Any, key: ColumnElement[Any]) -> Any:
    """Raises `ValueError` or `TypeError` for what is not of the key's type."""
    kind = key.type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind is UUID:
        return UUID(value)
    if not isinstance(value, kind):
        raise TypeError(f"a key of {kind.__name__}")
    return value


def _opened(
    cursors: Cursors, cursor: str, keys: Sequence[ColumnElement[Any]], query: bytes
) -> list[Any]:
    try:
        values = cursors.open(cursor, query)
        return [_typed(value, key) for value, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError):
        raise CursorMalformed(value=cursor) from None


async def paginate(
    session: AsyncSession,
    statement: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    page: PageRequest,
) -> tuple[list[Any], str | None]:
    """One page of rows and the cursor of the next. `keys` are the ascending sort columns, together
    unique and not null; there is an index on them behind the filters. What the cursor holds of the
    last row nobody can read, so a key may be what the list does not show.

    Raises `Invalid` for a cursor that was not given for this query.
    """
    cursors: Cursors = session.info[CURSORS]
    query = _query(statement, keys)
    paged = statement
    if page.cursor is not None:
        after = [literal(value) for value in _opened(cursors, page.cursor, keys, query)]
        paged = paged.where(tuple_(*keys) > tuple_(*after))
    paged = paged.order_by(*keys).limit(page.limit + 1).add_columns(*keys)
    rows = list(await session.execute(paged))
    following = None
    if len(rows) > page.limit:
        following = cursors.seal([_plain(key) for key in rows[page.limit - 1][-len(keys) :]], query)
    return [row[: -len(keys)] for row in rows[: page.limit]], following
