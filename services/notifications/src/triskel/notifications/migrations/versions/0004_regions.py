"""What regions decide for themselves, as the registry tells it: how long messages are kept."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """
        create table regions (
            id uuid primary key,
            version integer not null,
            region varchar not null,
            settings jsonb not null
        )
        """
    )
    op.execute("create index regions_by_code on regions (region)")
