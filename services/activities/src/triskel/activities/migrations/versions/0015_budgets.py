"""Cost lines are summed: which activities and programmes have some, and who pays them."""

from alembic import op

revision = "0015"
down_revision = "0014"

STATEMENTS = (
    """
    create index activities_with_budget on activities (region, school_year)
    where jsonb_array_length(data -> 'budget') > 0
    """,
    """
    create index activities_by_funder on activities using gin ((data -> 'budget') jsonb_path_ops)
    where jsonb_array_length(data -> 'budget') > 0
    """,
    """
    create index programmes_with_budget on programmes (school_year, partnership_id)
    where jsonb_array_length(data -> 'budget') > 0
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
