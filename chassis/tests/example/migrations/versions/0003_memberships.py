"""Who may act for which organisation, and in which region each is."""

from alembic import op

from triskel.chassis.memberships import membership_tables_v1

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in membership_tables_v1():
        op.execute(statement)
    op.execute("create table organisations (id uuid primary key, region varchar not null)")
