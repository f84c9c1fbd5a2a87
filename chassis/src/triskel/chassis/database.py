"""PostgreSQL: transactions that commit or roll back, and connections of their own."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from socket import gaierror
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Table, TextClause, inspect
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.event import listen, listens_for
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.sql import visitors

from triskel.chassis.writes import collect, execute, insertion

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg itself raises. The last one comes where the server has said that it ends the
connection, and the connection has not ended yet."""
Row = TypeVar("Row")

_APPLICATION = "triskel"
_AFTER_COMMIT = "after_commit"
AS_STORED = "as_stored"


class _Session(SyncSession):
    """What is locked is read anew: SQLAlchemy would keep the state of an object that the session
    has read before, from before the wait for the lock, and a version checked on it proves
    nothing.

    What has changed is written at the end, in one statement, and before it only for a statement
    that reads the same tables: SQLAlchemy's own `autoflush` would write it for any. One with the
    execution option `AS_STORED` wants them as they were."""


@listens_for(_Session, "do_orm_execute")
def _read_anew_under_a_lock(state: ORMExecuteState) -> None:
    sees = state.is_orm_statement and not state.execution_options.get(AS_STORED, False)
    if sees and _pending(state.session) & _tables_of(state.statement):
        state.session.flush()
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


def _pending(session: SyncSession) -> set[str]:
    """The tables of what is to be written."""
    if not (session.new or session.deleted or session.dirty):
        return set()
    rows = (*session.new, *session.deleted, *session.dirty)
    return {str(inspect(row).mapper.local_table) for row in rows}


def _tables_of(statement: Any) -> set[str]:
    return {str(each) for each in visitors.iterate(statement) if isinstance(each, Table)}


class _Begun:
    """A transaction that was begun with its first statement, as SQLAlchemy ends it."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection

    async def start(self) -> None:
        return None

    async def commit(self) -> None:
        await self._connection.execute("commit")

    async def rollback(self) -> None:
        await self._connection.execute("rollback")


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    """One whose transaction may have begun by `Database.begin_with`."""

    def transaction(self, **options: Any) -> Any:
        return _Begun(self) if self.is_in_transaction() else super().transaction(**options)


def _leave_no_transaction(connection: Any, _: Any, reset: Any) -> None:
    """SQLAlchemy does not know of a transaction by `begin_with` before its own first statement."""
    if not reset.terminate_only and connection.driver_connection.is_in_transaction():
        connection.run_async(lambda driver: driver.execute("rollback"))


def _count_as_closed(context: ExceptionContext) -> None:
    """SQLAlchemy does not know the error of a connection that is about to end."""
    if isinstance(context.original_exception, asyncpg.InternalClientError):
        context.is_disconnect = True


class Database:
    """One service's database. `url` is `postgresql://…`, without a driver."""

    def __init__(
        self, url: str, *, pool_size: int = 12, overflow: int = 8, pool_seconds: float = 10
    ) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=overflow,
            pool_timeout=pool_seconds,
            pool_pre_ping=False,
            # an error's text goes to logs, and what is written may be somebody's name
            hide_parameters=True,
            connect_args={
                "connection_class": _Connection,
                "server_settings": {"application_name": _APPLICATION},
                "timeout": 5,
            },
        )
        listen(self.engine.sync_engine, "reset", _leave_no_transaction)
        listen(self.engine.sync_engine, "handle_error", _count_as_closed)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end, rolls back on an error. What the session has not flushed by then is
        written in one statement with what was put off (`writes`)."""
        session = AsyncSession(
            self.engine, sync_session_class=_Session, expire_on_commit=False, autoflush=False
        )
        writes = collect(session)
        try:
            yield session
            await session.run_sync(writes.write_and_commit)
        except BaseException:
            # its end rolls back and closes, whatever is cancelled meanwhile
            async with session:
                raise
        for call in session.info.get(_AFTER_COMMIT, ()):
            call()

    async def begin_with(self, session: AsyncSession, statement: str) -> str:
        """Begin the session's transaction by a statement without parameters, in the same round
        trip. Gives its tag, such as `INSERT 0 1`. The transaction must write something else."""
        connection = await session.connection()
        assert connection.sync_connection is not None
        driver: Any = connection.sync_connection.connection.driver_connection
        try:
            tag: str = await driver.execute(f"begin; {statement}")
        except (OSError, *DRIVER_ERRORS) as error:
            if driver.is_closed() or isinstance(error, asyncpg.InternalClientError):
                # as SQLAlchemy does where it sees this: the others were closed with it
                await connection.invalidate()
                await self.engine.dispose()
            raise
        return tag

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that cannot write."""
        engine = self.engine.execution_options(postgresql_readonly=True)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session

    async def look(self, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one statement outside any transaction: one round trip."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            return (await connection.execute(statement, values)).all()

    async def raw(self) -> Any:
        """A connection of its own, outside the pool: for the relay and for advisory locks."""
        return await asyncpg.connect(
            self.url, timeout=5, server_settings={"application_name": _APPLICATION}
        )

    async def close(self) -> None:
        await self.engine.dispose()


class ErrorKind(StrEnum):
    """Whose kind a database error is, and what follows from it."""

    INVALID_VALUE = "invalid value"
    """A value of the caller's cannot be stored or looked for (HTTP 422)."""
    CONSTRAINT = "constraint"
    """A constraint forbids it, perhaps because another request was quicker (HTTP 409)."""
    CONFLICT = "conflict"
    """Another transaction changed the same rows: it is tried again, then HTTP 503."""
    UNAVAILABLE = "unavailable"
    """The database does not answer, or lacks a resource (HTTP 503)."""
    INTERNAL = "internal"
    """Anything else is a fault of ours (HTTP 500)."""


_BY_CLASS = {
    "08": ErrorKind.UNAVAILABLE,  # connection
    "22": ErrorKind.INVALID_VALUE,  # data
    "23": ErrorKind.CONSTRAINT,  # integrity
    "40": ErrorKind.CONFLICT,  # rollback by the server: serialisation, deadlock
    "53": ErrorKind.UNAVAILABLE,  # resources: disk, memory, connections
    "57": ErrorKind.UNAVAILABLE,  # an operator stops it
}
_BY_STATE = {"55P03": ErrorKind.CONFLICT}  # a lock that was not to be waited for


def kind_of_error(error: BaseException) -> ErrorKind:
    """By its SQLSTATE (PostgreSQL 18, appendix A), or by what the driver raises without one. An
    `OSError` that says nothing of a connection is not the database's."""
    state = sqlstate(error)
    if state:
        # a row without a partition has the state of a broken rule, and no rule
        if state[:2] == "23" and not broken_constraint(error):
            return ErrorKind.INTERNAL
        return _BY_STATE.get(state) or _BY_CLASS.get(state[:2], ErrorKind.INTERNAL)
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return ErrorKind.UNAVAILABLE
    if isinstance(cause, (ConnectionError, TimeoutError, gaierror, PoolTimeout)):
        return ErrorKind.UNAVAILABLE
    if isinstance(cause, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return ErrorKind.UNAVAILABLE
    # SQLAlchemy could not even send it: a lone surrogate, a number out of range
    if isinstance(error, StatementError) and isinstance(cause, (ValueError, OverflowError)):
        return ErrorKind.INVALID_VALUE
    return ErrorKind.INTERNAL


def sqlstate(error: BaseException) -> str:
    """Five characters, or nothing."""
    cause = error.orig if isinstance(error, StatementError) else error
    return getattr(cause, "sqlstate", None) or ""


def broken_constraint(error: BaseException) -> str | None:
    """The name of the constraint that a statement broke, or `<column>-missing`."""
    cause = error.orig if isinstance(error, StatementError) else error
    details = getattr(cause, "__cause__", None) or cause
    name = getattr(details, "constraint_name", None)
    column = getattr(details, "column_name", None)
    if name is None and column is not None:
        name = f"{column}_missing"
    return None if name is None else str(name).replace("_", "-")


async def insert_rows(session: AsyncSession, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Many rows in one statement, by the table's own column types. What a row does not give is
    null. `table` is a name of ours, never of a caller's."""
    if rows:
        await execute(session, insertion(table, rows))


def loaded(session: AsyncSession, kind: type[Row], ids: Collection[UUID]) -> dict[UUID, Row]:
    """Those of these rows that the session has read, and need not be asked for again."""
    key = inspect(kind).identity_key_from_primary_key
    found = {each: session.sync_session.identity_map.get(key((each,))) for each in ids}
    return {each: row for each, row in found.items() if row is not None}


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Once this transaction is committed; never, when it is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


def is_transient(error: BaseException) -> bool:
    """Whether it is right to try again without an end: the database is unavailable, or another
    transaction was quicker."""
    return isinstance(error, OSError) or kind_of_error(error) in (
        ErrorKind.UNAVAILABLE,
        ErrorKind.CONFLICT,
    )
