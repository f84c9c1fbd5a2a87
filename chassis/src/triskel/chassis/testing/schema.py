"""Compares the schema after a service's migrations with the one that its tables declare."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from triskel.chassis.modules import modules_of


def tables_of(service: str) -> MetaData:
    """The metadata of a service's tables, once every module that may declare one is imported."""
    modules = {module.__name__: module for module in modules_of(service)}
    metadata: MetaData = modules[f"triskel.{service}.database"].Table.metadata
    return metadata


async def differences(url: str, metadata: MetaData) -> list[str]:
    """What a migrated database has and `metadata` lacks, or the other way round; tables of the
    bus and indexes, which only migrations know, apart. Empty when they agree."""

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_name": named, "include_object": wanted}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    def named(name: str | None, kind: str, parents: Any) -> bool:
        # what is not ours is not even looked at: its types are unknown to SQLAlchemy
        return kind != "table" or name in metadata.tables

    def wanted(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        return kind != "index"

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(compare)
    finally:
        await engine.dispose()
    return [str(each) for each in found]
