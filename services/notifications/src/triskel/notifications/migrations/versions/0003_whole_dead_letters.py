"""Stored offsets know their log, and dead letters keep any bytes."""

from alembic import op

from triskel.chassis.ddl import bus_tables_v2

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in bus_tables_v2():
        op.execute(statement)
