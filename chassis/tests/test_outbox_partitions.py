"""Partitions of the outbox: made ahead of need, dropped once all their rows are sent."""

from pathlib import Path

import asyncpg

from triskel.chassis.ddl import OUTBOX_PARTITION_ROWS
from triskel.chassis.relay.partitions import maintain_partitions
from triskel.chassis.relay.window import read, store, take_over
from triskel.chassis.testing.fixtures import FreshDatabase

EXAMPLE = Path(__file__).parent / "example" / "migrations"


async def test_a_partition_of_the_outbox_is_dropped_only_when_all_of_it_was_sent(
    fresh_database: FreshDatabase,
) -> None:
    url = await fresh_database(EXAMPLE)
    connection = await asyncpg.connect(url)

    async def partitions() -> set[str]:
        return {
            row["name"]
            for row in await connection.fetch(
                "select inhrelid::regclass::text as name from pg_inherits "
                "where inhparent = 'outbox'::regclass"
            )
        }

    await connection.execute(
        "insert into outbox (topic, key, value, headers) values ('t', 'k', '1', '{}')"
    )
    await connection.execute(
        f"alter table outbox alter column id restart with {OUTBOX_PARTITION_ROWS + 5}"
    )
    await connection.execute(
        "insert into outbox (topic, key, value, headers) values ('t', 'k', '2', '{}')"
    )
    await maintain_partitions(connection, keep_seconds=0)
    assert "outbox_0" in await partitions()
    window = await read(connection, await take_over(connection))
    assert len(window.rows) == 2
    await store(connection, window.after)
    await maintain_partitions(connection, keep_seconds=0)
    assert "outbox_0" not in await partitions()
    assert {"outbox_1", "outbox_2", "outbox_3", "outbox_4"} <= await partitions()
    await connection.close()
