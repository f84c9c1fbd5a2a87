"""The bus tables, and counters that any lost or doubled event would show."""

from alembic import op

from triskel.chassis.ddl import bus_tables_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in bus_tables_v1():
        op.execute(statement)
    op.execute("create table things (id uuid primary key, version int not null, state jsonb)")
    op.execute(
        "create table seen (key text primary key, version int not null, additions int not null)"
    )
