"""What a region decides for itself."""

from alembic import op

revision = "0020"
down_revision = "0019"


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
