"""Alembic, without an ini file: a service's package holds only its `versions`."""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

# two replicas that migrate at once take turns
_LOCK = 7_227_301


def _script(migrations: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _upgrade(connection: Connection, migrations: Path) -> list[str]:
    script = _script(migrations)
    before = MigrationContext.configure(connection).get_current_revision()
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(migrations))
    with EnvironmentContext(
        config, script, fn=lambda revision, _: script._upgrade_revs("head", revision)
    ) as environment:
        environment.configure(connection=connection, target_metadata=None)
        environment.run_migrations()
    return [each.revision for each in script.iterate_revisions("head", before)]


async def migrate(url: str, migrations: Path) -> list[str]:
    """Migrate a database to the newest revision; returns the revisions that were applied."""
    async with _connection(url) as connection, connection.begin():
        return await connection.run_sync(_upgrade, migrations)


async def pending(url: str, migrations: Path) -> list[str]:
    """The revisions that a database lacks."""

    def lacking(connection: Connection) -> list[str]:
        current = MigrationContext.configure(connection).get_current_revision()
        script = _script(migrations)
        if current == script.get_current_head():
            return []
        return [each.revision for each in script.iterate_revisions("head", current or "base")]

    async with _connection(url) as connection:
        return await connection.run_sync(lacking)


def _connection(url: str) -> AsyncConnection:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool
    )
    return engine.connect()
