"""Who may act for which organisation."""

from alembic import op

from triskel.chassis.memberships import membership_tables_v1

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for statement in membership_tables_v1():
        op.execute(statement)
