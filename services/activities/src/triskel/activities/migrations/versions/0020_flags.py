"""Activities are archived, and hidden: usual lists leave them out."""

from alembic import op

revision = "0020"
down_revision = "0019"

STATEMENTS = (
    "alter table activities add column archived boolean not null default false",
    "alter table activities add column hidden boolean not null default false",
    """
    create index activities_in_use_by_region on activities (region, drafted_at, id)
    where archived is false
    """,
    "create index activities_hidden on activities (id) where hidden",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
