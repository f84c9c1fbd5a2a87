"""PostgreSQL: transactions that commit or roll back, and connections of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.event import listens_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as SyncSession

_APPLICATION = "triskel"


class _Session(SyncSession):
    """What is locked is read anew: SQLAlchemy would keep the state of an object that the session
    has read before, from before the wait for the lock, and a version checked on it proves
    nothing."""


@listens_for(_Session, "do_orm_execute")
def _read_anew_under_a_lock(state: ORMExecuteState) -> None:
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


class Database:
    """One service's database. `url` is `postgresql://…`, without a driver."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=8,
            pool_timeout=10,
            pool_pre_ping=False,
            # an error's text goes to logs, and what is written may be somebody's name
            hide_parameters=True,
            connect_args={
                "server_settings": {"application_name": _APPLICATION},
                "timeout": 5,
            },
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end, rolls back on an error."""
        async with (
            AsyncSession(
                self.engine, sync_session_class=_Session, expire_on_commit=False
            ) as session,
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that cannot write."""
        engine = self.engine.execution_options(postgresql_readonly=True)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session

    async def raw(self) -> Any:
        """A connection of its own, outside the pool: for the relay and for advisory locks."""
        return await asyncpg.connect(
            self.url, timeout=5, server_settings={"application_name": _APPLICATION}
        )

    async def close(self) -> None:
        await self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Whether trying again, without end, is right: the database is away or busy."""
    if isinstance(error, (OSError, PoolTimeout, asyncpg.InterfaceError, TimeoutError)):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None) or ""
        # connection, resources, operator intervention, rollbacks by the server
        return state[:2] in {"08", "53", "57"} or state in {"40001", "40P01", "55P03"}
    state = getattr(error, "sqlstate", None) or ""
    return state[:2] in {"08", "53", "57"}
