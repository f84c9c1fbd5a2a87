"""Who may act for the organisations of other regions."""

from alembic import op

from triskel.chassis.memberships import FOREIGN_TABLE, membership_tables_v1

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    for statement in membership_tables_v1(FOREIGN_TABLE):
        op.execute(statement)
