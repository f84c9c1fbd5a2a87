"""The day on which a delivery took place, and what regions decide for themselves: both are told
from now on, and a rebuild fetches what was told before."""

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    "alter table activities add column delivered_on date",
    """
    create table regions (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        settings jsonb not null
    )
    """,
    "create index regions_by_code on regions (region)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
