"""What a transaction writes at its end, in one statement: rows that changed, events, an answer.

Each statement costs a round trip to PostgreSQL, and more in the driver than in the server. What
nobody reads again within the transaction is therefore put off until its end and written at once,
each statement as a part of one `with` (PostgreSQL 18, 7.8.4). Its parts see the same snapshot and
have no order among each other; a foreign key is checked at the end of the whole. Where the order
counts, because a table has both changed and new rows, what changed is a statement before.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    ClauseElement,
    Delete,
    Insert,
    Table,
    Update,
    inspect,
    literal_column,
    make_url,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.exc import StaleDataError

MOST_STATEMENTS = 20
"""What changes more rows than this is no single action: SQLAlchemy writes it row by row."""
MOST_INSERTED = 100

_WRITES = "writes"
_PLACEHOLDER = re.compile(r"\$(\d+)")
_KIND: Any = make_url("postgresql+asyncpg://").get_dialect()
_DIALECT = _KIND(dbapi=_KIND.import_dbapi())


@dataclass(frozen=True, slots=True)
class Statement:
    """An insert, update or delete in the driver's own words: its values are `$1`, `$2`, … With
    `one_row` it changes exactly one row."""

    sql: str
    values: tuple[Any, ...]
    one_row: bool = False


class Writes:
    """What one transaction writes at its end."""

    def __init__(self) -> None:
        self._last: list[Callable[[], Statement]] = []

    def write_and_commit(self, session: Session) -> None:
        """Everything that was put off, with the session's own new and changed rows; then the
        session is closed. Raises `StaleDataError` where a changed row is not there any more."""
        own = _changes(session)
        if own is None:
            session.flush()
        before, together = own or ([], [])
        together += [make() for make in self._last]
        self._last.clear()
        for statements in (before, together):
            if statements:
                _execute(session, statements)
        if own:
            session.expunge_all()
        session.commit()
        session.close()

    def last(self, make: Callable[[], Statement]) -> None:
        self._last.append(make)


def collect(session: AsyncSession) -> Writes:
    """Begin to put off; whoever opens the transaction ends it by `Writes.write_and_commit`."""
    writes: Writes = session.info.setdefault(_WRITES, Writes())
    return writes


def write_last(session: AsyncSession, make: Callable[[], Statement]) -> None:
    """Put off until the end of the transaction; what `make` gives then is written."""
    session.info[_WRITES].last(make)


async def execute_last(
    session: AsyncSession, statement: Statement | Insert | Update | Delete
) -> None:
    """The same for a statement whose effect nobody of this transaction reads; within a savepoint,
    which may be rolled back alone, it is executed at once. One of SQLAlchemy's has no `in`, whose
    places are counted only when it is run. Its rows are none that the transaction changes besides:
    one statement may not change a row twice."""
    made = statement if isinstance(statement, Statement) else _compiled(statement)
    if session.in_nested_transaction():
        await session.flush()
        await execute(session, made)
    else:
        write_last(session, lambda: made)


def insertion(table: str, rows: Sequence[Mapping[str, Any]]) -> Statement:
    """Many rows, by the table's own column types. What a row does not give is null. `table` is a
    name of ours, never of a caller's."""
    return Statement(
        f"insert into {table} select * from jsonb_populate_recordset(null::{table}, $1::jsonb)",
        (to_json(rows).decode(),),
    )


def _compiled(statement: Insert | Update | Delete) -> Statement:
    compiled: Any = statement.compile(dialect=_DIALECT)
    values = compiled.construct_params()
    processors = compiled._bind_processors
    written = tuple(
        processors[name](values[name]) if name in processors else values[name]
        for name in compiled.positiontup
    )
    return Statement(str(compiled), written)


async def execute(session: AsyncSession, *statements: Statement) -> None:
    """At once, in one statement. Raises as `Writes.write_and_commit`."""
    await session.run_sync(_execute, statements)


def _execute(session: Session, statements: Sequence[Statement]) -> None:
    sql = _joined(tuple((each.sql, each.one_row) for each in statements))
    values = tuple(value for each in statements for value in each.values)
    done = session.connection().exec_driver_sql(sql, values)
    expected = sum(each.one_row for each in statements)
    if expected and done.scalar_one() != expected:
        raise StaleDataError("A row that was to be changed is not there any more.")


@lru_cache(maxsize=1000)
def _joined(parts: tuple[tuple[str, bool], ...]) -> str:
    """One statement of several, whose answer is how many of the single rows were changed."""
    if len(parts) == 1 and not parts[0][1]:
        return parts[0][0]
    named, counted, before = [], [], 0
    for number, (sql, one_row) in enumerate(parts):
        moved = _PLACEHOLDER.sub(lambda found, by=before: f"${int(found[1]) + by}", sql)  # type: ignore[misc]
        before += max((int(found) for found in _PLACEHOLDER.findall(sql)), default=0)
        named.append(f"w{number} as ({moved}{' returning 1' if one_row else ''})")
        if one_row:
            counted.append(f"(select count(*) from w{number})")
    return f"with {', '.join(named)} select {' + '.join(counted) or 0}"


def _changes(session: Session) -> tuple[list[Statement], list[Statement]] | None:
    """The session's new, changed and deleted rows as statements: those to write before, and the
    others. None where only SQLAlchemy knows their order: a row takes the place of a deleted one, or
    refers to a new one of the second statement, a value is an expression, or they are many.

    A deletion need not come last, as SQLAlchemy has it: no rule of the database is broken while
    both are there, so none is in another order.
    """
    if len(session.new) + len(session.deleted) > MOST_INSERTED:
        return None
    inserts: dict[tuple[Table, tuple[str, ...]], list[InstanceState[Any]]] = {}
    deletes: dict[Table, list[InstanceState[Any]]] = {}
    for row in session.new:
        state = inspect(row)
        inserts.setdefault((state.mapper.local_table, _given(state)), []).append(state)
    for row in session.deleted:
        state = inspect(row)
        if state.mapper.relationships:
            return None
        deletes.setdefault(state.mapper.local_table, []).append(state)
    new = {table for table, _ in inserts}
    before, together = [], []
    try:
        for row in session.dirty:
            state = inspect(row)
            table = state.mapper.local_table
            if not (names := _modified(state)):
                continue
            if table not in new:
                together.append(_update(table, state, names))
            elif any(table.columns[name].foreign_keys for name in names):
                return None
            else:
                before.append(_update(table, state, names))
        together += [_insert(*key, states) for key, states in inserts.items()]
    except _NotAValue:
        return None
    together += [_delete(table, states) for table, states in deletes.items()]
    if len(before) + len(together) > MOST_STATEMENTS:
        return None
    there = {_identity(state) for states in deletes.values() for state in states}
    if any(_identity(state) in there for states in inserts.values() for state in states):
        return None
    return before, together


def _identity(state: InstanceState[Any]) -> tuple[Any, ...]:
    table = state.mapper.local_table
    return (table, *(state.dict.get(name) for name in _key(table)))


class _NotAValue(Exception):
    """Something that PostgreSQL computes, not we."""


def _given(state: InstanceState[Any]) -> tuple[str, ...]:
    return tuple(name for name in _columns(state.mapper.local_table) if name in state.dict)


def _modified(state: InstanceState[Any]) -> tuple[str, ...]:
    columns = _columns(state.mapper.local_table)
    # what was never loaded and not set has no history
    return tuple(
        name
        for name in columns
        if name in state.committed_state and state.attrs[name].history.has_changes()
    )


@lru_cache
def _columns(table: Table) -> tuple[str, ...]:
    """Names of columns, which are those of attributes, too."""
    return tuple(column.key for column in table.columns)


@lru_cache
def _processors(table: Table) -> dict[str, Any]:
    """How the driver takes the values of a column, where it does not take them as they are."""
    found = {
        column.key: column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
        for column in table.columns
    }
    return {name: processor for name, processor in found.items() if processor is not None}


def _values(table: Table, state: InstanceState[Any], names: Sequence[str]) -> Iterator[Any]:
    processors = _processors(table)
    known = state.dict
    for name in names:
        value = known[name]
        if isinstance(value, ClauseElement):
            raise _NotAValue
        processor = processors.get(name)
        yield value if processor is None else processor(value)


def _insert(table: Table, names: tuple[str, ...], states: Sequence[Any]) -> Statement:
    values = tuple(value for state in states for value in _values(table, state, names))
    return Statement(_insert_sql(table, names, len(states)), values)


def _place(table: Table, name: str, number: int) -> str:
    """Where a value is written; of a type whose values PostgreSQL computes from what it is given,
    the expression around it (`bind_expression`)."""
    place: Any = literal_column(f"${number}")
    expression = table.columns[name].type.bind_expression(place)
    return str((place if expression is None else expression).compile(dialect=_DIALECT))


@lru_cache(maxsize=1000)
def _insert_sql(table: Table, names: tuple[str, ...], rows: int) -> str:
    quoted = ", ".join(f'"{table.columns[name].name}"' for name in names)
    each = len(names)
    places = ", ".join(
        f"({', '.join(_place(table, name, row * each + n) for n, name in enumerate(names, 1))})"
        for row in range(rows)
    )
    return f'insert into "{table.name}" ({quoted}) values {places}'


def _update(table: Table, state: InstanceState[Any], names: tuple[str, ...]) -> Statement:
    key = _key(table)
    values = (*_values(table, state, (*names, *key)),)
    return Statement(_update_sql(table, names), values, one_row=True)


def _delete(table: Table, states: Sequence[InstanceState[Any]]) -> Statement:
    key = _key(table)
    values = tuple(value for state in states for value in _values(table, state, key))
    return Statement(_delete_sql(table, len(states)), values)


@lru_cache(maxsize=1000)
def _delete_sql(table: Table, rows: int) -> str:
    key = _key(table)
    names = ", ".join(f'"{table.columns[name].name}"' for name in key)
    places = ", ".join(
        f"({', '.join(f'${row * len(key) + n}' for n in range(1, len(key) + 1))})"
        for row in range(rows)
    )
    return f'delete from "{table.name}" where ({names}) in ({places})'


@lru_cache
def _key(table: Table) -> tuple[str, ...]:
    return tuple(column.key for column in table.primary_key)


@lru_cache(maxsize=1000)
def _update_sql(table: Table, names: tuple[str, ...]) -> str:
    written = ", ".join(
        f'"{table.columns[name].name}" = {_place(table, name, number)}'
        for number, name in enumerate(names, 1)
    )
    found = " and ".join(
        f'"{table.columns[name].name}" = ${number}'
        for number, name in enumerate(_key(table), len(names) + 1)
    )
    return f'update "{table.name}" set {written} where {found}'
