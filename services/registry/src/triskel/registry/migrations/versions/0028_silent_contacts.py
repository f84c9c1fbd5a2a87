"""Of whom nothing was seen for long is told before they are erased."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.execute("alter table contacts add column erase_at timestamptz")
    for side in ("school", "host"):
        op.execute(f"create index planned_activities_by_{side} on planned_activities ({side}_id)")
