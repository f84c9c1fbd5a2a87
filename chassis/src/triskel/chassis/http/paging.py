"""Cursor paging: stable under writes, with one index look-up a page."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.http.values import OneLine
from triskel.contracts.refusals import Invalid

LONGEST_PAGE = 200
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="rows a page")]
_Cursor = Annotated[str, OneLine(longest=1000)]
Cursor = Annotated[_Cursor | None, Query(description="`next` of the page before")]

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """`next` is null on the last page."""

    items: list[Item]
    next: str | None = None


def _fingerprint(statement: Select[Any]) -> str:
    """Of the query and its filters: a cursor belongs to one of them."""
    compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    text = f"{compiled}|{sorted((k, str(v)) for k, v in compiled.params.items())}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _encode(values: Sequence[Any], fingerprint: str) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    text = json.dumps([fingerprint, *(str(v) if isinstance(v, UUID) else v for v in plain)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, keys: Sequence[ColumnElement[Any]], fingerprint: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, *values = json.loads(base64.urlsafe_b64decode(padded))
        if made_for != fingerprint or len(values) != len(keys):
            raise ValueError
        return [_typed(value, key) for value, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise Invalid(
            "cursor-malformed",
            "A cursor is the `next` of the page before, with the same filters.",
            field="cursor",
            value=cursor,
        ) from None


def _typed(value: Any, key: ColumnElement[Any]) -> Any:
    kind = key.type.python_type
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    # numbers and text come from JSON as they are
    return UUID(value) if kind is UUID else value


async def paginate(
    session: AsyncSession,
    statement: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    limit: int,
    cursor: str | None,
) -> tuple[list[Any], str | None]:
    """One page of rows and the cursor of the next. `keys` are the ascending sort columns, together
    unique and not null; there is an index on them behind the filters.

    Raises `Invalid` for a cursor that is malformed or of another query.
    """
    fingerprint = _fingerprint(statement)
    paged = statement
    if cursor is not None:
        after = [literal(value) for value in _decode(cursor, keys, fingerprint)]
        paged = paged.where(tuple_(*keys) > tuple_(*after))
    paged = paged.order_by(*keys).limit(limit + 1).add_columns(*keys)
    rows = list(await session.execute(paged))
    following = None
    if len(rows) > limit:
        following = _encode(rows[limit - 1][-len(keys) :], fingerprint)
    return [row[: -len(keys)] for row in rows[:limit]], following
