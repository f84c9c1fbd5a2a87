"""What an organisation's end ends says so."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("alter table partnerships add column cause varchar")
    op.execute("alter table waiting_entries add column cause varchar")
