"""What is let go by time is found by an index, also once most of it has gone."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(
        "create index activity_steps_written on activity_steps (at) where message is not null"
    )
