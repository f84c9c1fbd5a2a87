"""Imports count the schools that are gone from a whole register."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table imports add column closed integer not null default 0")
