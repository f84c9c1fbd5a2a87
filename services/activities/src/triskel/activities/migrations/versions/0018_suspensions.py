"""Which activities wait because what they hang on is suspended, and which organisations were
duplicates."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("alter table organisations add column merged_into uuid")
    op.execute("alter table activities add column suspended_at timestamptz")
    op.execute(
        """
        create index activities_suspended on activities (starts_at)
        where suspended_at is not null
        """
    )
