"""What the notifications service remembers is what its migrations make."""

from triskel.chassis.testing import differences, tables_of
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.notifications.main import SPEC


async def test_the_migrations_end_in_the_schema_of_the_tables(
    fresh_database: FreshDatabase,
) -> None:
    assert (
        await differences(await fresh_database(SPEC.migrations), tables_of("notifications")) == []
    )
