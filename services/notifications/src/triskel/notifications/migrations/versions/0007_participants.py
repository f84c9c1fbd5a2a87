"""Who takes part in an activity beside its two sides, as its events tell it."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        """
        create table activity_participants (
            id uuid primary key,
            version integer not null,
            region varchar not null,
            organisations uuid[] not null,
            contacts uuid[] not null
        )
        """
    )
